//! One group: the samples of its tiles in, its payload out (`docs/format.md`, *Groups*). `group_decoder.rs` is its mirror image.

use std::collections::HashSet;

use constriction::UnwrapInfallible;

use crate::coders::adaptive::{Learned, MOST_COLORS};
use crate::coders::general;
use crate::coders::network::encoder::{self, Manner};
use crate::coders::stored;
use crate::color_set::gain::{self, Listed};
use crate::container::CodingMethod;
use crate::container::payload::{Coded, Payload};
use crate::entropy::range_coder::IntervalEncoder;
use crate::error::Error;
use crate::image::Image;
use crate::model::fitted::{Model, SessionSlot};
use crate::model::predictor::{Predictor, SymbolRule};
use crate::options::{Effort, EncodeOptions, GroupStats, Times};
use crate::tiles::component::Component;
use crate::tiles::tile::Tile;
use crate::tiles::tiling::{Rect, Tiling};
use crate::work_meter::{Monitor, WorkMeter};

/// Components of up to so many samples are tried with the adaptive coder, too, which learns faster.
const TINY: usize = 1 << 13;
/// Up to so many samples, colour and alpha are tried together and apart.
const SMALL: usize = 1 << 18;
/// Images of up to so many pixels are tried with and without a colour set.
const TRIED: u64 = 1 << 16;
/// When the general coder needs at most one bit in so many bytes of samples, the model is not asked.
const PLAIN: usize = 4;
/// When at least one pixel in so many equals its west or north neighbour, the general coder is tried.
const REPETITIVE: usize = 4;

/// When at least one pixel in so many equals its west or north neighbour, the image is a drawing as a whole.
const DRAWN: u64 = 2;

/// A group that is encoded.
pub(crate) struct Group {
    pub(crate) payload: Vec<u8>,
    pub(crate) stats: GroupStats,
    pub(crate) times: Times,
}

/// Encodes the groups of an image.
pub(crate) struct GroupEncoder<'a> {
    image: &'a Image,
    model: Option<Model<'a>>,
    method: Option<CodingMethod>,
    /// Which of the two coders that use the model.
    network_method: CodingMethod,
    /// The colours that the coders that use the model are told.
    colors: Option<Listed>,
    effort: Effort,
    monitor: &'a Monitor<'a>,
}

