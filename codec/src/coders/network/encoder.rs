//! The network coders, writing: tiles in, the bytes of a colour component out (`docs/format.md`, *Wavefront order* and *Two scales*).
//!
//! All pixels are known, so whole steps are gathered into chunks that are evaluated together, unless the model keeps maps,
//! which a step must leave before the next one can begin. `network_decoder.rs` holds the same
//! steps in mirror image.

use std::ops::Range;

use constriction::UnwrapInfallible;

use crate::coders::network::lanes::{LaneTeller, TileRow};
use crate::coders::refined::{Cells, Lanes, Refinement};
use crate::color_set::{Channel, ColorSet};
use crate::entropy::frequencies::{Frequencies, Kernel, blocks, zero_of_two};
use crate::entropy::interval::Interval;
use crate::entropy::range_coder::IntervalEncoder;
use crate::error::Error;
use crate::model::fitted::{Model, Sessions};
use crate::model::prediction::{own, prediction};
use crate::model::predictor::{SYMBOLS, Session};
use crate::tiles::coarse_image;
use crate::tiles::tile::Tile;
use crate::tiles::wavefront::{Place, Wave};
use crate::work_meter::WorkMeter;

/// Pixels after which a chunk is evaluated.
const CHUNK: usize = 256;

/// How the network's frequencies are used.
#[derive(Clone, Copy)]
pub(crate) struct Manner<'a> {
    /// Whether they are refined.
    pub(crate) refined: bool,
    /// The colours that there are, if the file says.
    pub(crate) colors: Option<&'a ColorSet>,
}

/// Encodes the tiles of a group side by side; their coarse images first, when the model has one.
pub(crate) fn encode<'a>(
    model: &Model<'a>,
    sessions: &mut Sessions<'a>,
    tiles: &[Tile],
    manner: Manner<'_>,
    meter: &mut WorkMeter<'_>,
) -> Result<Vec<u8>, Error> {
    let mut coder = IntervalEncoder::new();
    if let Some(small) = model.small(sessions) {
        let coarse: Vec<Tile> = tiles.iter().map(|tile| tile.coarse(small.ratio)).collect();
        let plain = Manner {
            refined: false,
            colors: None,
        };
        coder = encode_tiles(small.model, small.session, &coarse, plain, coder, meter)?;
    }
    let session = &mut *sessions.large;
    let coder = encode_tiles(model, session, tiles, manner, coder, meter)?;
    Ok(coder.finish())
}

fn encode_tiles(
    model: &Model<'_>,
    session: &mut dyn Session,
    tiles: &[Tile],
    manner: Manner<'_>,
    coder: IntervalEncoder,
    meter: &mut WorkMeter<'_>,
) -> Result<IntervalEncoder, Error> {
    let mut encoder = NetworkEncoder::new(model, session, tiles, manner, coder)?;
    let mut waves: Vec<Wave<'_>> = tiles
        .iter()
        .map(|tile| Wave::new(&model.schedule, tile.width, tile.height))
        .collect();
    let steps = waves.iter().map(Wave::steps).max().unwrap_or(0);
    let most = if encoder.teller.keeps_maps() {
        1
    } else {
        CHUNK
    };
    for t in 0..steps {
        meter.rest();
        encoder.teller.start(encoder.session, t)?;
        meter.network();
        for (index, (wave, tile)) in waves.iter_mut().zip(tiles).enumerate() {
            encoder.chunk.take(t, wave, tile, index as u32);
        }
        encoder.chunk.steps.push((t, encoder.chunk.filled()));
        if encoder.chunk.filled() >= most {
            encoder.flush(meter)?;
        }
    }
    encoder.flush(meter)?;
    Ok(encoder.coder)
}

struct NetworkEncoder<'a> {
    model: &'a Model<'a>,
    session: &'a mut dyn Session,
    teller: LaneTeller<'a>,
    frequencies: Frequencies,
    coder: IntervalEncoder,
    chunk: LaneBatch<'a>,
    /// Nothing when the network's frequencies are taken as they are.
    refinement: Option<Refinement>,
    colors: Option<&'a ColorSet>,
    intervals: Vec<Interval>,
}

/// The pixels of some steps, channel-major with stride `capacity`, and made contiguous before they are evaluated.
struct LaneBatch<'a> {
    model: &'a Model<'a>,
    capacity: usize,
    /// Each step and the lane at which it ends.
    steps: Vec<(usize, usize)>,
    /// Tile and row of each lane.
    places: Vec<TileRow>,
    bases: Vec<i16>,
    context: Vec<i16>,
    own: Vec<i16>,
    values: Vec<u8>,
    predictions: Vec<u8>,
    logits: Vec<u8>,
}

