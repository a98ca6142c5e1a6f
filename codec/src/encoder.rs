//! An image in, the bytes of a `.pxc` file out: groups over threads, the smallest coder for each component, then the header.

use crate::adaptive::Learned;
use crate::component::{Coded, Component, Payload, Tile};
use crate::container::{BIT_DEPTH, Chunk, Coder, GroupEntry, Header, VERSION};
use crate::digest::pixel_digest;
use crate::error::Error;
use crate::header;
use crate::image::Image;
use crate::network_encoder;
use crate::options::{EncodeOptions, EncodeStats, GroupStats, Times};
use crate::predictor::{Predictor, Session};
use crate::range_coder::IntervalEncoder;
use crate::tiling::{Layout, Rect, Tiling};
use crate::wavefront::Schedule;
use crate::workers::{Account, Monitor, each_group};

/// When the adaptive coder needs at most one bit in so many samples, the model is not asked.
const PLAIN: usize = 4;
/// When at least one pixel in so many equals its west or north neighbour, the adaptive coder is tried.
const REPETITIVE: usize = 4;

/// Encodes an image. Without a predictor, colour is coded adaptively or stored.
///
/// The bytes depend on the image, the chunks, the predictor's logits and the options, but not on the number of threads.
///
/// # Errors
/// Of kind `Argument` for a tiling or a chunk that is not legal, `Backend` when the predictor fails or does not fit the image,
/// `Cancelled` when the callback asks to stop.
pub fn encode(
    image: &Image,
    chunks: &[Chunk],
    predictor: Option<&dyn Predictor>,
    options: &EncodeOptions<'_>,
) -> Result<(Vec<u8>, EncodeStats), Error> {
    check_tags(chunks)?;
    let tiling = options
        .tiling
        .unwrap_or_else(|| Tiling::photo(image.width(), image.height()));
    let layout = Layout::new(tiling, image.width(), image.height())?;
    let monitor = Monitor::new(options.progress, image.pixels());
    let encoder = GroupEncoder::new(image, predictor, options, &monitor)?;
    let groups = each_group(
        layout.groups(),
        options.threads,
        || None,
        |session, group| encoder.encode(session, &layout.rects(group)),
    )?;
    Ok(assemble(image, chunks, predictor, tiling, &groups))
}

fn check_tags(chunks: &[Chunk]) -> Result<(), Error> {
    for Chunk { tag, .. } in chunks {
        if !tag[0].is_ascii_lowercase() || !tag.iter().all(u8::is_ascii_alphanumeric) {
            return Err(Error::ChunkTag {
                tag: tag.escape_ascii().to_string(),
            });
        }
    }
    Ok(())
}

struct Group {
    payload: Vec<u8>,
    stats: GroupStats,
    times: Times,
}

fn assemble(
    image: &Image,
    chunks: &[Chunk],
    predictor: Option<&dyn Predictor>,
    tiling: Tiling,
    groups: &[Group],
) -> (Vec<u8>, EncodeStats) {
    let uses_network = groups
        .iter()
        .any(|group| group.stats.color_coder == Coder::Network);
    let mut file = header::write(&Header {
        version: VERSION,
        width: image.width(),
        height: image.height(),
        color: image.color(),
        bit_depth: BIT_DEPTH,
        model: predictor
            .filter(|_| uses_network)
            .map(|predictor| predictor.id()),
        tiling,
        pixel_digest: pixel_digest(image),
        chunks: chunks.to_vec(),
        groups: groups.iter().map(entry).collect(),
        header_bytes: 0,
    });
    let header_bytes = file.len() as u64;
    let mut times = Times::default();
    for group in groups {
        file.extend_from_slice(&group.payload);
        times += group.times;
    }
    let groups = groups.iter().map(|group| group.stats).collect();
    (
        file,
        EncodeStats {
            times,
            header_bytes,
            groups,
        },
    )
}

fn entry(group: &Group) -> GroupEntry {
    GroupEntry {
        offset: 0,
        length: group.payload.len() as u64,
        checksum: crc32fast::hash(&group.payload),
        color_coder: None,
        alpha_coder: None,
    }
}

/// A model with its checked wavefront.
struct Model<'a> {
    predictor: &'a dyn Predictor,
    schedule: Schedule,
}

struct GroupEncoder<'a> {
    image: &'a Image,
    model: Option<Model<'a>>,
    coder: Option<Coder>,
    monitor: &'a Monitor<'a>,
}

type SessionSlot<'a> = Option<Box<dyn Session + 'a>>;

