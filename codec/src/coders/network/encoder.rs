//! The network methods, writing: tiles in, the bytes of a colour component out (`docs/format.md`, *Wavefront order* and
//! *Two scales*).
//!
//! All pixels are known, so whole steps are gathered in a buffer and evaluated together, unless the model keeps
//! maps: then a step must leave its maps before the next one begins. `decoder.rs` holds the same steps in mirror image.

use std::ops::Range;

use crate::coders::network::lane_buffer::LaneBuffer;
use crate::coders::network::options::NetworkOptions;
use crate::coders::network::refining::Refining;
use crate::coders::network::session_steps::SessionSteps;
use crate::color_set::set::ColorSet;
use crate::entropy::frequencies::{Frequencies, lane_ranges, zero_of_two};
use crate::entropy::interval::Interval;
use crate::entropy::range_coder::IntervalEncoder;
use crate::error::Error;
use crate::model::fitted::{Model, Sessions};
use crate::model::session::Session;
use crate::simd::InstructionSet;
use crate::tiles::tile::Tile;
use crate::tiles::wavefront::Wave;
use crate::work_meter::WorkMeter;

/// A buffer with at least this many lanes is evaluated.
pub(crate) const ENOUGH_LANES: usize = 256;

/// Encodes the tiles of a group side by side; their coarse images first, when the model has two scales.
pub(crate) fn encode<'a>(
    model: &Model<'a>,
    sessions: &mut Sessions<'a>,
    tiles: &[Tile],
    options: NetworkOptions<'_>,
    meter: &mut WorkMeter<'_>,
) -> Result<Vec<u8>, Error> {
    let mut coder = IntervalEncoder::new();
    if let Some(own) = model.coarse_session(sessions) {
        let coarse: Vec<Tile> = tiles.iter().map(|tile| tile.coarse(own.ratio)).collect();
        let plain = NetworkOptions::PLAIN;
        coder = encode_tiles(own.model, own.session, &coarse, plain, coder, meter)?;
    }
    let session = &mut *sessions.full;
    let coder = encode_tiles(model, session, tiles, options, coder, meter)?;
    Ok(coder.finish())
}

fn encode_tiles(
    model: &Model<'_>,
    session: &mut dyn Session,
    tiles: &[Tile],
    options: NetworkOptions<'_>,
    coder: IntervalEncoder,
    meter: &mut WorkMeter<'_>,
) -> Result<IntervalEncoder, Error> {
    let steps = SessionSteps::begin(model, session, tiles)?;
    let mut encoder = NetworkEncoder::new(model, steps, tiles, options, coder);
    let mut waves: Vec<Wave<'_>> = tiles
        .iter()
        .map(|tile| Wave::new(&model.schedule, tile.width, tile.height))
        .collect();
    let count = waves.iter().map(Wave::steps).max().unwrap_or(0);
    let enough = match encoder.steps.keeps_maps() {
        true => 1,
        false => ENOUGH_LANES,
    };
    for t in 0..count {
        meter.rest();
        encoder.steps.start(t)?;
        meter.network();
        for (index, (wave, tile)) in waves.iter_mut().zip(tiles).enumerate() {
            encoder.take(t, wave, tile, index as u32);
        }
        encoder.ends.push((t, encoder.buffer.len()));
        if encoder.buffer.len() >= enough {
            encoder.flush(meter)?;
        }
    }
    encoder.flush(meter)?;
    Ok(encoder.coder)
}

struct NetworkEncoder<'a> {
    model: &'a Model<'a>,
    steps: SessionSteps<'a>,
    buffer: LaneBuffer<'a>,
    capacity: usize,
    /// The steps in the buffer, and the lane at which each ends.
    ends: Vec<(usize, usize)>,
    frequencies: Frequencies,
    /// `None` when the network's frequencies are used as they are.
    refinement: Option<Refining>,
    colors: Option<&'a ColorSet>,
    intervals: Vec<Interval>,
    coder: IntervalEncoder,
}

