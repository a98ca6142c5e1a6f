//! One group: the samples of its tiles in, its payload out (`docs/format.md`, *Groups*). `group_decoder.rs` is its mirror image.

use std::collections::HashSet;

use crate::adaptive::{Learned, MOST_COLORS};
use crate::component::{Coded, Component, Payload, Tile};
use crate::container::Coder;
use crate::error::Error;
use crate::fitted_model::{Model, SessionSlot};
use crate::image::Image;
use crate::network_encoder;
use crate::options::{EncodeOptions, GroupStats, Times};
use crate::predictor::Predictor;
use crate::range_coder::IntervalEncoder;
use crate::stored;
use crate::tiling::Rect;
use crate::workers::{Account, Monitor};

/// When the adaptive coder needs at most one bit in so many samples, the model is not asked.
const PLAIN: usize = 4;
/// When at least one pixel in so many equals its west or north neighbour, the adaptive coder is tried.
const REPETITIVE: usize = 4;

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
    coder: Option<Coder>,
    /// Which of the two coders that use the model.
    network_coder: Coder,
    monitor: &'a Monitor<'a>,
}

impl<'a> GroupEncoder<'a> {
    pub(crate) fn new(
        image: &'a Image,
        predictor: Option<&'a dyn Predictor>,
        options: &EncodeOptions<'_>,
        monitor: &'a Monitor<'a>,
    ) -> Result<GroupEncoder<'a>, Error> {
        let (planes, format) = (image.color().color_planes(), image.format());
        let predictor = predictor.filter(|_| format.suits_models());
        let model = predictor.map(|predictor| Model::new(predictor, planes));
        match options.coder {
            Some(coder) if !coder.codes(format) => {
                return Err(Error::CoderFormat { coder, format });
            }
            Some(coder) if coder.needs_model() && predictor.is_none() => {
                return Err(Error::NoPredictor);
            }
            _ => {}
        }
        Ok(GroupEncoder {
            image,
            model: model.transpose()?,
            coder: options.coder,
            network_coder: if options.refine {
                Coder::Refined
            } else {
                Coder::Network
            },
            monitor,
        })
    }

    /// Encodes the tiles `rects` as one group.
    pub(crate) fn encode(
        &self,
        session: &mut SessionSlot<'a>,
        rects: &[Rect],
    ) -> Result<Group, Error> {
        let mut account = Account::new(self.monitor);
        let mut tiles = self.tiles(Component::Color, rects);
        let color = match self.coder {
            Some(coder) => self.encode_color(coder, session, &mut tiles, &mut account)?,
            None => self.smallest_color(session, &mut tiles, &mut account)?,
        };
        let alpha = self.image.color().has_alpha().then(|| {
            let mut tiles = self.tiles(Component::Alpha, rects);
            match Coder::Adaptive.codes(self.image.format()) {
                true => smaller(stored(&tiles), adaptive(&mut tiles)),
                false => stored(&tiles),
            }
        });
        let stats = GroupStats {
            pixels: rects.iter().map(|rect| rect.pixels() as u64).sum(),
            color_coder: color.coder,
            color_bytes: color.bytes.len() as u64,
            alpha_coder: alpha.as_ref().map(|alpha| alpha.coder),
            alpha_bytes: alpha.as_ref().map_or(0, |alpha| alpha.bytes.len() as u64),
        };
        let payload = Payload { color, alpha }.write();
        account.finish(stats.pixels)?;
        Ok(Group {
            payload,
            stats,
            times: account.times,
        })
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

    fn smallest_color(
        &self,
        session: &mut SessionSlot<'a>,
        tiles: &mut [Tile],
        account: &mut Account<'_>,
    ) -> Result<Coded<Vec<u8>>, Error> {
        let mut best = stored(tiles);
        let samples = best.bytes.len();
        let adapts = Coder::Adaptive.codes(self.image.format());
        if adapts && (self.model.is_none() || tiles.iter().any(is_repetitive)) {
            best = smaller(best, adaptive(tiles));
        }
        if self.model.is_some() && best.bytes.len().saturating_mul(8 * PLAIN) > samples {
            best = smaller(
                best,
                self.encode_color(self.network_coder, session, tiles, account)?,
            );
        }
        Ok(best)
    }

    fn encode_color(
        &self,
        coder: Coder,
        session: &mut SessionSlot<'a>,
        tiles: &mut [Tile],
        account: &mut Account<'_>,
    ) -> Result<Coded<Vec<u8>>, Error> {
        match coder {
            Coder::Stored => Ok(stored(tiles)),
            Coder::Adaptive => Ok(adaptive(tiles)),
            Coder::Network | Coder::Refined => {
                let refined = coder == Coder::Refined;
                let bytes = self.network(session, tiles, refined, account)?;
                Ok(Coded { coder, bytes })
            }
        }
    }

    fn network(
        &self,
        session: &mut SessionSlot<'a>,
        tiles: &[Tile],
        refined: bool,
        account: &mut Account<'_>,
    ) -> Result<Vec<u8>, Error> {
        let model = self.model.as_ref().ok_or(Error::NoPredictor)?;
        network_encoder::encode(model, model.session(session)?, tiles, refined, account)
    }
}

fn smaller(a: Coded<Vec<u8>>, b: Coded<Vec<u8>>) -> Coded<Vec<u8>> {
    if b.bytes.len() < a.bytes.len() { b } else { a }
}

fn stored(tiles: &[Tile]) -> Coded<Vec<u8>> {
    Coded {
        coder: Coder::Stored,
        bytes: stored::encode(tiles),
    }
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
    let accepted = "an encoder takes every decision";
    let mut learned = Learned::<N>::start(&mut coder, listed).expect(accepted);
    for tile in tiles {
        let (pixels, _) = tile.samples.as_chunks_mut();
        learned
            .code_tile(&mut coder, tile.width, pixels)
            .expect(accepted);
    }
    Coded {
        coder: Coder::Adaptive,
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
    let pixels = tile.samples.chunks_exact(tile.planes);
    let west = pixels.clone().skip(1).zip(pixels.clone());
    let north = tile
        .samples
        .chunks_exact(tile.planes)
        .skip(tile.width)
        .zip(pixels);
    let equal =
        |pairs: &mut dyn Iterator<Item = (&[u8], &[u8])>| pairs.filter(|(a, b)| a == b).count();
    let count = equal(&mut { west }).max(equal(&mut { north }));
    count * REPETITIVE >= tile.samples.len() / tile.planes
}
