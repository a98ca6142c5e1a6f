//! The lanes that a network evaluates together (`docs/format.md`, *Wavefront order*; `docs/model.md`, *Context*).
//!
//! In: the pixels of one or more steps. Out: what the network reads (context and own channels), what its logits are
//! turned into samples with (bases, predictions), and the samples. The decoder fills a buffer with one step, channel
//! after channel; the encoder knows all samples and fills it with several steps.

use std::ops::Range;

use crate::coders::network::session_steps::{SessionSteps, TileRow};
use crate::coders::refinement::batches::{Lanes, whole_batches};
use crate::color_set::restriction::ChannelLanes;
use crate::color_set::set::ColorSet;
use crate::entropy::frequencies::sums::AllSums;
use crate::error::Error;
use crate::model::fitted::Model;
use crate::model::prediction::{own, prediction};
use crate::model::predictor::{ModelSpec, SYMBOLS};
use crate::model::session::LanePosition;
use crate::tiles::coarse_image;
use crate::tiles::tile::Tile;
use crate::tiles::wavefront::{LaneLayout, Wave};

/// Bytes that a lane takes besides features, samples and logits.
const LANE_BYTES: u64 = 16 + size_of::<LanePosition>() as u64;

/// Lanes in channel-major buffers: value `f` of lane `i` is at `f · stride + i`.
pub(crate) struct LaneBuffer<'a> {
    model: &'a Model<'a>,
    stride: usize,
    /// Tile and row of each lane.
    positions: Vec<TileRow>,
    /// Whether each lane's pixel is in the coarse image, and so known before the others.
    known: Vec<bool>,
    bases: Vec<i16>,
    context: Vec<i16>,
    /// The network's inputs for the channels known so far; at least two rows.
    own: Vec<i16>,
    values: Vec<u8>,
    predictions: Vec<u8>,
    /// Those of the channels evaluated last, with as many lanes as there are in the buffer.
    logits: Vec<u8>,
}