impl<'a> NetworkEncoder<'a> {
    fn new(
        model: &'a Model<'a>,
        steps: SessionSteps<'a>,
        tiles: &[Tile],
        options: NetworkOptions<'a>,
        coder: IntervalEncoder,
    ) -> NetworkEncoder<'a> {
        let lanes = |tile: &Tile| model.schedule.most_lanes(tile.width, tile.height);
        let capacity = ENOUGH_LANES + tiles.iter().map(lanes).sum::<usize>();
        let instructions = InstructionSet::detect();
        NetworkEncoder {
            model,
            steps,
            buffer: LaneBuffer::new(model, capacity, model.spec().channels()),
            capacity,
            ends: Vec::new(),
            frequencies: Frequencies::new(instructions),
            refinement: Refining::new(options.method, model, tiles, instructions),
            colors: options.color_set,
            intervals: Vec::new(),
            coder,
        }
    }

    /// Adds a tile's pixels of step `t` to the buffer, which has room for them.
    fn take(&mut self, t: usize, wave: &mut Wave<'_>, tile: &Tile, index: u32) {
        let spec = self.model.spec();
        let (rows, first) = (wave.rows(t), self.buffer.len());
        let lanes = first..first + rows.len();
        wave.start(t);
        self.buffer.gather(t, wave, tile, index);
        for (channel, &plane) in spec.order.iter().enumerate() {
            let values = self.buffer.values_mut(channel, lanes.clone());
            let samples = wave.samples_mut(t, channel, rows.clone());
            let positions = tile.step(t, spec.shear, rows.clone(), plane);
            for ((value, sample), at) in values.iter_mut().zip(samples).zip(positions) {
                *value = tile.samples[at];
                *sample = tile.samples[at].into();
            }
            self.buffer.predict(channel, lanes.clone());
            self.buffer.keep(channel, lanes.clone());
        }
    }

    /// Evaluates the pixels in the buffer and codes its steps.
    fn flush(&mut self, meter: &mut WorkMeter<'_>) -> Result<(), Error> {
        let ends = std::mem::take(&mut self.ends);
        let Some(&(last, lanes)) = ends.last().filter(|&&(_, lanes)| lanes > 0) else {
            return Ok(());
        };
        meter.rest();
        self.steps.locate(last, self.buffer.positions())?;
        self.buffer.evaluate_all(&mut self.steps)?;
        meter.network();
        if let Some(colors) = self.colors {
            let channels = 0..self.model.spec().channels();
            channels.for_each(|channel| self.buffer.restrict(channel, channel, colors));
            meter.frequencies();
        }
        let mut first = 0;
        for (t, end) in ends {
            if let Some(refinement) = &mut self.refinement {
                refinement.start(t);
            }
            for channel in 0..self.model.spec().channels() {
                self.code(t, channel, first..end, meter);
            }
            first = end;
        }
        let coded = self.buffer.unknown(0..lanes).count();
        self.buffer.clear(self.capacity);
        meter.pixels(coded)
    }

    fn code(&mut self, t: usize, channel: usize, lanes: Range<usize>, meter: &mut WorkMeter<'_>) {
        let Some(refinement) = &mut self.refinement else {
            return self.code_plainly(channel, lanes, meter);
        };
        let count = self.buffer.len();
        for range in self.buffer.refined_ranges(lanes) {
            let logits = self.buffer.logits(channel);
            let (first, sums) = self.frequencies.all_sums(logits, count, &range);
            meter.frequencies();
            let (lanes, values) = self.buffer.refined_lanes(t, channel, range, first, sums);
            let Ok(()) = refinement.code_lanes(&mut self.coder, &lanes, values);
            meter.entropy_coder();
        }
    }

    fn code_plainly(&mut self, channel: usize, lanes: Range<usize>, meter: &mut WorkMeter<'_>) {
        match self.model.spec().levels {
            2 => self.push_decisions(channel, lanes),
            _ => self.push_intervals(channel, lanes),
        }
        meter.frequencies();
        for interval in self.intervals.drain(..) {
            self.coder.encode(interval);
        }
        meter.entropy_coder();
    }

    fn push_decisions(&mut self, channel: usize, lanes: Range<usize>) {
        let count = self.buffer.len();
        let values = self.buffer.values(channel, 0..count);
        let (zeros, ones) = self.buffer.logits(channel).split_at(count);
        let intervals = self.buffer.unknown(lanes).map(|lane| {
            let zero = zero_of_two([zeros[lane], ones[lane]]);
            Interval::of_decision(values[lane] != 0, zero)
        });
        self.intervals.extend(intervals);
    }

    fn push_intervals(&mut self, channel: usize, lanes: Range<usize>) {
        let count = self.buffer.len();
        let values = self.buffer.values(channel, 0..count);
        let predictions = self.buffer.predictions(channel, 0..count);
        for fresh in lane_ranges(lanes) {
            let logits = self.buffer.logits(channel);
            let sums = self.frequencies.lane_sums(logits, count, fresh.clone());
            let intervals = self
                .buffer
                .unknown(fresh)
                .map(|lane| sums.interval(lane, values[lane].wrapping_sub(predictions[lane])));
            self.intervals.extend(intervals);
        }
    }
}