impl<'a> NetworkEncoder<'a> {
    fn new(
        model: &'a Model<'a>,
        session: &'a mut dyn Session,
        tiles: &[Tile],
        manner: Manner<'a>,
        coder: IntervalEncoder,
    ) -> Result<NetworkEncoder<'a>, Error> {
        let lanes = |tile: &Tile| model.schedule.most_lanes(tile.width, tile.height);
        let cells = |tile: &Tile| Cells::new(model.spec().shear, tile.width, tile.height);
        let frequencies = Frequencies::new(Kernel::detect());
        let refinement = manner.refined.then(|| {
            let cells = tiles.iter().map(cells).collect();
            Refinement::new(model.spec().channels(), cells, frequencies.kernel())
        });
        Ok(NetworkEncoder {
            model,
            teller: LaneTeller::begin(model, session, tiles)?,
            session,
            frequencies,
            coder,
            chunk: LaneBatch::new(model, CHUNK + tiles.iter().map(lanes).sum::<usize>()),
            refinement,
            colors: manner.colors,
            intervals: Vec::new(),
        })
    }

    /// Evaluates the pixels in the chunk and codes its steps.
    fn flush(&mut self, meter: &mut WorkMeter<'_>) -> Result<(), Error> {
        let lanes = self.chunk.filled();
        if lanes == 0 {
            self.chunk.steps.clear();
            return Ok(());
        }
        self.chunk.compact();
        meter.rest();
        if let Some(&(t, _)) = self.chunk.steps.last() {
            self.teller.locate(self.session, t, &self.chunk.places)?;
        }
        self.evaluate(lanes)?;
        meter.network();
        if let Some(colors) = self.colors {
            self.chunk.restrict(colors);
            meter.frequencies();
        }
        let (mut first, mut coded) = (0, 0);
        for (t, end) in std::mem::take(&mut self.chunk.steps) {
            coded += (first..end)
                .filter(|&lane| !self.chunk.knows(t, lane))
                .count();
            if let Some(refinement) = &mut self.refinement {
                refinement.start(t);
            }
            for channel in 0..self.model.spec().channels() {
                self.code(t, channel, first..end, meter);
            }
            first = end;
        }
        self.chunk.places.clear();
        meter.pixels(coded)
    }

    fn evaluate(&mut self, lanes: usize) -> Result<(), Error> {
        let spec = self.model.spec();
        let chunk = &mut self.chunk;
        let channels = spec.channels();
        let evaluated = self.session.all_logits(
            lanes,
            &chunk.context[..spec.features() * lanes],
            &chunk.own[..(channels - 1) * lanes],
            &mut chunk.logits[..channels * spec.levels * lanes],
        );
        evaluated.map_err(|source| self.model.failed(source))
    }

    fn code_plainly(
        &mut self,
        t: usize,
        channel: usize,
        lanes: Range<usize>,
        meter: &mut WorkMeter<'_>,
    ) {
        let chunk = &self.chunk;
        if self.model.spec().levels == 2 {
            let values = &chunk.values[channel * chunk.capacity..];
            let (zeros, ones) = chunk.logits(channel).split_at(chunk.filled());
            let unknown = lanes.filter(|&lane| !chunk.knows(t, lane));
            self.intervals.extend(unknown.map(|lane| {
                let zero = zero_of_two([zeros[lane], ones[lane]]);
                Interval::of_decision(values[lane] != 0, zero)
            }));
        } else {
            self.intervals_of_many(t, channel, lanes);
        }
        meter.frequencies();
        for interval in self.intervals.drain(..) {
            self.coder.encode(interval);
        }
        meter.entropy_coder();
    }

    fn intervals_of_many(&mut self, t: usize, channel: usize, lanes: Range<usize>) {
        let chunk = &self.chunk;
        for fresh in blocks(lanes) {
            let logits = chunk.logits(channel);
            let block = self
                .frequencies
                .block(logits, chunk.filled(), fresh.clone());
            let row = channel * chunk.capacity;
            let unknown = fresh.filter(|&lane| !chunk.knows(t, lane));
            self.intervals.extend(unknown.map(|lane| {
                let (value, prediction) = (chunk.values[row + lane], chunk.predictions[row + lane]);
                block.interval(lane, value.wrapping_sub(prediction))
            }));
        }
    }

    fn code(&mut self, t: usize, channel: usize, lanes: Range<usize>, meter: &mut WorkMeter<'_>) {
        let Some(refinement) = &mut self.refinement else {
            return self.code_plainly(t, channel, lanes, meter);
        };
        for fresh in blocks(lanes) {
            let chunk = &mut self.chunk;
            let filled = chunk.filled();
            let (first, sums) = self
                .frequencies
                .all_sums(chunk.logits(channel), filled, &fresh);
            meter.frequencies();
            let row = channel * chunk.capacity + fresh.start..channel * chunk.capacity + fresh.end;
            let lanes = Lanes {
                t,
                channel,
                places: &chunk.places[fresh.clone()],
                sums,
                first: fresh.start - first,
                bases: &chunk.bases[row.clone()],
                predictions: &chunk.predictions[row.clone()],
            };
            refinement
                .code_lanes(&mut self.coder, &lanes, &mut chunk.values[row])
                .unwrap_infallible();
            meter.entropy_coder();
        }
    }
}