impl<'a> LaneBuffer<'a> {
    /// Room for `capacity` lanes and the logits of `evaluated` channels of them.
    pub(crate) fn new(model: &'a Model<'a>, capacity: usize, evaluated: usize) -> LaneBuffer<'a> {
        let spec = model.spec();
        let channels = spec.channels();
        LaneBuffer {
            model,
            stride: capacity,
            positions: Vec::with_capacity(capacity),
            known: Vec::with_capacity(capacity),
            bases: vec![0; channels * capacity],
            context: vec![0; spec.features() * capacity],
            own: vec![0; channels.max(2) * capacity],
            values: vec![0; channels * capacity],
            predictions: vec![0; channels * capacity],
            logits: vec![0; evaluated * spec.levels * capacity],
        }
    }

    /// Bytes that a lane takes in a decoder.
    pub(crate) fn lane_bytes(spec: &ModelSpec) -> u64 {
        let numbers = spec.features() + 3 * spec.channels() + 2;
        (numbers * size_of::<i16>()) as u64 + spec.levels as u64 + LANE_BYTES
    }

    /// Empties the buffer, and makes room for `stride` lanes.
    pub(crate) fn clear(&mut self, stride: usize) {
        self.stride = stride;
        self.positions.clear();
        self.known.clear();
    }

    /// Lanes in the buffer.
    pub(crate) fn len(&self) -> usize {
        self.positions.len()
    }

    /// Tile and row of each lane.
    pub(crate) fn positions(&self) -> &[TileRow] {
        &self.positions
    }

    /// Cuts the lanes of a step into ranges that are coded together.
    pub(crate) fn refined_ranges(&self, lanes: Range<usize>) -> Vec<Range<usize>> {
        whole_batches(&self.positions, lanes)
    }

    /// Those of the lanes that are coded: their pixels are not in the coarse image.
    pub(crate) fn unknown(&self, lanes: Range<usize>) -> impl Iterator<Item = usize> {
        lanes.filter(|&lane| !self.known[lane])
    }

    /// Adds the pixels of step `t` of a tile, whose earlier steps the wave holds: positions, bases and context.
    pub(crate) fn gather(&mut self, t: usize, wave: &Wave<'_>, tile: &Tile, index: u32) {
        let spec = self.model.spec();
        let rows = wave.rows(t);
        let layout = LaneLayout {
            stride: self.stride,
            first: self.len(),
        };
        wave.gather(t, rows.clone(), layout, &mut self.bases, &mut self.context);
        coarse_image::gather(spec, tile, t, rows.clone(), layout, &mut self.context);
        self.known
            .extend(rows.clone().map(|y| spec.knows(y, t - spec.shear * y)));
        self.positions.extend(rows.map(|row| (index, row as u32)));
    }

    fn row(&self, channel: usize, lanes: &Range<usize>) -> Range<usize> {
        let start = channel * self.stride;
        start + lanes.start..start + lanes.end
    }

    /// The samples of a channel.
    pub(crate) fn values(&self, channel: usize, lanes: Range<usize>) -> &[u8] {
        &self.values[self.row(channel, &lanes)]
    }

    /// The samples of a channel, to be written.
    pub(crate) fn values_mut(&mut self, channel: usize, lanes: Range<usize>) -> &mut [u8] {
        let row = self.row(channel, &lanes);
        &mut self.values[row]
    }

    /// What symbol 0 of each lane stands for.
    pub(crate) fn predictions(&self, channel: usize, lanes: Range<usize>) -> &[u8] {
        &self.predictions[self.row(channel, &lanes)]
    }

    /// Takes the samples of pixels that are known before the others from the tile and row of each.
    pub(crate) fn recall(&mut self, channel: usize, sample: impl Fn(TileRow) -> u8) {
        let row = self.row(channel, &(0..self.len()));
        let lanes = self.positions.iter().zip(&self.known);
        for (value, (&position, &known)) in self.values[row].iter_mut().zip(lanes) {
            if known {
                *value = sample(position);
            }
        }
    }

    /// Predicts a channel from the bases and the earlier channels.
    pub(crate) fn predict(&mut self, channel: usize, lanes: Range<usize>) {
        let (rule, row) = (self.model.spec().rule, self.row(channel, &lanes));
        let [first, second] = [0, 1].map(|k| self.row(k, &lanes));
        let (first, second) = (&self.own[first], &self.own[second]);
        let own = first
            .iter()
            .zip(second)
            .map(|(&first, &second)| [first, second]);
        let bases = self.bases[row.clone()].iter().zip(own);
        for (out, (&base, own)) in self.predictions[row].iter_mut().zip(bases) {
            *out = prediction(rule, channel, base, own);
        }
    }

    /// Prepares the network's input for a channel whose samples are known.
    pub(crate) fn keep(&mut self, channel: usize, lanes: Range<usize>) {
        let (rule, levels) = (self.model.spec().rule, self.model.spec().levels);
        let row = self.row(channel, &lanes);
        let samples = self.values[row.clone()]
            .iter()
            .zip(&self.bases[row.clone()]);
        for (out, (&sample, &base)) in self.own[row].iter_mut().zip(samples) {
            *out = own(rule, levels, sample.into(), base);
        }
    }

    /// Evaluates all channels. Context and own channels are moved together, so the buffer must be cleared before it is
    /// filled again.
    pub(crate) fn evaluate_all(&mut self, steps: &mut SessionSteps<'_>) -> Result<(), Error> {
        let (spec, lanes, stride) = (self.model.spec(), self.len(), self.stride);
        for buffer in [&mut self.context, &mut self.own] {
            for row in 1..buffer.len() / stride {
                buffer.copy_within(row * stride..row * stride + lanes, row * lanes);
            }
        }
        let channels = spec.channels();
        let context = &self.context[..spec.features() * lanes];
        let own = &self.own[..(channels - 1) * lanes];
        let logits = &mut self.logits[..channels * spec.levels * lanes];
        steps.evaluate(|session| session.all_logits(lanes, context, own, logits))
    }

    /// Evaluates one channel; the stride must be the number of lanes.
    pub(crate) fn evaluate(
        &mut self,
        channel: usize,
        steps: &mut SessionSteps<'_>,
    ) -> Result<(), Error> {
        let (spec, lanes) = (self.model.spec(), self.len());
        debug_assert_eq!(lanes, self.stride);
        let context = &self.context[..spec.features() * lanes];
        let logits = &mut self.logits[..spec.levels * lanes];
        match channel.checked_sub(1) {
            None => steps.evaluate(|session| session.first_logits(lanes, context, logits)),
            Some(before) => {
                let own = &self.own[before * lanes..][..lanes];
                steps.evaluate(|session| session.next_logits(own, logits))
            }
        }
    }

    /// The logits of the channel that was evaluated as number `index`.
    pub(crate) fn logits(&self, index: usize) -> &[u8] {
        let size = self.model.spec().levels * self.len();
        &self.logits[index * size..][..size]
    }

    /// Sets the logits of symbols that make no colour of the set to 0, for a channel that was evaluated as number
    /// `index`.
    pub(crate) fn restrict(&mut self, channel: usize, index: usize, colors: &ColorSet) {
        let (lanes, size) = (0..self.len(), SYMBOLS * self.len());
        let earlier = [0, 1].map(|k| self.row(k, &lanes));
        let channel = ChannelLanes {
            index: channel,
            predictions: &self.predictions[self.row(channel, &lanes)],
            earlier: earlier.map(|row| &self.values[row]),
        };
        colors.restrict(&channel, &mut self.logits[index * size..][..size]);
    }

    /// What a decoder needs to turn the logits evaluated last into samples of a channel.
    pub(crate) fn parts(&mut self, channel: usize) -> LaneParts<'_> {
        let row = self.row(channel, &(0..self.len()));
        LaneParts {
            logits: &self.logits[..self.model.spec().levels * self.len()],
            known: &self.known,
            predictions: &self.predictions[row.clone()],
            values: &mut self.values[row],
        }
    }

    /// The lanes of a range as the refinement takes them, and their samples; `first` is the lane that `sums` begin
    /// with.
    pub(crate) fn refined_lanes<'s>(
        &'s mut self,
        t: usize,
        channel: usize,
        range: Range<usize>,
        first: usize,
        sums: &'s AllSums,
    ) -> (Lanes<'s>, &'s mut [u8]) {
        let row = self.row(channel, &range);
        let lanes = Lanes {
            t,
            channel,
            positions: &self.positions[range.clone()],
            sums,
            first: range.start - first,
            bases: &self.bases[row.clone()],
            predictions: &self.predictions[row.clone()],
        };
        (lanes, &mut self.values[row])
    }
}

/// One channel of a buffer, to be decoded.
pub(crate) struct LaneParts<'s> {
    pub(crate) logits: &'s [u8],
    pub(crate) known: &'s [bool],
    pub(crate) predictions: &'s [u8],
    pub(crate) values: &'s mut [u8],
}
