//! A tile in the order of the wavefront, and the context of its pixels.
//!
//! In: samples, step by step. Out: bases and features of a step's pixels (`docs/model.md`, *Context*; `docs/format.md`,
//! *Wavefront order*). Pixel (y, x) belongs to step `t = x + s·y` and is stored at `[t][y]`, so the pixels of a step, and each
//! tap of theirs, are contiguous. Only the steps that a tap can reach are kept.

use std::ops::Range;

use crate::coders::refined::cells::Cells;
use crate::error::Error;
use crate::model::prediction::{OUTSIDE, base, centred};
use crate::model::predictor::{
    KeptMaps, LanePlace, ModelId, ModelSpec, SYMBOLS, SymbolRule, TileSize,
};
use crate::tiles::tiling::Rect;

/// Largest shear, and largest distance of a tap in rows and in columns.
const FARTHEST: i64 = 64;

/// Largest side of a block.
const LARGEST_RATIO: usize = 16;

/// Bytes that a lane takes besides features, samples and logits.
const LANE_BYTES: u64 = 16 + size_of::<LanePlace>() as u64;

/// Where a tap points to in the skewed planes.
#[derive(Clone, Copy, Debug)]
struct Reach {
    /// Steps earlier, at least 1.
    steps: usize,
    /// Rows above.
    rows: usize,
}

/// The wavefront of a model, checked.
#[derive(Clone, Debug)]
pub(crate) struct Schedule {
    channels: usize,
    rule: SymbolRule,
    levels: usize,
    shear: usize,
    taps: Vec<Reach>,
    /// Steps that are kept, a power of two.
    kept: usize,
    /// Rows above the tile that a tap can reach.
    margin: usize,
}

impl Schedule {
    /// Checks a model's description against the rules of `docs/model.md` and the image's colour planes.
    pub(crate) fn new(id: ModelId, spec: &ModelSpec, planes: usize) -> Result<Schedule, Error> {
        if spec.channels() != planes {
            return Err(Error::ModelChannels {
                id,
                expected: planes,
                found: spec.channels(),
            });
        }
        check(spec).map_err(|problem| Error::ModelSpec { id, problem })?;
        let taps: Vec<Reach> = spec
            .taps
            .iter()
            .map(|tap| reach(spec.shear, tap.dy, tap.dx))
            .collect();
        let farthest = taps
            .iter()
            .map(|tap| tap.steps)
            .fold(spec.shear + 1, usize::max);
        Ok(Schedule {
            channels: planes,
            rule: spec.rule,
            levels: spec.levels,
            shear: spec.shear,
            kept: (farthest + 1).next_power_of_two(),
            margin: taps.iter().map(|tap| tap.rows).fold(1, usize::max),
            taps,
        })
    }

    /// Steps of a tile.
    pub(crate) fn steps(&self, width: usize, height: usize) -> usize {
        width + self.shear * (height - 1)
    }

    /// The most pixels that a step of a tile can have.
    pub(crate) fn most_lanes(&self, width: usize, height: usize) -> usize {
        TileSize { width, height }.most_lanes(self.shear)
    }

    /// Bytes that decoding a tile takes besides its samples: the kept steps, and context, logits and samples of a step.
    pub(crate) fn tile_bytes(&self, tile: &Rect, features: usize) -> u64 {
        let sample = size_of::<i16>() as u64;
        let kept = (self.kept * self.channels) as u64 * (tile.height + self.margin) as u64;
        let lanes = self.most_lanes(tile.width, tile.height) as u64;
        let per_lane =
            (features + 3 * self.channels + 2) as u64 * sample + self.levels as u64 + LANE_BYTES;
        let cells = match self.rule {
            SymbolRule::Differences => Cells::bytes(self.shear, tile.height),
            SymbolRule::Centred => 0,
        };
        kept * sample + cells + lanes * per_lane + size_of::<Wave<'_>>() as u64
    }
}

