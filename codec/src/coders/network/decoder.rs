//! The network coders, reading: the bytes of a colour component in, tiles out (`docs/format.md`, *Wavefront order* and *Two scales*).
//!
//! A step's pixels are decoded side by side, channel after channel. `network_encoder.rs` holds the same steps in mirror image.

use std::ops::Range;

use crate::coders::failure::Failure;
use crate::coders::network::lanes::{LaneTeller, TileRow};
use crate::coders::refined::{Cells, Lanes, Refinement};
use crate::color_set::{Channel, ColorSet};
use crate::entropy::bit_coder::InvalidStream;
use crate::entropy::frequencies::{Frequencies, Kernel, blocks, zero_of_two};
use crate::entropy::range_coder::IntervalDecoder;
use crate::error::Error;
use crate::model::fitted::{Model, Sessions, Small};
use crate::model::prediction::{own, prediction};
use crate::model::predictor::{SYMBOLS, Session};
use crate::tiles::coarse_image;
use crate::tiles::tile::Tile;
use crate::tiles::wavefront::{Place, Wave};
use crate::work_meter::WorkMeter;

/// How much is decoded, and by which of the two coders.
#[derive(Clone, Copy)]
pub(crate) struct Part<'a> {
    /// Steps of the wavefront.
    pub(crate) steps: usize,
    /// Whether the network's frequencies are refined.
    pub(crate) refined: bool,
    /// The colours that there are, if the file says.
    pub(crate) colors: Option<&'a ColorSet>,
}

/// Decodes the first `steps` steps of the tiles of a group side by side; all of them, if the tiles have no more. When the model has a
/// coarse image, all of that comes first, and is in the tiles even without a step.
pub(crate) fn decode<'a>(
    model: &Model<'a>,
    sessions: &mut Sessions<'a>,
    bytes: &[u8],
    tiles: &mut [Tile],
    part: Part<'_>,
    meter: &mut WorkMeter<'_>,
) -> Result<(), Failure> {
    let mut coder = IntervalDecoder::new(bytes);
    if let Some(small) = model.small(sessions) {
        let ratio = small.ratio;
        let coarse;
        (coarse, coder) = decode_coarse(small, coder, tiles, meter)?;
        for (tile, coarse) in tiles.iter_mut().zip(&coarse) {
            tile.set_coarse(ratio, coarse);
        }
    }
    if part.steps > 0 {
        decode_tiles(model, &mut *sessions.large, coder, tiles, part, meter)?;
    }
    Ok(())
}

fn decode_coarse<'b>(
    small: Small<'_, '_, '_>,
    coder: IntervalDecoder<'b>,
    tiles: &[Tile],
    meter: &mut WorkMeter<'_>,
) -> Result<(Vec<Tile>, IntervalDecoder<'b>), Failure> {
    let empty = |tile: &Tile| tile.empty_coarse(small.ratio);
    let mut coarse: Vec<Tile> = tiles.iter().map(empty).collect();
    let part = Part {
        steps: usize::MAX,
        refined: false,
        colors: None,
    };
    let coder = decode_tiles(small.model, small.session, coder, &mut coarse, part, meter)?;
    Ok((coarse, coder))
}

fn decode_tiles<'b>(
    model: &Model<'_>,
    session: &mut dyn Session,
    coder: IntervalDecoder<'b>,
    tiles: &mut [Tile],
    part: Part<'_>,
    meter: &mut WorkMeter<'_>,
) -> Result<IntervalDecoder<'b>, Failure> {
    let most_lanes = tiles
        .iter()
        .map(|tile| model.schedule.most_lanes(tile.width, tile.height))
        .sum();
    let teller = LaneTeller::begin(model, session, tiles)?;
    let mut decoder = NetworkDecoder::new(model, session, teller, coder, most_lanes);
    decoder.colors = part.colors;
    if part.refined {
        let cells = |tile: &Tile| Cells::new(model.spec().shear, tile.width, tile.height);
        let (channels, kernel) = (model.spec().channels(), decoder.frequencies.kernel());
        let cells = tiles.iter().map(cells).collect();
        decoder.refinement = Some(Refinement::new(channels, cells, kernel));
    }
    let mut waves: Vec<Wave<'_>> = tiles
        .iter()
        .map(|tile| Wave::new(&model.schedule, tile.width, tile.height))
        .collect();
    let all = waves.iter().map(Wave::steps).max().unwrap_or(0);
    for t in 0..part.steps.min(all) {
        decoder.step(t, &mut waves, tiles, meter)?;
    }
    Ok(decoder.coder)
}

