//! The network methods, reading: the bytes of a colour component in, tiles out (`docs/format.md`, *Wavefront order* and
//! *Two scales*).
//!
//! A step's pixels are decoded side by side, channel after channel. `encoder.rs` holds the same steps in mirror image.

use std::ops::Range;

use crate::coders::failure::Failure;
use crate::coders::network::lane_buffer::{LaneBuffer, LaneParts};
use crate::coders::network::options::NetworkOptions;
use crate::coders::network::refining::Refining;
use crate::coders::network::session_steps::SessionSteps;
use crate::color_set::set::ColorSet;
use crate::entropy::bit_coder::InvalidStream;
use crate::entropy::frequencies::{Frequencies, lane_ranges, zero_of_two};
use crate::entropy::range_coder::IntervalDecoder;
use crate::model::fitted::{CoarseModel, Model, Sessions};
use crate::model::session::Session;
use crate::simd::InstructionSet;
use crate::tiles::tile::Tile;
use crate::tiles::wavefront::Wave;
use crate::work_meter::WorkMeter;

/// Decodes the first `steps` steps of the tiles of a group side by side, or all if the tiles have no more. With a model
/// of two scales, the whole coarse image comes first, and is put into the tiles even when `steps` is 0.
pub(crate) fn decode<'a>(
    model: &Model<'a>,
    sessions: &mut Sessions<'a>,
    bytes: &[u8],
    tiles: &mut [Tile],
    steps: usize,
    options: NetworkOptions<'_>,
    meter: &mut WorkMeter<'_>,
) -> Result<(), Failure> {
    let mut coder = IntervalDecoder::new(bytes);
    if let Some(own) = model.coarse_session(sessions) {
        let ratio = own.ratio;
        let coarse;
        (coarse, coder) = decode_coarse(own, coder, tiles, meter)?;
        for (tile, coarse) in tiles.iter_mut().zip(&coarse) {
            tile.set_coarse(ratio, coarse);
        }
    }
    if steps > 0 {
        let mut decoder = NetworkDecoder::new(model, &mut *sessions.full, coder, tiles, options)?;
        decoder.decode_tiles(tiles, steps, meter)?;
    }
    Ok(())
}

fn decode_coarse<'b>(
    own: CoarseModel<'_, '_, '_>,
    coder: IntervalDecoder<'b>,
    tiles: &[Tile],
    meter: &mut WorkMeter<'_>,
) -> Result<(Vec<Tile>, IntervalDecoder<'b>), Failure> {
    let empty = |tile: &Tile| tile.empty_coarse(own.ratio);
    let mut coarse: Vec<Tile> = tiles.iter().map(empty).collect();
    let plain = NetworkOptions::PLAIN;
    let mut decoder = NetworkDecoder::new(own.model, own.session, coder, &coarse, plain)?;
    decoder.decode_tiles(&mut coarse, usize::MAX, meter)?;
    let coder = decoder.coder;
    Ok((coarse, coder))
}

struct NetworkDecoder<'a, 'b> {
    model: &'a Model<'a>,
    steps: SessionSteps<'a>,
    buffer: LaneBuffer<'a>,
    frequencies: Frequencies,
    /// `None` when the network's frequencies are used as they are.
    refinement: Option<Refining>,
    colors: Option<&'a ColorSet>,
    coder: IntervalDecoder<'b>,
}

impl<'a, 'b> NetworkDecoder<'a, 'b> {
    fn new(
        model: &'a Model<'a>,
        session: &'a mut dyn Session,
        coder: IntervalDecoder<'b>,
        tiles: &[Tile],
        options: NetworkOptions<'a>,
    ) -> Result<NetworkDecoder<'a, 'b>, Failure> {
        let lanes = |tile: &Tile| model.schedule.most_lanes(tile.width, tile.height);
        let most_lanes = tiles.iter().map(lanes).sum();
        let instructions = InstructionSet::detect();
        Ok(NetworkDecoder {
            model,
            steps: SessionSteps::begin(model, session, tiles)?,
            buffer: LaneBuffer::new(model, most_lanes, 1),
            frequencies: Frequencies::new(instructions),
            refinement: Refining::new(options.method, model, tiles, instructions),
            colors: options.color_set,
            coder,
        })
    }

    fn decode_tiles(
        &mut self,
        tiles: &mut [Tile],
        steps: usize,
        meter: &mut WorkMeter<'_>,
    ) -> Result<(), Failure> {
        let schedule = &self.model.schedule;
        let mut waves: Vec<Wave<'_>> = tiles
            .iter()
            .map(|tile| Wave::new(schedule, tile.width, tile.height))
            .collect();
        let all = waves.iter().map(Wave::steps).max().unwrap_or(0);
        for t in 0..steps.min(all) {
            self.decode_step(t, &mut waves, tiles, meter)?;
        }
        Ok(())
    }

