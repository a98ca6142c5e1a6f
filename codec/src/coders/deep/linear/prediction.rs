//! What the predictors say about a sample (`docs/format.md`, *Curves*).

use crate::coders::deep::arithmetic::curve::{ALL, mass_below};
use crate::coders::deep::dimensions::{ByPredictor, CLASSES, MEAN_UNIT, WEIGHTED};

/// The smallest and the largest sample of a plane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SampleRange {
    pub(crate) smallest: i32,
    pub(crate) largest: i32,
}

/// Means and widths of the distributions of a sample.
pub(crate) struct Prediction {
    /// In 64ths of a sample.
    pub(crate) means: ByPredictor<i32>,
    /// The classes of the errors around.
    pub(crate) classes: ByPredictor<usize>,
    /// 1024ths of the scale in a 64th of a sample, of 2^16.
    pub(crate) reciprocals: ByPredictor<i64>,
    /// The mean error of the weighted mean, of 256.
    pub(crate) error: i32,
    pub(crate) range: SampleRange,
}

impl Prediction {
    /// The mean of the weighted distribution, in 64ths of a sample.
    #[inline(always)]
    pub(crate) fn mean(&self) -> i32 {
        self.means[WEIGHTED]
    }

    /// The sample that is nearest to the mean.
    #[inline(always)]
    pub(crate) fn middle(&self) -> i32 {
        (self.mean() + MEAN_UNIT / 2) >> MEAN_UNIT.ilog2()
    }

    /// The class of the weighted distribution, below [`CLASSES`].
    #[inline(always)]
    pub(crate) fn class(&self) -> usize {
        self.classes[WEIGHTED] % CLASSES
    }

    /// The mass of a predictor's distribution below a sample, of 2^31. All mass is in the range.
    #[inline(always)]
    pub(crate) fn mass_below(&self, predictor: usize, sample: i32) -> u32 {
        match sample {
            _ if sample <= self.range.smallest => 0,
            _ if sample > self.range.largest => ALL,
            _ => {
                let distance = sample * MEAN_UNIT - MEAN_UNIT / 2 - self.means[predictor];
                mass_below((i64::from(distance) * self.reciprocals[predictor]) >> 16)
            }
        }
    }

    /// Where a sample lies in the weighted distribution, in parts of 256.
    #[inline(always)]
    pub(crate) fn rank(&self, sample: i32) -> i32 {
        let distance = i64::from(sample * MEAN_UNIT - self.mean());
        let mass = mass_below((distance * self.reciprocals[WEIGHTED]) >> 16);
        (mass >> 23).min(255) as i32
    }
}
