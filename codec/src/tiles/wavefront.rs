//! A tile in the order of the wavefront, and the context of its pixels.
//!
//! In: samples, step by step. Out: bases and features of a step's pixels (`docs/model.md`, *Context*; `docs/format.md`,
//! *Wavefront order*). Pixel (y, x) belongs to step `t = x + s·y` and is stored at `[t][y]`, so the pixels of a step,
//! and each tap of theirs, are contiguous. Only the steps that a tap can reach are kept.

use std::ops::Range;

use crate::model::prediction::{OUTSIDE, base, centred};
use crate::model::predictor::SymbolRule;
use crate::tiles::schedule::{Schedule, SkewedTap};

/// Where a tile's lanes go in a channel-major buffer: value `f` of lane `i` at `f · stride + first + i`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LaneLayout {
    pub(crate) stride: usize,
    pub(crate) first: usize,
}

impl LaneLayout {
    pub(crate) fn row<'a>(
        &self,
        buffer: &'a mut [i16],
        index: usize,
        count: usize,
    ) -> &'a mut [i16] {
        &mut buffer[index * self.stride + self.first..][..count]
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
    /// Bytes that the wave of a tile of `height` rows takes.
    pub(crate) fn bytes(schedule: &Schedule, height: usize) -> u64 {
        let planes = (schedule.kept * schedule.channels) as u64;
        planes * (height + schedule.margin) as u64 * size_of::<i16>() as u64
            + size_of::<Wave<'_>>() as u64
    }

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

    /// Makes room for step `t`, which must follow step `t − 1`.
    pub(crate) fn start(&mut self, t: usize) {
        if let Some(old) = t.checked_sub(self.schedule.kept) {
            let rows = self.rows(old);
            for channel in 0..self.schedule.channels {
                self.samples_mut(t, channel, rows.clone()).fill(OUTSIDE);
            }
        }
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
        let step = t & (self.schedule.kept - 1);
        let stride = self.height + self.schedule.margin;
        (step * self.schedule.channels + channel) * stride + self.schedule.margin
    }

    fn shifted(&self, t: usize, channel: usize, rows: Range<usize>, up: usize) -> &[i16] {
        let start = self.index(t, channel) + rows.start - up;
        &self.planes[start..][..rows.len()]
    }

    fn tap(&self, t: usize, channel: usize, rows: &Range<usize>, tap: SkewedTap) -> &[i16] {
        self.shifted(t.wrapping_sub(tap.steps), channel, rows.clone(), tap.rows)
    }

    /// Writes bases (`K` rows of lanes, not with centred features) and features (`F` rows of lanes) of the given rows
    /// of step `t`.
    pub(crate) fn gather(
        &self,
        t: usize,
        rows: Range<usize>,
        layout: LaneLayout,
        bases: &mut [i16],
        context: &mut [i16],
    ) {
        match self.schedule.rule {
            SymbolRule::Differences => self.gather_differences(t, rows, layout, bases, context),
            SymbolRule::Centred => self.gather_centred(t, rows, layout, context),
        }
    }

    fn gather_centred(
        &self,
        t: usize,
        rows: Range<usize>,
        layout: LaneLayout,
        context: &mut [i16],
    ) {
        let (channels, taps) = (self.schedule.channels, &self.schedule.taps);
        for (index, &tap) in taps.iter().enumerate() {
            for channel in 0..channels {
                let neighbours = self.tap(t, channel, &rows, tap);
                let feature = layout.row(context, index * channels + channel, rows.len());
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
        layout: LaneLayout,
        bases: &mut [i16],
        context: &mut [i16],
    ) {
        let (channels, taps) = (self.schedule.channels, &self.schedule.taps);
        for channel in 0..channels {
            let bases = layout.row(bases, channel, rows.len());
            self.gather_bases(t, channel, &rows, bases);
            for (index, &tap) in taps.iter().enumerate() {
                let feature = layout.row(context, index * channels + channel, rows.len());
                differences(self.tap(t, channel, &rows, tap), bases, feature);
            }
            let level = layout.row(context, taps.len() * channels + channel, rows.len());
            level
                .iter_mut()
                .zip(&*bases)
                .for_each(|(level, base)| *level = base - 128);
        }
    }

    fn gather_bases(&self, t: usize, channel: usize, rows: &Range<usize>, bases: &mut [i16]) {
        let shear = self.schedule.shear;
        let west = self.tap(t, channel, rows, SkewedTap { steps: 1, rows: 0 });
        let above = |steps: usize| self.tap(t, channel, rows, SkewedTap { steps, rows: 1 });
        let (north, north_west) = (above(shear), above(shear + 1));
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
