//! Histograms of how far samples are from estimates (`docs/format.md`, *Thorough refinement*, *Histograms*).
//!
//! In: estimates of a sample, and contexts for each. Out: inputs of the mixer: how often, in the same context, a sample
//! was so far from the estimate that it would lie above or below a split.

use crate::coders::refinement::dimensions::CHANNELS;
use crate::coders::thorough::dimensions::{ESTIMATES, HISTOGRAMS};
use crate::coders::thorough::evidence::Evidence;

/// Contexts of an estimate.
pub(crate) const CONTEXTS: usize = 16;
/// Running sums of a histogram; the last is the number of samples.
const SUMS: usize = 128;
/// The sum that counts the samples below the estimate.
const CENTRE: i32 = 63;
/// A histogram of this many samples is halved.
const LARGEST: u16 = 1000;

/// `sums[j]` is the number of samples below `estimate + j − 63`; samples far away count as near.
type Histogram = [u16; SUMS];

/// The histograms of all channels.
pub(crate) struct Histograms {
    all: Vec<Histogram>,
}

/// What a sample's histograms are read and taught with.
pub(crate) struct Estimates {
    pub(crate) values: [i16; ESTIMATES],
    /// The histograms by estimate, two for each.
    pub(crate) histograms: [[u16; HISTOGRAMS]; ESTIMATES],
}

/// The index of a histogram.
#[inline(always)]
pub(crate) fn histogram_index(
    channel: usize,
    estimate: usize,
    which: usize,
    context: usize,
) -> u16 {
    (((channel * ESTIMATES + estimate) * HISTOGRAMS + which) * CONTEXTS + context) as u16
}

impl Histograms {
    const COUNT: usize = CHANNELS * ESTIMATES * HISTOGRAMS * CONTEXTS;
    pub(crate) const BYTES: usize = Histograms::COUNT * size_of::<Histogram>();

    pub(crate) fn new() -> Histograms {
        const { assert!(Histograms::COUNT <= 1 << u16::BITS) };
        Histograms {
            all: vec![[0; SUMS]; Histograms::COUNT],
        }
    }

    /// What the histograms say to a decision between `low..split` and `split..high`.
    #[inline(always)]
    pub(crate) fn inputs(
        &self,
        estimates: &Estimates,
        [low, split, high]: [usize; 3],
        prior: Evidence,
        inputs: &mut [i16],
    ) {
        let all = estimates.values.iter().zip(&estimates.histograms);
        for ((&value, histograms), inputs) in all.zip(inputs.as_chunks_mut::<HISTOGRAMS>().0) {
            let sum = |at: usize| (at as i32 - i32::from(value) + CENTRE).clamp(0, SUMS as i32 - 1);
            let [low, split, high] =
                [sum(low), sum(split), sum(high)].map(|sum| sum as usize % SUMS);
            for (&index, input) in histograms.iter().zip(inputs) {
                let sums = &self.all[usize::from(index)];
                let below = sums[split].wrapping_sub(sums[low]);
                let above = sums[high].wrapping_sub(sums[split]);
                *input = prior.log_odds(below.into(), above.into());
            }
        }
    }

    /// Counts a coded sample.
    #[inline(always)]
    pub(crate) fn learn(&mut self, estimates: &Estimates, sample: i32) {
        for (&value, histograms) in estimates.values.iter().zip(&estimates.histograms) {
            let below = (sample - i32::from(value) + CENTRE).clamp(0, SUMS as i32 - 2) as u16;
            for &index in histograms {
                let sums = &mut self.all[usize::from(index)];
                for (at, sum) in sums.iter_mut().enumerate() {
                    *sum += u16::from(at as u16 > below);
                }
                if sums[SUMS - 1] >= LARGEST {
                    sums.iter_mut().for_each(|sum| *sum >>= 1);
                }
            }
        }
    }
}