impl<'a> GroupEncoder<'a> {
    pub(crate) fn new(
        image: &'a Image,
        predictor: Option<&'a dyn Predictor>,
        options: &EncodeOptions<'_>,
        monitor: &'a Monitor<'a>,
    ) -> Result<GroupEncoder<'a>, Error> {
        let format = image.format();
        let fits =
            |predictor: &&dyn Predictor| format.suits_models() || predictor.spec().codes(format);
        let model = predictor
            .filter(fits)
            .map(|predictor| Model::new(predictor, format))
            .transpose()?;
        match (options.method, &model) {
            (Some(coder), _) if !coder.codes(format) => {
                return Err(Error::MethodFormat { coder, format });
            }
            (Some(coder), None) if coder.needs_model() => return Err(Error::NoPredictor),
            (Some(coder), Some(model)) if coder.needs_model() && !model.serves(coder) => {
                let id = model.id();
                return Err(Error::MethodModel { coder, id });
            }
            _ => {}
        }
        let refines = |model: &Model<'_>| {
            options.effort != Effort::Fast && model.serves(CodingMethod::Refined)
        };
        let network_method = match model.as_ref().is_some_and(refines) {
            true => CodingMethod::Refined,
            false => CodingMethod::Network,
        };
        let coder = options.method.unwrap_or(network_method);
        Ok(GroupEncoder {
            image,
            method: options.method,
            network_method,
            colors: color_set(image, model.as_ref(), coder, options.color_set),
            model,
            effort: options.effort,
            monitor,
        })
    }

    /// The bytes of the colour set that the groups are coded with, if they are.
    pub(crate) fn into_color_set(self) -> Option<Vec<u8>> {
        self.colors.map(|colors| colors.bytes)
    }

    /// The tiling that was asked for, or the default: tiles of the model's size, if it has one; else small tiles for the model,
    /// large ones for the general coder, which learns from repetition.
    ///
    /// # Errors
    /// [`Error::TilingRange`] for tiles that are larger than the model's.
    pub(crate) fn tiling(&self, wanted: Option<Tiling>) -> Result<Tiling, Error> {
        let (width, height) = (self.image.width(), self.image.height());
        let model = self.model.as_ref();
        let tile = model.and_then(|model| model.spec().tile.map(|tile| (model, tile)));
        match (wanted, tile) {
            (Some(tiling), Some((model, tile))) if !model.takes(&tiling) => {
                let fields = [
                    ("tile_width", tiling.tile_width, tile.width),
                    ("tile_height", tiling.tile_height, tile.height),
                ];
                let larger = |&(_, found, largest): &(_, u32, usize)| found as usize > largest;
                let (field, found, largest) = fields.into_iter().find(larger).unwrap_or(fields[0]);
                Err(Error::TilingRange {
                    field,
                    largest: largest as u32,
                    found,
                })
            }
            (Some(tiling), _) => Ok(tiling),
            (None, Some((model, tile))) => {
                let lanes = model.schedule.most_lanes(tile.width, tile.height);
                Ok(Tiling::model(width, height, tile, lanes))
            }
            (None, None) => Ok(default_tiling(self.image, self.effort)),
        }
    }

    /// Encodes the tiles `rects` as one group.
    pub(crate) fn encode(
        &self,
        session: &mut SessionSlot<'a>,
        rects: &[Rect],
    ) -> Result<Group, Error> {
        let pixels = rects.iter().map(|rect| rect.pixels() as u64).sum();
        let has_alpha = self.image.color().has_alpha();
        let passes = match has_alpha {
            false => 1,
            true => 2 + u64::from(self.tries_joint()),
        };
        let mut meter = WorkMeter::new(self.monitor, pixels, passes);
        let payload = match has_alpha {
            false => Payload::Apart {
                color: self.color(session, rects, &mut meter)?,
                alpha: None,
            },
            true => self.color_and_alpha(session, rects, &mut meter)?,
        };
        let (color_method, alpha_method) = payload.coders();
        let (color_bytes, alpha_bytes) = payload.sizes();
        let stats = GroupStats {
            pixels,
            color_method,
            color_bytes,
            alpha_method,
            alpha_bytes,
        };
        let payload = payload.write();
        meter.finish()?;
        Ok(Group {
            payload,
            stats,
            times: meter.times,
        })
    }

    /// Whether colour and alpha are tried in one stream.
    fn tries_joint(&self) -> bool {
        matches!(self.method, None | Some(CodingMethod::General))
    }

    fn tiles(&self, component: Component, rects: &[Rect]) -> Vec<Tile> {
        let (image, color) = (self.image, self.image.color());
        let tile = |&rect: &Rect| Tile {
            width: rect.width,
            height: rect.height,
            planes: component.planes(color),
            depth: image.depth(),
            samples: component.extract(
                image.format(),
                image.samples(),
                image.width() as usize,
                rect,
            ),
        };
        rects.iter().map(tile).collect()
    }

    fn color(
        &self,
        session: &mut SessionSlot<'a>,
        rects: &[Rect],
        meter: &mut WorkMeter<'_>,
    ) -> Result<Coded<Vec<u8>>, Error> {
        let mut tiles = self.tiles(Component::Color, rects);
        match self.method {
            Some(coder) => self.encode_color(coder, session, &mut tiles, meter),
            None => self.smallest_color(session, &mut tiles, meter),
        }
    }

    /// Colour and alpha in one stream, or apart where that is smaller.
    fn color_and_alpha(
        &self,
        session: &mut SessionSlot<'a>,
        rects: &[Rect],
        meter: &mut WorkMeter<'_>,
    ) -> Result<Payload<Vec<u8>>, Error> {
        let joint = match self.tries_joint() {
            true => {
                let bytes = general::encode(&self.tiles(Component::All, rects), meter)?;
                Some(Payload::Joint(bytes))
            }
            false => None,
        };
        let samples = rects.iter().map(Rect::pixels).sum::<usize>() * self.image.color().channels();
        if let Some(joint) = &joint
            && samples > SMALL
            && self.is_plain(joint.sizes().0, samples)
        {
            return Ok(joint.clone());
        }
        let color = self.color(session, rects, meter)?;
        let mut tiles = self.tiles(Component::Alpha, rects);
        let apart = Payload::Apart {
            color,
            alpha: Some(match self.method {
                None | Some(CodingMethod::General) => self.smallest_plain(&mut tiles, meter)?,
                Some(_) if !CodingMethod::Adaptive.codes(self.image.format()) => stored(&tiles),
                Some(_) => smaller(stored(&tiles), adaptive(&mut tiles)),
            }),
        };
        let pixels = rects.iter().map(Rect::pixels).sum();
        let bytes = |payload: &Payload<Vec<u8>>| {
            payload.write().len() + self.share_of_colors(payload.coders().0, pixels)
        };
        let smaller = joint.filter(|joint| bytes(joint) <= bytes(&apart));
        Ok(smaller.unwrap_or(apart))
    }

    /// Whether the coders of drawings do so well that the model need not be asked.
    fn is_plain(&self, bytes: u64, samples: usize) -> bool {
        match &self.model {
            None => true,
            Some(model) if model.spec().rule == SymbolRule::Centred => false,
            Some(_) => bytes.saturating_mul(8 * PLAIN as u64) <= samples as u64,
        }
    }

    fn smallest_color(
        &self,
        session: &mut SessionSlot<'a>,
        tiles: &mut [Tile],
        meter: &mut WorkMeter<'_>,
    ) -> Result<Coded<Vec<u8>>, Error> {
        let mut best = stored(tiles);
        if self.model.is_none() || tiles.iter().any(is_repetitive) {
            if self.model.is_some() {
                meter.expect_another_pass();
            }
            best = self.smallest_plain(tiles, meter)?;
        }
        if self.is_plain(best.bytes.len() as u64, samples(tiles)) {
            return Ok(best);
        }
        let untried = best.coder == CodingMethod::Stored;
        let network = self.encode_color(self.network_method, session, tiles, meter)?;
        let pixels = tiles.iter().map(|tile| tile.width * tile.height).sum();
        if network.bytes.len() + self.share_of_colors(network.coder, pixels) < best.bytes.len() {
            best = network;
        }
        // A colour set also makes smaller what other coders would make smaller still.
        let saved = self.colors.as_ref().map_or(0, |colors| colors.saved);
        let bytes = best.bytes.len() + self.share(saved, pixels);
        if untried && promises(tiles, bytes, meter)? {
            best = smaller(best, self.smallest_plain(tiles, meter)?);
        }
        Ok(best)
    }

    /// The bytes of the colour set that fall to so many pixels, if a coder is told.
    fn share_of_colors(&self, coder: CodingMethod, pixels: usize) -> usize {
        let told = self.colors.as_ref().filter(|_| coder.needs_model());
        self.share(told.map_or(0, |colors| colors.bytes.len() as u64), pixels)
    }

    /// The part of the image's bytes that falls to so many pixels.
    fn share(&self, bytes: u64, pixels: usize) -> usize {
        (u128::from(bytes) * pixels as u128 / u128::from(self.image.pixels())) as usize
    }

    /// The smallest form that needs no model.
    fn smallest_plain(
        &self,
        tiles: &mut [Tile],
        meter: &mut WorkMeter<'_>,
    ) -> Result<Coded<Vec<u8>>, Error> {
        let best = smaller(stored(tiles), general(tiles, meter)?);
        match CodingMethod::Adaptive.codes(self.image.format()) && samples(tiles) <= TINY {
            true => Ok(smaller(best, adaptive(tiles))),
            false => Ok(best),
        }
    }

    fn encode_color(
        &self,
        coder: CodingMethod,
        session: &mut SessionSlot<'a>,
        tiles: &mut [Tile],
        meter: &mut WorkMeter<'_>,
    ) -> Result<Coded<Vec<u8>>, Error> {
        match coder {
            CodingMethod::Stored => Ok(stored(tiles)),
            CodingMethod::Adaptive => Ok(adaptive(tiles)),
            CodingMethod::General => general(tiles, meter),
            CodingMethod::Network | CodingMethod::Refined => {
                let bytes = self.network(coder, session, tiles, meter)?;
                Ok(Coded { coder, bytes })
            }
        }
    }

    fn network(
        &self,
        coder: CodingMethod,
        session: &mut SessionSlot<'a>,
        tiles: &[Tile],
        meter: &mut WorkMeter<'_>,
    ) -> Result<Vec<u8>, Error> {
        let model = self.model.as_ref().ok_or(Error::NoPredictor)?;
        let manner = Manner {
            refined: coder == CodingMethod::Refined,
            colors: self.colors.as_ref().map(|colors| &colors.set),
        };
        encoder::encode(model, model.sessions(session)?, tiles, manner, meter)
    }
}

