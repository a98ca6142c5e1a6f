//! How much memory decoding takes, before any is taken.
//!
//! In: a plan and the number of threads. Out: an upper bound, in bytes, for
//! [`Limits::max_memory`](crate::Limits::max_memory).

use crate::coders::deep;
use crate::coders::general;
use crate::coders::method::CodingMethod;
use crate::coders::network::memory;
use crate::color_set::set::COLOR_BYTES;
use crate::container::header::{GroupEntry, Header};
use crate::container::metadata;
use crate::decode::plan::DecodePlan;
use crate::sample_map::map::SampleMap;
use crate::tiles::rect::Rect;
use crate::tiles::tile::Tile;

/// Bytes of a tile besides its pixels: twice the tile, its rectangle and its wanted part, what an allocation adds.
const TILE_OVERHEAD: u64 = 2 * (size_of::<Tile>() + size_of::<Option<Rect>>() + 16) as u64;

/// An upper bound of the bytes that decoding takes: image, metadata, group table, colours, model, and the working
/// memory of the threads.
pub(super) fn needed(plan: &DecodePlan<'_>, threads: usize) -> u64 {
    let (header, model) = (plan.header, plan.model.as_ref());
    let busy = (threads.max(1) as u64).min(plan.layout.groups());
    let image = plan.view.target.pixels() as u64 * header.format().pixel_bytes() as u64;
    let table = size_of::<GroupEntry>() as u64 * header.groups.len() as u64;
    let colors = header.color_set.as_ref().map_or(0, |_| COLOR_BYTES);
    let network = model.map_or(0, |model| model.memory(busy as usize));
    let map = header.sample_map.as_ref();
    let map = map.map_or(0, SampleMap::memory);
    image
        .saturating_add(map)
        .saturating_add(metadata::counted(&header.metadata))
        .saturating_add(table)
        .saturating_add(group_bytes(plan).saturating_mul(busy))
        .saturating_add(colors)
        .saturating_add(network)
}

/// Bytes that a thread takes for the largest group.
fn group_bytes(plan: &DecodePlan<'_>) -> u64 {
    let (header, model) = (plan.header, plan.model.as_ref());
    let largest = plan.layout.tile(0);
    let pixels = largest.pixels() as u64;
    let tiles = u64::from(header.tiling.tiles_per_group).min(plan.layout.tiles());
    let per_tile = pixels
        .saturating_mul(tile_bytes(header))
        .saturating_add(TILE_OVERHEAD)
        .saturating_add(model.map_or(0, |model| memory::tile_bytes(model, &largest)));
    let method = match uses(header, CodingMethod::Thorough) {
        true => CodingMethod::Thorough,
        false => CodingMethod::Refined,
    };
    let refinement = |model| memory::refinement_bytes(model, method, &largest, tiles);
    per_tile
        .saturating_mul(tiles)
        .saturating_add(model.map_or(0, refinement))
        .saturating_add(coder_bytes(
            header,
            pixels.saturating_mul(tiles),
            largest.width as u64,
        ))
}

/// Bytes of a pixel in the tiles: its samples, and their indices if the file has a sample map.
fn tile_bytes(header: &Header) -> u64 {
    let map = header.sample_map.as_ref();
    let indices = map.map_or(0, |_| header.coded_format().pixel_bytes());
    (header.format().pixel_bytes() + indices) as u64
}

/// Whether a group uses a method.
fn uses(header: &Header, method: CodingMethod) -> bool {
    let methods = |group: &GroupEntry| [group.color_method, group.alpha_method];
    let mut groups = header.groups.iter();
    groups.any(|group| methods(group).contains(&Some(method)))
}

/// Bytes that the methods without a model take for a group of this many pixels in tiles of `columns`, when a group uses
/// them.
fn coder_bytes(header: &Header, pixels: u64, columns: u64) -> u64 {
    let general = match uses(header, CodingMethod::General) {
        true => general::memory(pixels, header.color.channels() as u64, columns),
        false => 0,
    };
    let deep = match uses(header, CodingMethod::Deep) {
        true => deep::memory(pixels, header.color.color_planes() as u64, columns),
        false => 0,
    };
    general.max(deep)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::view::Wanted;
    use crate::{
        CodingMethod, ColorType, EncodeOptions, Image, Limits, Tiling, encode, read_header,
    };

    #[test]
    fn each_thread_that_has_a_group_takes_as_much() {
        let image = Image::new(256, 256, ColorType::Gray, vec![7; 65_536]).expect("legal");
        let tiling = Tiling {
            tile_width: 128,
            tile_height: 128,
            tiles_per_group: 1,
        };
        for (method, least) in [
            (CodingMethod::Stored, 128 * 128),
            (CodingMethod::General, 1 << 20),
        ] {
            let options = EncodeOptions::default().with_tiling(tiling);
            let options = options.with_method(method);
            let (bytes, _) = encode(&image, &[], None, &options).expect("encodes");
            let header = read_header(&bytes, &Limits::default()).expect("a header");
            let plan = DecodePlan::new(&header, None, Wanted::Image).expect("a plan");
            let each = needed(&plan, 2) - needed(&plan, 1);
            assert!(each >= least, "{method:?}: {each}");
            assert_eq!(needed(&plan, 4), needed(&plan, 1) + 3 * each);
            assert_eq!(needed(&plan, 9), needed(&plan, 4));
        }
    }
}
