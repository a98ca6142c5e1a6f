//! The network coder, writing: tiles in, the bytes of a colour component out (`docs/format.md`, *Wavefront order*).
//!
//! All pixels are known, so contexts are gathered into chunks that cross the steps' borders; the intervals then wait until their
//! step is whole. `network_decoder.rs` holds the same steps in mirror image.

use std::collections::VecDeque;
use std::ops::Range;

use crate::component::Tile;
use crate::error::Error;
use crate::fitted_model::Model;
use crate::frequencies::{Frequencies, Interval, Kernel};
use crate::prediction::carry;
use crate::predictor::{SYMBOLS, Session};
use crate::range_coder::IntervalEncoder;
use crate::wavefront::{Place, Wave};
use crate::workers::Account;

/// Pixels evaluated together.
const CHUNK: usize = 256;

/// Encodes the tiles of a group side by side.
pub(crate) fn encode(
    model: &Model<'_>,
    session: &mut dyn Session,
    tiles: &[Tile],
    account: &mut Account<'_>,
) -> Result<Vec<u8>, Error> {
    let mut encoder = NetworkEncoder::new(model, session);
    let mut waves: Vec<Wave<'_>> = tiles
        .iter()
        .map(|tile| Wave::new(&model.schedule, tile.width, tile.height))
        .collect();
    let steps = waves.iter().map(Wave::steps).max().unwrap_or(0);
    for t in 0..steps {
        let mut lanes = 0;
        for (wave, tile) in waves.iter_mut().zip(tiles) {
            lanes += encoder.tile_step(t, wave, tile, account)?;
        }
        encoder.steps.push_back(lanes);
    }
    encoder.flush(account)?;
    Ok(encoder.coder.finish())
}

struct NetworkEncoder<'a> {
    model: &'a Model<'a>,
    session: &'a mut dyn Session,
    frequencies: Frequencies,
    coder: IntervalEncoder,
    chunk: Chunk,
    /// Per channel, the intervals of pixels that are not yet written.
    intervals: Vec<Vec<Interval>>,
    /// Pixels of the steps that are not yet written.
    steps: VecDeque<usize>,
}

/// Up to [`CHUNK`] pixels, channel-major with stride [`CHUNK`].
struct Chunk {
    filled: usize,
    bases: Vec<i16>,
    context: Vec<i16>,
    own: Vec<i16>,
    symbols: Vec<u8>,
    logits: Vec<u8>,
}

impl<'a> NetworkEncoder<'a> {
    fn new(model: &'a Model<'a>, session: &'a mut dyn Session) -> NetworkEncoder<'a> {
        let channels = model.spec().channels();
        NetworkEncoder {
            model,
            session,
            frequencies: Frequencies::new(Kernel::detect()),
            coder: IntervalEncoder::new(),
            chunk: Chunk {
                filled: 0,
                bases: vec![0; channels * CHUNK],
                context: vec![0; model.spec().features() * CHUNK],
                own: vec![0; channels * CHUNK],
                symbols: vec![0; channels * CHUNK],
                logits: vec![0; channels * SYMBOLS * CHUNK],
            },
            intervals: vec![Vec::new(); channels],
            steps: VecDeque::new(),
        }
    }

    /// Takes a tile's pixels of step `t` into chunks and says how many there are.
    fn tile_step(
        &mut self,
        t: usize,
        wave: &mut Wave<'_>,
        tile: &Tile,
        account: &mut Account<'_>,
    ) -> Result<usize, Error> {
        let rows = wave.rows(t);
        wave.start(t);
        for (channel, &plane) in self.model.spec().order.iter().enumerate() {
            let samples = wave.samples_mut(t, channel, rows.clone());
            let positions = tile.step(t, self.model.spec().shear, rows.clone(), plane);
            samples
                .iter_mut()
                .zip(positions)
                .for_each(|(sample, at)| *sample = tile.samples[at].into());
        }
        let mut rest = rows.clone();
        while !rest.is_empty() {
            let end = rest.end.min(rest.start + CHUNK - self.chunk.filled);
            self.chunk
                .take(t, wave, rest.start..end, self.intervals.len());
            if self.chunk.filled == CHUNK {
                self.flush(account)?;
            }
            rest.start = end;
        }
        Ok(rows.len())
    }

    /// Evaluates the pixels in the chunk and writes the steps that are whole.
    fn flush(&mut self, account: &mut Account<'_>) -> Result<(), Error> {
        let (lanes, channels) = (self.chunk.filled, self.intervals.len());
        if lanes > 0 {
            self.chunk.compact();
            account.rest();
            self.evaluate(lanes)?;
            account.network();
            for (channel, intervals) in self.intervals.iter_mut().enumerate() {
                let logits = &self.chunk.logits[channel * SYMBOLS * lanes..][..SYMBOLS * lanes];
                let symbols = &self.chunk.symbols[channel * CHUNK..][..lanes];
                self.frequencies.intervals(logits, symbols, intervals);
            }
            account.frequencies();
            account.pixels(lanes)?;
        }
        self.chunk.filled = 0;
        self.write_steps(channels);
        account.entropy_coder();
        Ok(())
    }

    fn evaluate(&mut self, lanes: usize) -> Result<(), Error> {
        let (id, spec) = (self.model.id(), self.model.spec());
        let chunk = &mut self.chunk;
        let channels = spec.channels();
        self.session
            .all_logits(
                lanes,
                &chunk.context[..spec.features() * lanes],
                &chunk.own[..(channels - 1) * lanes],
                &mut chunk.logits[..channels * SYMBOLS * lanes],
            )
            .map_err(|source| Error::Predictor { id, source })
    }

    fn write_steps(&mut self, channels: usize) {
        let mut written = 0;
        while let Some(&lanes) = self.steps.front() {
            if self.intervals[0].len() < written + lanes {
                break;
            }
            for channel in 0..channels {
                for &interval in &self.intervals[channel][written..written + lanes] {
                    self.coder.encode(interval);
                }
            }
            written += lanes;
            self.steps.pop_front();
        }
        for intervals in &mut self.intervals {
            intervals.drain(..written);
        }
    }
}

impl Chunk {
    /// Adds the given rows of step `t`; there is room for them.
    fn take(&mut self, t: usize, wave: &Wave<'_>, rows: Range<usize>, channels: usize) {
        let place = Place {
            lanes: CHUNK,
            first: self.filled,
        };
        wave.gather(t, rows.clone(), place, &mut self.bases, &mut self.context);
        for channel in 0..channels {
            let samples = wave.samples(t, channel, rows.clone());
            for (lane, &sample) in (self.filled..).zip(samples) {
                let at = channel * CHUNK + lane;
                let own = [self.own[lane], *self.own.get(CHUNK + lane).unwrap_or(&0)];
                let prediction = carry(channel, self.bases[at], own);
                self.symbols[at] = (sample as u8).wrapping_sub(prediction);
                self.own[at] = sample - self.bases[at];
            }
        }
        self.filled += rows.len();
    }

    /// Moves the rows of a chunk that is not full together.
    fn compact(&mut self) {
        let filled = self.filled;
        for buffer in [&mut self.context, &mut self.own] {
            for row in 1..buffer.len() / CHUNK {
                buffer.copy_within(row * CHUNK..row * CHUNK + filled, row * filled);
            }
        }
    }
}