/// The colours of the image, where they are to be listed for a coder.
fn color_set(
    image: &Image,
    model: Option<&Model<'_>>,
    coder: CodingMethod,
    wanted: Option<bool>,
) -> Option<Listed> {
    let suits = image.format().has_color_cube() && coder.needs_model();
    let order = model.filter(|_| suits)?.color_order()?;
    // What is small is tried with and without.
    let refined = coder == CodingMethod::Refined && !is_tried(image);
    match wanted {
        Some(true) => Some(gain::listed(image, order)),
        Some(false) => None,
        None => gain::worthwhile(image, order, refined),
    }
}

/// Whether an image is so small that it is coded with and without a colour set.
pub(crate) fn is_tried(image: &Image) -> bool {
    image.pixels() <= TRIED
}

fn samples(tiles: &[Tile]) -> usize {
    tiles.iter().map(|tile| tile.samples.len()).sum()
}

fn smaller(a: Coded<Vec<u8>>, b: Coded<Vec<u8>>) -> Coded<Vec<u8>> {
    if b.bytes.len() < a.bytes.len() { b } else { a }
}

/// Whether the general coder may need no more than so many bytes.
fn promises(tiles: &[Tile], bytes: usize, meter: &mut WorkMeter<'_>) -> Result<bool, Error> {
    Ok(samples(tiles) <= TINY || general::estimate(tiles, meter)? <= bytes)
}