impl<'a> LaneBatch<'a> {
    fn new(model: &'a Model<'a>, capacity: usize) -> LaneBatch<'a> {
        let (channels, features) = (model.spec().channels(), model.spec().features());
        LaneBatch {
            model,
            capacity,
            steps: Vec::new(),
            places: Vec::new(),
            bases: vec![0; channels * capacity],
            context: vec![0; features * capacity],
            own: vec![0; channels * capacity],
            values: vec![0; channels * capacity],
            predictions: vec![0; channels * capacity],
            logits: vec![0; channels * model.spec().levels * capacity],
        }
    }

    /// Lanes in the chunk.
    fn filled(&self) -> usize {
        self.places.len()
    }

    /// Whether a lane's pixel, of step `t`, is known before the others.
    fn knows(&self, t: usize, lane: usize) -> bool {
        let (spec, row) = (self.model.spec(), self.places[lane].1 as usize);
        spec.knows(row, t - spec.shear * row)
    }

    fn logits(&self, channel: usize) -> &[u8] {
        let size = self.model.spec().levels * self.filled();
        &self.logits[channel * size..][..size]
    }

    /// Takes the symbols that make no colour of the set out of the distributions.
    fn restrict(&mut self, colors: &ColorSet) {
        let (lanes, capacity) = (self.filled(), self.capacity);
        let size = SYMBOLS * lanes;
        let logits = self.logits.chunks_exact_mut(size);
        for (index, logits) in logits.take(self.model.spec().channels()).enumerate() {
            let channel = Channel {
                index,
                predictions: &self.predictions[index * capacity..][..lanes],
                earlier: [0, 1].map(|k| &self.values[k * capacity..][..lanes]),
            };
            colors.restrict(&channel, logits);
        }
    }

    /// Adds a tile's pixels of step `t`; there is room for them.
    fn take(&mut self, t: usize, wave: &mut Wave<'_>, tile: &Tile, index: u32) {
        let spec = self.model.spec();
        let rows = wave.rows(t);
        wave.start(t);
        for (channel, &plane) in spec.order.iter().enumerate() {
            let samples = wave.samples_mut(t, channel, rows.clone());
            let positions = tile.step(t, spec.shear, rows.clone(), plane);
            samples
                .iter_mut()
                .zip(positions)
                .for_each(|(sample, at)| *sample = tile.samples[at].into());
        }
        let first = self.filled();
        let place = Place {
            lanes: self.capacity,
            first,
        };
        wave.gather(t, rows.clone(), place, &mut self.bases, &mut self.context);
        coarse_image::gather(spec, tile, t, rows.clone(), place, &mut self.context);
        for channel in 0..spec.channels() {
            self.take_samples(channel, first, wave.samples(t, channel, rows.clone()));
        }
        self.places.extend(rows.map(|row| (index, row as u32)));
    }

    fn take_samples(&mut self, channel: usize, first: usize, samples: &[i16]) {
        let (rule, levels) = (self.model.spec().rule, self.model.spec().levels);
        for (lane, &sample) in (first..).zip(samples) {
            let at = channel * self.capacity + lane;
            let second = *self.own.get(self.capacity + lane).unwrap_or(&0);
            self.values[at] = sample as u8;
            let (base, earlier) = (self.bases[at], [self.own[lane], second]);
            self.predictions[at] = prediction(rule, channel, base, earlier);
            self.own[at] = own(rule, levels, sample, base);
        }
    }

    /// Moves the rows that are evaluated together.
    fn compact(&mut self) {
        let (filled, capacity) = (self.filled(), self.capacity);
        for buffer in [&mut self.context, &mut self.own] {
            for row in 1..buffer.len() / capacity {
                buffer.copy_within(row * capacity..row * capacity + filled, row * filled);
            }
        }
    }
}
