//! How much memory a model's coding methods take, before any is taken.
//!
//! In: a model and a tile. Out: upper bounds, in bytes, for [`Limits::max_memory`](crate::Limits::max_memory).

use crate::coders::method::CodingMethod;
use crate::coders::network::encoder::ENOUGH_LANES;
use crate::coders::network::lane_buffer::LaneBuffer;
use crate::coders::refined::Refined;
use crate::coders::refinement::cells::TileCells;
use crate::coders::thorough::Thorough;
use crate::entropy::interval::Interval;
use crate::model::fitted::Model;
use crate::model::predictor::SymbolRule;
use crate::model::session::TileSize;
use crate::tiles::coarse_image::coarse_rect;
use crate::tiles::rect::Rect;
use crate::tiles::tile::Tile;
use crate::tiles::wavefront::Wave;

/// Bytes that the refinement of a group of `tiles` tiles takes, without their cells; 0 if the model has none.
pub(crate) fn refinement_bytes(
    model: &Model<'_>,
    method: CodingMethod,
    tile: &Rect,
    tiles: u64,
) -> u64 {
    let traces = Thorough::tile_bytes(model.spec().shear, tile.height);
    match method {
        _ if !model.serves(CodingMethod::Refined) => 0,
        CodingMethod::Thorough => Thorough::BYTES.saturating_add(traces.saturating_mul(tiles)),
        _ => Refined::BYTES,
    }
}

/// Bytes that a model takes for a tile of a group, besides the samples of the tile.
pub(crate) fn tile_bytes(model: &Model<'_>, tile: &Rect) -> u64 {
    let (spec, schedule) = (model.spec(), &model.schedule);
    let size = TileSize {
        width: tile.width,
        height: tile.height,
    };
    let cells = match spec.rule {
        SymbolRule::Differences => TileCells::bytes(spec.shear, tile.height),
        SymbolRule::Centred => 0,
    };
    let lanes = schedule.most_lanes(tile.width, tile.height) as u64;
    let coarse = model.coarse().map_or(0, |(ratio, coarse)| {
        let rect = coarse_rect(tile, ratio);
        let samples = rect.pixels() * spec.channels() + size_of::<Tile>();
        tile_bytes(coarse, &rect).saturating_add(samples as u64)
    });
    model
        .kept_bytes(size)
        .saturating_add(Wave::bytes(schedule, tile.height))
        .saturating_add(cells)
        .saturating_add(lanes * LaneBuffer::lane_bytes(spec))
        .saturating_add(coarse)
}

/// Bytes that the buffer of an encoder takes beyond that of a decoder, for a group of `tiles` tiles: more lanes, and
/// the logits of all channels.
pub(crate) fn buffer_bytes(model: &Model<'_>, tile: &Rect, tiles: u64) -> u64 {
    let spec = model.spec();
    let lanes = model.schedule.most_lanes(tile.width, tile.height) as u64;
    let lanes = lanes
        .saturating_mul(tiles)
        .saturating_add(ENOUGH_LANES as u64);
    let logits = (spec.channels() * spec.levels) as u64;
    let more = ENOUGH_LANES as u64 * LaneBuffer::lane_bytes(spec);
    let coarse = model.coarse().map_or(0, |(ratio, coarse)| {
        buffer_bytes(coarse, &coarse_rect(tile, ratio), tiles)
    });
    lanes
        .saturating_mul(logits + size_of::<Interval>() as u64)
        .saturating_add(more)
        .saturating_add(coarse)
}
