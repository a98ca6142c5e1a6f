//! How wide the distribution of a predictor is (`docs/format.md`, *Deep predictors*).

/// Classes of sums of errors, four to an octave.
pub(crate) const CLASSES: usize = 112;
/// The smallest mean error, of 256.
const MIN_ERROR: i32 = 32;

/// The class of a sum of errors.
#[inline(always)]
pub(crate) fn class(sum: u32) -> usize {
    let sum = sum.saturating_add(4);
    let octave = sum.ilog2();
    let quarter = (u64::from(sum) << 2 >> octave) & 3;
    (4 * octave as usize + quarter as usize).min(CLASSES - 1)
}

/// The smallest sum of a class.
pub(crate) const fn smallest_sum(class: usize) -> i64 {
    ((4 + (class & 3) as i64) << (class >> 2)) >> 2
}

/// The mean error, of 256, by the class of the errors around.
pub(crate) struct ErrorScale {
    errors: [i32; CLASSES],
}

impl ErrorScale {
    /// `weights`: the sum of the weights of the errors in a sum.
    pub(crate) fn new(weights: i64) -> ErrorScale {
        let first = |class| (smallest_sum(class) * 16 / weights).clamp(MIN_ERROR.into(), 1 << 26);
        ErrorScale {
            errors: std::array::from_fn(|class| first(class) as i32),
        }
    }

    #[inline(always)]
    pub(crate) fn error(&self, class: usize) -> i32 {
        self.errors[class]
    }

    /// Learns the distance of a sample to the mean, in 64ths.
    #[inline(always)]
    pub(crate) fn learn(&mut self, class: usize, distance: i32) {
        let error = &mut self.errors[class];
        *error = (*error + ((distance * 4 - *error) >> 6)).max(MIN_ERROR);
    }
}
