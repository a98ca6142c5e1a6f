//! From a predicted mean to an input of the mixer (`docs/format.md`, *Refinement*, *Linear inputs*).
//!
//! In: a predictor's means and its errors at the neighbours. Out: the log-odds of each decision, from a logistic
//! density around the mean that is as wide as the neighbours' errors are large.

use crate::coders::linear::mean_errors::{MeanErrors, class, smallest_sum};
use crate::coders::refinement::cells::{NORTH, NORTH_EAST, NORTH_WEST, Neighborhood, WEST};
use crate::coders::refinement::dimensions::{LANES, LaneInts, LaneShorts, MEAN_UNIT};
use crate::entropy::logistic::MAX_LOG_ODDS;

/// Classes of the neighbours' errors.
pub(crate) const CLASSES: usize = 72;
/// 1024 · 256 / (64 · 0.7), with 8 fraction bits.
const RECIPROCAL: i32 = 5851 << 8;

/// How much a mean counts in the weighted mean, by the class.
static TRUST: [i64; CLASSES] = {
    let mut table = [0; CLASSES];
    let mut class = 0;
    while class < CLASSES {
        let sum = smallest_sum(class) + 4;
        table[class] = (1 << 48) / (sum * sum * sum) + 1;
        class += 1;
    }
    table
};

/// The means and scales of one predictor for the samples of a batch.
pub(crate) struct LinearInput {
    /// In 64ths of a sample.
    pub(crate) means: LaneInts,
    /// The classes of the neighbours' errors.
    pub(crate) classes: [u8; LANES],
    reciprocals: LaneInts,
}

/// The mean error, of 256, by the class of the neighbours' errors.
pub(crate) struct ErrorScale {
    errors: MeanErrors<CLASSES>,
}

impl ErrorScale {
    pub(crate) fn new(channel: usize) -> ErrorScale {
        let weights = if channel == 0 { 6 } else { 8 };
        ErrorScale {
            errors: MeanErrors::new(weights),
        }
    }

    /// The input that predictor `which` makes of its means.
    #[inline(always)]
    pub(crate) fn input(
        &self,
        means: &LaneInts,
        around: &Neighborhood<'_>,
        channel: usize,
        which: usize,
    ) -> LinearInput {
        let sums = error_sums(around, channel, which);
        let mut input = LinearInput {
            means: [0; LANES],
            classes: [0; LANES],
            reciprocals: [0; LANES],
        };
        for lane in 0..LANES {
            let class = class(sums[lane] as u32);
            let mean = means[lane];
            input.means[lane] = mean.clamp(-MEAN_UNIT / 2, 255 * MEAN_UNIT + MEAN_UNIT / 2);
            input.classes[lane] = class as u8;
            input.reciprocals[lane] = RECIPROCAL / self.errors.error(class);
        }
        input
    }

    /// Learns from a coded sample, and returns its distance to the mean in sixteenths.
    #[inline(always)]
    pub(crate) fn learn(&mut self, input: &LinearInput, lane: usize, sample: i32) -> i16 {
        let distance = (sample * MEAN_UNIT - input.means[lane]).abs();
        self.errors
            .learn(usize::from(input.classes[lane]), distance);
        (distance >> 2) as i16
    }
}

/// The weighted sums of the errors at the neighbours and in the channel before.
#[inline(always)]
fn error_sums(around: &Neighborhood<'_>, channel: usize, which: usize) -> LaneInts {
    let errors = |neighbor: usize| around.errors(neighbor, channel, which);
    let (west, north) = (errors(WEST), errors(NORTH));
    let (north_west, north_east) = (errors(NORTH_WEST), errors(NORTH_EAST));
    let before = match channel.checked_sub(1) {
        Some(before) => around.own_errors(before, which),
        None => [0; LANES],
    };
    let mut sums = [0; LANES];
    for (lane, sum) in sums.iter_mut().enumerate() {
        let at = |errors: &LaneShorts| i32::from(errors[lane]);
        *sum = 2 * (at(&west) + at(&north) + at(&before)) + at(&north_west) + at(&north_east);
    }
    sums
}

/// The weighted means of the means. Those with smaller errors at the neighbours count more.
#[inline(always)]
pub(crate) fn weighted_means(inputs: &[LinearInput]) -> LaneInts {
    let mut means = [0; LANES];
    for (lane, mean) in means.iter_mut().enumerate() {
        let (mut sum, mut trust) = (0, 0);
        for input in inputs {
            let weight = TRUST[usize::from(input.classes[lane])];
            sum += weight * i64::from(input.means[lane]);
            trust += weight;
        }
        *mean = (sum / trust) as i32;
    }
    means
}

impl LinearInput {
    /// The log-odds that values of `low..high` are at least `split`: the distance of the split to the mean, or to the
    /// end of the interval that is nearer to the mean.
    #[inline(always)]
    pub(crate) fn log_odds(&self, low: &LaneInts, split: &LaneInts, high: &LaneInts) -> LaneInts {
        let mut all = [0; LANES];
        for (lane, log_odds) in all.iter_mut().enumerate() {
            *log_odds = self.lane_log_odds(lane, [low[lane], split[lane], high[lane]]);
        }
        all
    }

    /// The same for one lane.
    #[inline(always)]
    pub(crate) fn lane_log_odds(&self, lane: usize, [low, split, high]: [i32; 3]) -> i32 {
        let edge = |value: i32| value * MEAN_UNIT - MEAN_UNIT / 2;
        let mean = self.means[lane].max(edge(low)).min(edge(high));
        let distance = mean - edge(split);
        let scaled = (distance * self.reciprocals[lane]) >> 8;
        scaled.clamp(-MAX_LOG_ODDS, MAX_LOG_ODDS)
    }
}