impl<'a> GroupEncoder<'a> {
    fn new(
        image: &'a Image,
        predictor: Option<&'a dyn Predictor>,
        options: &EncodeOptions<'_>,
        monitor: &'a Monitor<'a>,
    ) -> Result<GroupEncoder<'a>, Error> {
        let model = predictor.map(|predictor| {
            let planes = image.color().color_planes();
            let schedule = Schedule::new(predictor.id(), predictor.spec(), planes)?;
            Ok(Model {
                predictor,
                schedule,
            })
        });
        if options.coder == Some(Coder::Network) && predictor.is_none() {
            return Err(Error::NoPredictor);
        }
        Ok(GroupEncoder {
            image,
            model: model.transpose()?,
            coder: options.coder,
            monitor,
        })
    }

    fn encode<'s>(&'s self, session: &mut SessionSlot<'s>, rects: &[Rect]) -> Result<Group, Error> {
        let mut account = Account::new(self.monitor);
        let mut tiles = self.tiles(Component::Color, rects);
        let color = match self.coder {
            Some(coder) => self.encode_color(coder, session, &mut tiles, &mut account)?,
            None => self.smallest_color(session, &mut tiles, &mut account)?,
        };
        let alpha = self.image.color().has_alpha().then(|| {
            let mut tiles = self.tiles(Component::Alpha, rects);
            smaller(stored(&tiles), adaptive(&mut tiles))
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
            samples: component.extract(color, image.samples(), image.width() as usize, rect),
        };
        rects.iter().map(tile).collect()
    }

    fn smallest_color<'s>(
        &'s self,
        session: &mut SessionSlot<'s>,
        tiles: &mut [Tile],
        account: &mut Account<'_>,
    ) -> Result<Coded<Vec<u8>>, Error> {
        let mut best = stored(tiles);
        let samples = best.bytes.len();
        if self.model.is_none() || tiles.iter().any(is_repetitive) {
            best = smaller(best, adaptive(tiles));
        }
        if self.model.is_some() && best.bytes.len().saturating_mul(8 * PLAIN) > samples {
            best = smaller(
                best,
                self.encode_color(Coder::Network, session, tiles, account)?,
            );
        }
        Ok(best)
    }

    fn encode_color<'s>(
        &'s self,
        coder: Coder,
        session: &mut SessionSlot<'s>,
        tiles: &mut [Tile],
        account: &mut Account<'_>,
    ) -> Result<Coded<Vec<u8>>, Error> {
        match coder {
            Coder::Stored => Ok(stored(tiles)),
            Coder::Adaptive => Ok(adaptive(tiles)),
            Coder::Network => {
                let bytes = self.network(session, tiles, account)?;
                Ok(Coded { coder, bytes })
            }
        }
    }

    fn network<'s>(
        &'s self,
        session: &mut SessionSlot<'s>,
        tiles: &[Tile],
        account: &mut Account<'_>,
    ) -> Result<Vec<u8>, Error> {
        let Model {
            predictor,
            schedule,
        } = self.model.as_ref().ok_or(Error::NoPredictor)?;
        let id = predictor.id();
        let session = match session {
            Some(session) => session,
            empty => {
                let new = predictor.session();
                empty.insert(new.map_err(|source| Error::Predictor { id, source })?)
            }
        };
        let model = (id, predictor.spec());
        network_encoder::encode(model, schedule, session.as_mut(), tiles, account)
    }
}

fn smaller(a: Coded<Vec<u8>>, b: Coded<Vec<u8>>) -> Coded<Vec<u8>> {
    if b.bytes.len() < a.bytes.len() { b } else { a }
}

fn stored(tiles: &[Tile]) -> Coded<Vec<u8>> {
    Coded {
        coder: Coder::Stored,
        bytes: tiles
            .iter()
            .flat_map(|tile| &tile.samples)
            .copied()
            .collect(),
    }
}

fn adaptive(tiles: &mut [Tile]) -> Coded<Vec<u8>> {
    let bytes = match tiles.first().map(|tile| tile.planes) {
        Some(3) => adaptive_bytes::<3>(tiles),
        _ => adaptive_bytes::<1>(tiles),
    };
    Coded {
        coder: Coder::Adaptive,
        bytes,
    }
}

fn adaptive_bytes<const N: usize>(tiles: &mut [Tile]) -> Vec<u8> {
    let mut coder = IntervalEncoder::new();
    let mut learned = Learned::<N>::new();
    for tile in tiles {
        let (pixels, _) = tile.samples.as_chunks_mut();
        learned
            .code_tile(&mut coder, tile.width, pixels)
            .expect("an encoder takes every decision");
    }
    coder.finish()
}

/// Whether many pixels equal their west or north neighbour, as in a picture drawn by a program.
fn is_repetitive(tile: &Tile) -> bool {
    let row = tile.width * tile.planes;
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
    count * REPETITIVE >= tile.samples.len() / tile.planes || row == 0
}