struct NetworkDecoder<'a, 'b> {
    model: &'a Model<'a>,
    session: &'a mut dyn Session,
    teller: LaneTeller<'a>,
    frequencies: Frequencies,
    coder: IntervalDecoder<'b>,
    bases: Vec<i16>,
    context: Vec<i16>,
    /// `x − base` of the channels decoded so far, two rows at least.
    own: Vec<i16>,
    logits: Vec<u8>,
    /// Nothing when the network's frequencies are taken as they are.
    refinement: Option<Refinement>,
    colors: Option<&'a ColorSet>,
    /// Tile and row of each lane.
    places: Vec<TileRow>,
    /// Whether each lane's pixel is known before the others.
    known: Vec<bool>,
    predictions: Vec<u8>,
    /// The samples of the channels decoded so far, `lanes` each.
    values: Vec<u8>,
}

impl<'a, 'b> NetworkDecoder<'a, 'b> {
    fn new(
        model: &'a Model<'a>,
        session: &'a mut dyn Session,
        teller: LaneTeller<'a>,
        coder: IntervalDecoder<'b>,
        most_lanes: usize,
    ) -> NetworkDecoder<'a, 'b> {
        let channels = model.spec().channels();
        NetworkDecoder {
            model,
            session,
            teller,
            frequencies: Frequencies::new(Kernel::detect()),
            coder,
            bases: vec![0; channels * most_lanes],
            context: vec![0; model.spec().features() * most_lanes],
            own: vec![0; channels.max(2) * most_lanes],
            logits: vec![0; model.spec().levels * most_lanes],
            refinement: None,
            colors: None,
            places: Vec::with_capacity(most_lanes),
            known: Vec::with_capacity(most_lanes),
            predictions: vec![0; most_lanes],
            values: vec![0; channels * most_lanes],
        }
    }