fn stored(tiles: &[Tile]) -> Coded<Vec<u8>> {
    Coded {
        coder: CodingMethod::Stored,
        bytes: stored::encode(tiles),
    }
}

fn general(tiles: &[Tile], meter: &mut WorkMeter<'_>) -> Result<Coded<Vec<u8>>, Error> {
    Ok(Coded {
        coder: CodingMethod::General,
        bytes: general::encode(tiles, meter)?,
    })
}

fn adaptive(tiles: &mut [Tile]) -> Coded<Vec<u8>> {
    match tiles.first().map(|tile| tile.planes) {
        Some(3) => smallest_adaptive::<3>(tiles),
        _ => smallest_adaptive::<1>(tiles),
    }
}

/// With and without a list of colours, when there are few.
fn smallest_adaptive<const N: usize>(tiles: &mut [Tile]) -> Coded<Vec<u8>> {
    let plain = adaptive_bytes::<N>(tiles, false);
    if !has_few_colors::<N>(tiles) {
        return plain;
    }
    smaller(plain, adaptive_bytes::<N>(tiles, true))
}

fn adaptive_bytes<const N: usize>(tiles: &mut [Tile], listed: bool) -> Coded<Vec<u8>> {
    let mut coder = IntervalEncoder::new();
    let mut learned = Learned::<N>::start(&mut coder, listed).unwrap_infallible();
    for tile in tiles {
        let (pixels, _) = tile.samples.as_chunks_mut();
        learned
            .code_tile(&mut coder, tile.width, pixels)
            .unwrap_infallible();
    }
    Coded {
        coder: CodingMethod::Adaptive,
        bytes: coder.finish(),
    }
}

fn has_few_colors<const N: usize>(tiles: &[Tile]) -> bool {
    let mut colors = HashSet::new();
    let mut last = None;
    for pixel in tiles
        .iter()
        .flat_map(|tile| tile.samples.as_chunks::<N>().0)
    {
        if last.replace(pixel) != Some(pixel) && colors.insert(pixel) && colors.len() > MOST_COLORS
        {
            return false;
        }
    }
    true
}

/// Whether many pixels equal their west or north neighbour, as in a picture drawn by a program.
fn is_repetitive(tile: &Tile) -> bool {
    let pixel_bytes = tile.planes * tile.depth.sample_bytes();
    equal_pixels(&tile.samples, tile.width, pixel_bytes) * REPETITIVE
        >= tile.samples.len() / pixel_bytes
}

/// How many pixels equal their west neighbour, or how many their north neighbour.
fn equal_pixels(samples: &[u8], width: usize, pixel_bytes: usize) -> usize {
    let equal = |distance: usize| {
        let pixels = samples.chunks_exact(pixel_bytes);
        let pairs = pixels.clone().skip(distance).zip(pixels);
        pairs.filter(|(a, b)| a == b).count()
    };
    equal(1).max(equal(width))
}

/// The default tiling of an image without a model that names a tile: small tiles for the model, large ones for the general coder,
/// which learns from repetition.
fn default_tiling(image: &Image, effort: Effort) -> Tiling {
    let (width, height) = (image.width(), image.height());
    let pixel_bytes = image.format().pixel_bytes();
    let equal = equal_pixels(image.samples(), width as usize, pixel_bytes) as u64;
    if !image.format().suits_models() || equal * DRAWN >= image.pixels() {
        return Tiling::drawing(width, height);
    }
    match effort {
        Effort::Max => Tiling::large_photo(width, height),
        Effort::Fast | Effort::Default => Tiling::photo(width, height),
    }
}