    fn decode_step(
        &mut self,
        t: usize,
        waves: &mut [Wave<'_>],
        tiles: &mut [Tile],
        meter: &mut WorkMeter<'_>,
    ) -> Result<(), Failure> {
        let lanes = waves.iter().map(|wave| wave.rows(t).len()).sum();
        self.buffer.clear(lanes);
        for (index, (wave, tile)) in waves.iter_mut().zip(&*tiles).enumerate() {
            wave.start(t);
            self.buffer.gather(t, wave, tile, index as u32);
        }
        meter.rest();
        self.steps.start(t)?;
        meter.network();
        if lanes == 0 {
            return Ok(());
        }
        self.steps.locate(t, self.buffer.positions())?;
        if let Some(refinement) = &mut self.refinement {
            refinement.start(t);
        }
        for channel in 0..self.model.spec().channels() {
            self.decode_channel(t, channel, tiles, meter)?;
            self.store(t, channel, waves, tiles);
        }
        meter.pixels(self.buffer.unknown(0..lanes).count())?;
        Ok(())
    }

    fn decode_channel(
        &mut self,
        t: usize,
        channel: usize,
        tiles: &[Tile],
        meter: &mut WorkMeter<'_>,
    ) -> Result<(), Failure> {
        let lanes = self.buffer.len();
        meter.rest();
        self.buffer.evaluate(channel, &mut self.steps)?;
        meter.network();
        let (shear, plane) = (self.model.spec().shear, self.model.spec().order[channel]);
        self.buffer.recall(channel, |(tile, row)| {
            let (tile, row) = (&tiles[tile as usize], row as usize);
            let at = tile.step(t, shear, row..row + 1, plane).next();
            at.map_or(0, |at| tile.samples[at])
        });
        self.buffer.predict(channel, 0..lanes);
        if let Some(colors) = self.colors {
            self.buffer.restrict(channel, 0, colors);
        }
        let ranges = match self.refinement {
            Some(_) => self.buffer.refined_ranges(0..lanes),
            None => lane_ranges(0..lanes).collect(),
        };
        for range in ranges {
            self.decode_range(t, channel, range.clone(), meter)?;
            self.buffer.keep(channel, range);
        }
        Ok(())
    }

    fn decode_range(
        &mut self,
        t: usize,
        channel: usize,
        range: Range<usize>,
        meter: &mut WorkMeter<'_>,
    ) -> Result<(), InvalidStream> {
        match &mut self.refinement {
            Some(refinement) => {
                let logits = self.buffer.logits(0);
                let (first, sums) = self.frequencies.all_sums(logits, self.buffer.len(), &range);
                meter.frequencies();
                let (lanes, values) = self.buffer.refined_lanes(t, channel, range, first, sums);
                refinement.code_lanes(&mut self.coder, &lanes, values)?;
            }
            None if self.model.spec().levels == 2 => self.decode_decisions(channel, range)?,
            None => self.decode_symbols(channel, range, meter)?,
        }
        meter.entropy_coder();
        Ok(())
    }

    fn decode_decisions(
        &mut self,
        channel: usize,
        range: Range<usize>,
    ) -> Result<(), InvalidStream> {
        let lanes = self.buffer.len();
        let LaneParts {
            logits,
            known,
            values,
            ..
        } = self.buffer.parts(channel);
        for lane in range.filter(|&lane| !known[lane]) {
            let zero = zero_of_two([logits[lane], logits[lanes + lane]]);
            values[lane] = self.coder.decision(zero)?.into();
        }
        Ok(())
    }

    fn decode_symbols(
        &mut self,
        channel: usize,
        range: Range<usize>,
        meter: &mut WorkMeter<'_>,
    ) -> Result<(), InvalidStream> {
        let lanes = self.buffer.len();
        let LaneParts {
            logits,
            known,
            predictions,
            values,
        } = self.buffer.parts(channel);
        let sums = self.frequencies.lane_sums(logits, lanes, range.clone());
        meter.frequencies();
        for lane in range.filter(|&lane| !known[lane]) {
            let symbol = self.coder.symbol(&sums, lane)?;
            values[lane] = predictions[lane].wrapping_add(symbol);
        }
        Ok(())
    }

    /// Puts the samples of a channel into the waves and the tiles.
    fn store(&self, t: usize, channel: usize, waves: &mut [Wave<'_>], tiles: &mut [Tile]) {
        let (shear, plane) = (self.model.spec().shear, self.model.spec().order[channel]);
        let mut first = 0;
        for (wave, tile) in waves.iter_mut().zip(tiles) {
            let rows = wave.rows(t);
            let values = self.buffer.values(channel, first..first + rows.len());
            first += rows.len();
            let samples = wave.samples_mut(t, channel, rows.clone());
            for (sample, &value) in samples.iter_mut().zip(values) {
                *sample = value.into();
            }
            for (at, &value) in tile.step(t, shear, rows, plane).zip(values) {
                tile.samples[at] = value;
            }
        }
    }
}
