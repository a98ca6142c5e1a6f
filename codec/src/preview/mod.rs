//! The preview: a small approximation of a large image, which a file manager shows without decoding the image
//! (`docs/format.md`, *Preview*).
//!
//! Writing: image → scaled down → planes → the finest levels that fit into a few bytes → a stream of the adaptive
//! method. Reading is the mirror image.

mod plane;
mod scaling;
mod colors;
mod levels;
mod choice;
#[cfg(test)]
mod tests;

use self::choice::Candidate;
use self::colors::{joined, planes, sizes};
use self::levels::{levels, restored};
use self::plane::Plane;
use self::scaling::{SmallImage, sized};
use crate::coders::adaptive;
use crate::coders::failure::Failure;
use crate::container::header::{Header, Preview};
use crate::error::Error;
use crate::image::raster::Image;
use crate::image::sample_format::BitDepth;
use crate::tiles::rect::Rect;
use crate::tiles::tile::Tile;
use crate::work_meter::{Monitor, WorkMeter};

/// Images of more pixels have a preview.
const SMALL_IMAGE: u64 = 1 << 20;
/// The most that a preview takes, in thousandths of the bytes of the payloads.
const SHARE: u64 = 3;
/// No preview is tried in fewer bytes.
const SHORTEST: u64 = 32;
/// Bytes of memory for each pixel of a preview, in the making or decoded: planes, tiles and streams.
const PIXEL_MEMORY: u64 = 128;

/// The most bytes of memory that decoding a preview takes.
pub(crate) const MEMORY: u64 = PIXEL_MEMORY << 16;

/// The most bytes of memory that making the preview of an image takes.
pub(crate) fn memory(image: &Image) -> u64 {
    if image.pixels() > SMALL_IMAGE {
        MEMORY
    } else {
        0
    }
}

/// Makes the best preview of an image whose payloads have this many bytes; `None` for a small image, or if none is
/// small enough.
///
/// # Errors
/// [`Error::Cancelled`].
pub(crate) fn make(
    image: &Image,
    payload_bytes: u64,
    monitor: &Monitor<'_>,
) -> Result<Option<(Preview, Vec<u8>)>, Error> {
    let budget = payload_bytes.saturating_mul(SHARE) / 1000;
    if image.pixels() <= SMALL_IMAGE || budget < SHORTEST {
        return Ok(None);
    }
    let mut meter = WorkMeter::new(monitor, 0, 1);
    let mut small: Option<SmallImage> = None;
    for Candidate { side, step } in choice::CANDIDATES {
        monitor.ask()?;
        let size = sized(image, side);
        let scaled = match small.take().filter(|small| small.size() == size) {
            Some(small) => small,
            None => SmallImage::of(image, size, &mut || monitor.ask())?,
        };
        let mut tiles: Vec<Tile> = planes(&scaled)
            .iter()
            .map(|plane| levels(plane, step))
            .collect();
        if choice::may_fit(&tiles, budget) {
            let stream = adaptive::encode(&mut tiles, &mut meter)?;
            if stream.len() as u64 <= budget {
                return Ok(Some((described(&scaled, step, &stream), stream)));
            }
        }
        small = Some(scaled);
    }
    Ok(None)
}

fn described(small: &SmallImage, step: u8, stream: &[u8]) -> Preview {
    let (width, height) = small.size();
    Preview {
        width,
        height,
        planes: small.channels() as u8,
        largest: small.largest,
        step,
        offset: 0,
        length: stream.len() as u64,
        checksum: crc32fast::hash(stream),
    }
}

/// Decodes a preview, whose stream is `bytes`, to an image in the header's [`expanded_format`].
///
/// [`expanded_format`]: Header::expanded_format
pub(crate) fn decode(
    header: &Header,
    preview: &Preview,
    bytes: &[u8],
    monitor: &Monitor<'_>,
) -> Result<Image, Failure> {
    let mut meter = WorkMeter::new(monitor, 0, 1);
    let (width, height) = (preview.width as usize, preview.height as usize);
    let planes = sizes(width, height, preview.planes.into());
    let empty = |&(width, height, _): &(usize, usize, _)| {
        let (x, y) = (0, 0);
        let rect = Rect {
            x,
            y,
            width,
            height,
        };
        Tile::empty(rect, 1, BitDepth::Eight)
    };
    let mut tiles: Vec<Tile> = planes.iter().map(empty).collect();
    adaptive::decode(&mut tiles, bytes, &mut meter)?;
    let levels = tiles.iter().zip(&planes);
    let planes: Vec<Plane> = levels
        .map(|(tile, &(.., zero))| restored(tile, zero, preview.step))
        .collect();
    let small = joined(&planes, preview);
    Ok(small.image(header.expanded_format())?)
}
