//! How large the errors of a predicted mean are, by the errors around (`docs/format.md`, *Linear inputs* and *Deep
//! predictors*).

/// The smallest mean error, of 256.
const MIN_ERROR: i32 = 32;
/// The largest one before anything is learned.
const MAX_FIRST_ERROR: i64 = 1 << 26;

/// The class of a sum of errors, below 2^28: four classes to an octave of the sum and 4.
#[inline(always)]
pub(crate) const fn class(sum: u32) -> usize {
    quarter_octave(sum + 4)
}

/// The class of a number above 0, four classes to an octave.
#[inline(always)]
pub(crate) const fn quarter_octave(number: u32) -> usize {
    let octave = number.ilog2();
    (octave << 2) as usize + ((number << 2 >> octave) & 3) as usize
}

/// The smallest sum of a class, and 4.
pub(crate) const fn smallest_sum(class: usize) -> i64 {
    ((4 + (class & 3) as i64) << (class >> 2)) >> 2
}

/// The mean error, of 256, for each class of the errors around.
pub(crate) struct MeanErrors<const CLASSES: usize> {
    errors: [i32; CLASSES],
}

impl<const CLASSES: usize> MeanErrors<CLASSES> {
    /// `weights`: the sum of the weights of the errors in a sum.
    pub(crate) fn new(weights: i64) -> MeanErrors<CLASSES> {
        let first =
            |class| (smallest_sum(class) * 16 / weights).clamp(MIN_ERROR.into(), MAX_FIRST_ERROR);
        MeanErrors {
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