    fn step(
        &mut self,
        t: usize,
        waves: &mut [Wave<'_>],
        tiles: &mut [Tile],
        meter: &mut WorkMeter<'_>,
    ) -> Result<(), Failure> {
        let lanes = waves.iter().map(|wave| wave.rows(t).len()).sum();
        let spec = self.model.spec();
        self.places.clear();
        for (tile, wave) in waves.iter_mut().enumerate() {
            let rows = wave.rows(t);
            let place = Place {
                lanes,
                first: self.places.len(),
            };
            self.places
                .extend(rows.clone().map(|row| (tile as u32, row as u32)));
            wave.start(t);
            wave.gather(t, rows.clone(), place, &mut self.bases, &mut self.context);
            coarse_image::gather(spec, &tiles[tile], t, rows, place, &mut self.context);
        }
        let knows = |&(_, row): &TileRow| spec.knows(row as usize, t - spec.shear * row as usize);
        self.known.clear();
        self.known.extend(self.places.iter().map(knows));
        meter.rest();
        self.teller.start(self.session, t)?;
        meter.network();
        if lanes == 0 {
            return Ok(());
        }
        self.teller.locate(self.session, t, &self.places)?;
        if let Some(refinement) = &mut self.refinement {
            refinement.start(t);
        }
        for channel in 0..self.model.spec().channels() {
            meter.rest();
            self.evaluate(channel, lanes)?;
            meter.network();
            self.recall(t, channel, lanes, tiles);
            self.predict(channel, lanes);
            self.restrict(channel, lanes);
            for fresh in blocks(0..lanes) {
                self.decode_block(t, channel, lanes, fresh.clone(), meter)?;
                self.keep(channel, lanes, fresh);
            }
            self.place(t, channel, waves, tiles);
        }
        meter.pixels(self.known.iter().filter(|&&known| !known).count())?;
        Ok(())
    }

    fn evaluate(&mut self, channel: usize, lanes: usize) -> Result<(), Error> {
        let spec = self.model.spec();
        let logits = &mut self.logits[..spec.levels * lanes];
        let result = match channel.checked_sub(1) {
            None => {
                let context = &self.context[..spec.features() * lanes];
                self.session.first_logits(lanes, context, logits)
            }
            Some(before) => {
                let own = &self.own[before * lanes..][..lanes];
                self.session.next_logits(own, logits)
            }
        };
        result.map_err(|source| self.model.failed(source))
    }

    /// Takes the samples of pixels that are known from the tiles.
    fn recall(&mut self, t: usize, channel: usize, lanes: usize, tiles: &[Tile]) {
        let (shear, plane) = (self.model.spec().shear, self.model.spec().order[channel]);
        let places = self.places.iter().zip(&self.known).enumerate();
        for (lane, (&(tile, row), _)) in places.filter(|(_, (_, known))| **known) {
            let (tile, row) = (&tiles[tile as usize], row as usize);
            let at = tile.step(t, shear, row..row + 1, plane).next();
            self.values[channel * lanes + lane] = at.map_or(0, |at| tile.samples[at]);
        }
    }

    fn predict(&mut self, channel: usize, lanes: usize) {
        let rule = self.model.spec().rule;
        for lane in 0..lanes {
            let base = self.bases[channel * lanes + lane];
            let own = [self.own[lane], self.own[lanes + lane]];
            self.predictions[lane] = prediction(rule, channel, base, own);
        }
    }

    /// Takes the symbols that make no colour of the set out of the distributions.
    fn restrict(&mut self, channel: usize, lanes: usize) {
        let Some(colors) = self.colors else { return };
        let channel = Channel {
            index: channel,
            predictions: &self.predictions[..lanes],
            earlier: [0, 1].map(|k| &self.values[k * lanes..][..lanes]),
        };
        colors.restrict(&channel, &mut self.logits[..SYMBOLS * lanes]);
    }

    fn decode_decisions(
        &mut self,
        channel: usize,
        lanes: usize,
        fresh: Range<usize>,
        meter: &mut WorkMeter<'_>,
    ) -> Result<(), InvalidStream> {
        for lane in fresh.filter(|&lane| !self.known[lane]) {
            let zero = zero_of_two([self.logits[lane], self.logits[lanes + lane]]);
            self.values[channel * lanes + lane] = self.coder.decision(zero)?.into();
        }
        meter.entropy_coder();
        Ok(())
    }

    fn decode_plainly(
        &mut self,
        channel: usize,
        lanes: usize,
        fresh: Range<usize>,
        meter: &mut WorkMeter<'_>,
    ) -> Result<(), InvalidStream> {
        if self.model.spec().levels == 2 {
            return self.decode_decisions(channel, lanes, fresh, meter);
        }
        let logits = &self.logits[..SYMBOLS * lanes];
        let block = self.frequencies.block(logits, lanes, fresh.clone());
        meter.frequencies();
        for lane in fresh.filter(|&lane| !self.known[lane]) {
            let symbol = self.coder.symbol(&block, lane)?;
            self.values[channel * lanes + lane] = self.predictions[lane].wrapping_add(symbol);
        }
        meter.entropy_coder();
        Ok(())
    }

    fn decode_block(
        &mut self,
        t: usize,
        channel: usize,
        lanes: usize,
        fresh: Range<usize>,
        meter: &mut WorkMeter<'_>,
    ) -> Result<(), InvalidStream> {
        let Some(refinement) = &mut self.refinement else {
            return self.decode_plainly(channel, lanes, fresh, meter);
        };
        let logits = &self.logits[..SYMBOLS * lanes];
        let (first, sums) = self.frequencies.all_sums(logits, lanes, &fresh);
        meter.frequencies();
        let bases = &self.bases[channel * lanes..][..lanes];
        let block = Lanes {
            t,
            channel,
            places: &self.places[fresh.clone()],
            sums,
            first: fresh.start - first,
            bases: &bases[fresh.clone()],
            predictions: &self.predictions[fresh.clone()],
        };
        let values = &mut self.values[channel * lanes..][fresh];
        refinement.code_lanes(&mut self.coder, &block, values)?;
        meter.entropy_coder();
        Ok(())
    }

    fn keep(&mut self, channel: usize, lanes: usize, fresh: Range<usize>) {
        let (rule, levels) = (self.model.spec().rule, self.model.spec().levels);
        for lane in fresh {
            let at = channel * lanes + lane;
            let sample = self.values[at].into();
            self.own[at] = own(rule, levels, sample, self.bases[at]);
        }
    }

    /// Puts the samples of a channel into the waves and the tiles.
    fn place(&self, t: usize, channel: usize, waves: &mut [Wave<'_>], tiles: &mut [Tile]) {
        let (shear, plane) = (self.model.spec().shear, self.model.spec().order[channel]);
        let mut first = channel * self.places.len();
        for (wave, tile) in waves.iter_mut().zip(tiles) {
            let rows = wave.rows(t);
            let values = &self.values[first..first + rows.len()];
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