fn check(spec: &ModelSpec) -> Result<(), &'static str> {
    let mut planes = spec.order.clone();
    planes.sort_unstable();
    if !planes.iter().copied().eq(0..spec.order.len()) {
        return Err("order must name each colour plane once");
    }
    if !(1..=FARTHEST).contains(&(spec.shear as i64)) {
        return Err("shear must be in 1..=64");
    }
    match (spec.rule, spec.levels, spec.channels()) {
        (_, SYMBOLS, _) | (SymbolRule::Centred, 2, 1) => {}
        _ => return Err("levels must be 256, or 2 with one channel and centred features"),
    }
    match (spec.rule, spec.maps) {
        (_, KeptMaps::None) | (SymbolRule::Centred, _) => {}
        _ => return Err("maps need centred features"),
    }
    if spec
        .ratio
        .is_some_and(|ratio| !(2..=LARGEST_RATIO).contains(&ratio))
    {
        return Err("the side of a block must be in 2..=16");
    }
    if spec.ratio.is_some() && spec.rule != SymbolRule::Centred {
        return Err("a coarse image needs centred features");
    }
    let raster = spec.tile.is_some_and(|tile| spec.shear >= tile.width);
    if spec.maps == KeptMaps::PixelAndRow && !raster {
        return Err("a row pass needs a shear of at least the tile's width");
    }
    if spec
        .tile
        .is_some_and(|tile| tile.width == 0 || tile.height == 0)
    {
        return Err("a tile must have columns and rows");
    }
    for tap in &spec.taps {
        let (dy, dx) = (i64::from(tap.dy), i64::from(tap.dx));
        if !(-FARTHEST..=0).contains(&dy) || dx.abs() > FARTHEST {
            return Err("a tap must not be farther than 64 rows or columns, nor below the pixel");
        }
        if dx + spec.shear as i64 * dy > -1 {
            return Err("a tap must lie on an earlier step of the wavefront");
        }
    }
    Ok(())
}

/// Only for taps that passed [`check`].
fn reach(shear: usize, dy: i32, dx: i32) -> Reach {
    let rows = dy.unsigned_abs() as usize;
    Reach {
        steps: (shear as i64 * rows as i64 - i64::from(dx)) as usize,
        rows,
    }
}

/// Where in a channel-major buffer a range of lanes goes: value `f` of the range's lane `i` at `f · lanes + first + i`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) lanes: usize,
    pub(crate) first: usize,
}

impl Place {
    pub(crate) fn row<'a>(
        &self,
        buffer: &'a mut [i16],
        index: usize,
        count: usize,
    ) -> &'a mut [i16] {
        &mut buffer[index * self.lanes + self.first..][..count]
    }
}

/// The last steps of one tile's planes.
pub(crate) struct Wave<'a> {
    schedule: &'a Schedule,
    width: usize,
    height: usize,
    planes: Vec<i16>,
}

