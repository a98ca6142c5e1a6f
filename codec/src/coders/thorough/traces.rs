//! What the thorough refinement keeps of coded samples, besides the cells (`docs/format.md`, *Thorough refinement*,
//! *Surroundings*).
//!
//! In: how far each estimate of a sample was off, and what the sample cost. Out: the same of its neighbours.

use std::ops::Range;

use crate::coders::refinement::dimensions::CHANNELS;
use crate::coders::thorough::dimensions::ESTIMATES;

/// What is kept of a sample: half a cache line.
#[derive(Clone, Copy)]
#[repr(align(32))]
pub(crate) struct Trace {
    /// How far each estimate was off, at most 255.
    pub(crate) errors: [u8; ESTIMATES],
    /// Its cost, in eighths of a bit, at most 255.
    pub(crate) cost: u8,
}

impl Trace {
    /// That of a pixel outside the tile.
    pub(crate) const ABSENT: Trace = Trace {
        errors: [4; ESTIMATES],
        cost: 16,
    };

    #[inline(always)]
    pub(crate) fn new(estimates: &[i16; ESTIMATES], sample: i32, cost: u8) -> Trace {
        let mut errors = [0; ESTIMATES];
        for (error, &estimate) in errors.iter_mut().zip(estimates) {
            *error = (sample - i32::from(estimate)).unsigned_abs().min(255) as u8;
        }
        Trace { errors, cost }
    }
}

/// The traces of a tile, in the places of its cells.
pub(crate) struct Traces {
    planes: Vec<Vec<Trace>>,
}

impl Traces {
    pub(crate) fn new(channels: usize, cells: usize) -> Traces {
        Traces {
            planes: vec![vec![Trace::ABSENT; cells]; channels],
        }
    }

    /// Bytes of memory of the traces of a tile with so many cells.
    pub(crate) fn bytes(cells: usize) -> u64 {
        (CHANNELS * cells * size_of::<Trace>()) as u64
    }

    pub(crate) fn clear(&mut self, cells: Range<usize>) {
        for plane in &mut self.planes {
            plane[cells.clone()].fill(Trace::ABSENT);
        }
    }

    #[inline(always)]
    pub(crate) fn get(&self, channel: usize, cell: Option<usize>) -> &Trace {
        cell.map_or(&Trace::ABSENT, |cell| &self.planes[channel][cell])
    }

    #[inline(always)]
    pub(crate) fn keep(&mut self, channel: usize, cell: usize, trace: Trace) {
        self.planes[channel][cell] = trace;
    }
}
