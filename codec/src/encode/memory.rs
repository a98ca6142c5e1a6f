//! How much memory encoding takes, before any is taken.
//!
//! In: a plan, a tiling and the number of threads. Out: an upper bound, in bytes, for
//! [`Limits::max_memory`](crate::Limits::max_memory). Payloads, whose length nobody knows before, are counted as they
//! come.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::coders::deep;
use crate::coders::general;
use crate::coders::method::CodingMethod;
use crate::coders::network::memory;
use crate::color_set::set::COLOR_BYTES;
use crate::encode::group::EncodedGroup;
use crate::encode::plan::EncodePlan;
use crate::error::Error;
use crate::image::raster::Image;
use crate::limits::Limits;
use crate::preview;
use crate::tiles::layout::Layout;
use crate::tiles::rect::Rect;
use crate::tiles::tile::Tile;

/// Streams of a group, as long as its samples at most: the stored one, the smallest, and one in the making, whose
/// buffer has twice its length.
const STREAMS: u64 = 4;
/// Copies of a payload: one by itself, one in the file.
const PAYLOADS: u64 = 2;

/// Bytes of the payloads that may come from so many bytes of samples.
pub(super) fn payload_bytes(samples: u64) -> u64 {
    PAYLOADS.saturating_mul(samples)
}

/// An upper bound of the bytes that encoding takes: image, metadata, colours, model, and the working memory of the
/// threads.
pub(super) fn needed(
    plan: &EncodePlan<'_>,
    layout: &Layout,
    metadata: usize,
    threads: usize,
) -> u64 {
    let busy = (threads.max(1) as u64).min(layout.groups());
    let table = size_of::<EncodedGroup>() as u64 * layout.groups();
    let colors = plan.colors.as_ref().map_or(0, |_| COLOR_BYTES);
    let network = plan.model.as_ref();
    let network = network.map_or(0, |model| model.memory(busy as usize));
    image_bytes(plan)
        .saturating_add(metadata as u64)
        .saturating_add(table)
        // The preview is made when the groups are done.
        .saturating_add(
            group_bytes(plan, layout)
                .saturating_mul(busy)
                .max(preview::memory(plan.original)),
        )
        .saturating_add(colors)
        .saturating_add(network)
}

/// Bytes of the image, and of the indices that are coded instead of its samples.
fn image_bytes(plan: &EncodePlan<'_>) -> u64 {
    let bytes = |image: &Image| image.samples().len() as u64;
    let map = plan.sample_map;
    let indices = map.map_or(0, |map| map.memory() + bytes(plan.image));
    bytes(plan.original) + indices
}

/// Bytes that a thread takes for the largest group.
fn group_bytes(plan: &EncodePlan<'_>, layout: &Layout) -> u64 {
    let largest = layout.tile(0);
    let tiles = layout.group(0).end;
    let pixels = (largest.pixels() as u64).saturating_mul(tiles);
    let samples = pixels.saturating_mul(plan.image.format().pixel_bytes() as u64);
    let channels = plan.image.color().channels() as u64;
    samples
        .saturating_mul(1 + STREAMS)
        .saturating_add(general::memory(pixels, channels, largest.width as u64))
        .saturating_add(deep_bytes(plan, pixels, &largest))
        .saturating_add(size_of::<Tile>() as u64 * 2 * tiles)
        .saturating_add(model_bytes(plan, &largest, tiles))
}

/// Bytes that the deep method takes for a group.
fn deep_bytes(plan: &EncodePlan<'_>, pixels: u64, tile: &Rect) -> u64 {
    let planes = plan.image.color().color_planes() as u64;
    match CodingMethod::Deep.codes(plan.image.format()) {
        true => deep::memory(pixels, planes, tile.width as u64),
        false => 0,
    }
}

/// Bytes that the methods with a model take for a group.
fn model_bytes(plan: &EncodePlan<'_>, tile: &Rect, tiles: u64) -> u64 {
    let method = plan.method.unwrap_or(plan.model_method);
    plan.model.as_ref().map_or(0, |model| {
        memory::tile_bytes(model, tile)
            .saturating_mul(tiles)
            .saturating_add(memory::refinement_bytes(model, method, tile, tiles))
            .saturating_add(memory::buffer_bytes(model, tile, tiles))
    })
}

/// Counts the payloads of the groups that are done.
pub(super) struct PayloadMeter {
    limits: Limits,
    /// Bytes that encoding needs besides the payloads.
    needed: u64,
    bytes: AtomicU64,
}

impl PayloadMeter {
    /// Fails if encoding needs more than the limits allow without any payload.
    pub(super) fn new(limits: Limits, needed: u64) -> Result<PayloadMeter, Error> {
        limits.check_memory(needed)?;
        Ok(PayloadMeter {
            limits,
            needed,
            bytes: AtomicU64::new(0),
        })
    }

    /// Counts a group.
    pub(super) fn add(&self, group: &EncodedGroup) -> Result<(), Error> {
        let payload = group.payload.len() as u64;
        let bytes = payload + self.bytes.fetch_add(payload, Ordering::Relaxed);
        let needed = self.needed.saturating_add(PAYLOADS.saturating_mul(bytes));
        self.limits.check_memory(needed)
    }
}