impl<'a> Wave<'a> {
    pub(crate) fn new(schedule: &'a Schedule, width: usize, height: usize) -> Wave<'a> {
        let size = schedule.kept * schedule.channels * (height + schedule.margin);
        Wave {
            schedule,
            width,
            height,
            planes: vec![OUTSIDE; size],
        }
    }

    /// Steps of the tile.
    pub(crate) fn steps(&self) -> usize {
        self.schedule.steps(self.width, self.height)
    }

    /// The rows that have a pixel in step `t`, a contiguous range; row `y`'s pixel is in column `t − s·y`.
    pub(crate) fn rows(&self, t: usize) -> Range<usize> {
        let shear = self.schedule.shear;
        let end = (t / shear + 1).min(self.height);
        let start = (t + 1).saturating_sub(self.width).div_ceil(shear);
        start.min(end)..end
    }

    /// Makes room for step `t`, which follows step `t − 1`.
    pub(crate) fn start(&mut self, t: usize) {
        if let Some(old) = t.checked_sub(self.schedule.kept) {
            let rows = self.rows(old);
            for channel in 0..self.schedule.channels {
                self.samples_mut(t, channel, rows.clone()).fill(OUTSIDE);
            }
        }
    }

    /// The samples of a channel in the given rows of step `t`.
    pub(crate) fn samples(&self, t: usize, channel: usize, rows: Range<usize>) -> &[i16] {
        self.shifted(t, channel, rows, 0)
    }

    /// The samples of a channel in the given rows of step `t`, to be written.
    pub(crate) fn samples_mut(
        &mut self,
        t: usize,
        channel: usize,
        rows: Range<usize>,
    ) -> &mut [i16] {
        let start = self.index(t, channel) + rows.start;
        &mut self.planes[start..][..rows.len()]
    }

    fn index(&self, t: usize, channel: usize) -> usize {
        let slot = t & (self.schedule.kept - 1);
        let stride = self.height + self.schedule.margin;
        (slot * self.schedule.channels + channel) * stride + self.schedule.margin
    }

    fn shifted(&self, t: usize, channel: usize, rows: Range<usize>, up: usize) -> &[i16] {
        let start = self.index(t, channel) + rows.start - up;
        &self.planes[start..][..rows.len()]
    }

    fn tap(&self, t: usize, channel: usize, rows: &Range<usize>, tap: Reach) -> &[i16] {
        self.shifted(t.wrapping_sub(tap.steps), channel, rows.clone(), tap.rows)
    }

    /// Writes bases (`K` rows of lanes, not with centred features) and features (`F` rows of lanes) of the given rows of step `t`.
    pub(crate) fn gather(
        &self,
        t: usize,
        rows: Range<usize>,
        place: Place,
        bases: &mut [i16],
        context: &mut [i16],
    ) {
        match self.schedule.rule {
            SymbolRule::Differences => self.gather_differences(t, rows, place, bases, context),
            SymbolRule::Centred => self.gather_centred(t, rows, place, context),
        }
    }

    fn gather_centred(&self, t: usize, rows: Range<usize>, place: Place, context: &mut [i16]) {
        let (channels, taps) = (self.schedule.channels, &self.schedule.taps);
        for (index, &tap) in taps.iter().enumerate() {
            for channel in 0..channels {
                let neighbours = self.tap(t, channel, &rows, tap);
                let feature = place.row(context, index * channels + channel, rows.len());
                for (out, &neighbour) in feature.iter_mut().zip(neighbours) {
                    *out = match neighbour {
                        OUTSIDE => 0,
                        inside => centred(self.schedule.levels, inside),
                    };
                }
            }
        }
    }

    fn gather_differences(
        &self,
        t: usize,
        rows: Range<usize>,
        place: Place,
        bases: &mut [i16],
        context: &mut [i16],
    ) {
        let (channels, taps) = (self.schedule.channels, &self.schedule.taps);
        for channel in 0..channels {
            let bases = place.row(bases, channel, rows.len());
            self.gather_bases(t, channel, &rows, bases);
            for (index, &tap) in taps.iter().enumerate() {
                let feature = place.row(context, index * channels + channel, rows.len());
                differences(self.tap(t, channel, &rows, tap), bases, feature);
            }
            let level = place.row(context, taps.len() * channels + channel, rows.len());
            level
                .iter_mut()
                .zip(&*bases)
                .for_each(|(level, base)| *level = base - 128);
        }
    }

    fn gather_bases(&self, t: usize, channel: usize, rows: &Range<usize>, bases: &mut [i16]) {
        let shear = self.schedule.shear;
        let west = self.tap(t, channel, rows, Reach { steps: 1, rows: 0 });
        let north = self.tap(
            t,
            channel,
            rows,
            Reach {
                steps: shear,
                rows: 1,
            },
        );
        let north_west = self.tap(
            t,
            channel,
            rows,
            Reach {
                steps: shear + 1,
                rows: 1,
            },
        );
        let neighbours = west.iter().zip(north).zip(north_west);
        for (out, ((&west, &north), &north_west)) in bases.iter_mut().zip(neighbours) {
            *out = base(west, north, north_west);
        }
    }
}

/// `neighbour − base`, 0 outside the tile.
fn differences(neighbours: &[i16], bases: &[i16], out: &mut [i16]) {
    for ((out, &neighbour), &base) in out.iter_mut().zip(neighbours).zip(bases) {
        *out = if neighbour == OUTSIDE {
            0
        } else {
            neighbour - base
        };
    }
}
