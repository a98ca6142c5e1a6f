//! Reports the rows that the general method has coded. In: rows. Out: progress, or a request to stop.

use crate::error::Error;
use crate::work_meter::WorkMeter;

/// Counts the pixels of each row, in a trial or for good.
pub(crate) struct RowMeter<'a, 'm> {
    pub(crate) meter: &'a mut WorkMeter<'m>,
    /// Whether the rows are coded only to see how large they get.
    pub(crate) is_trial: bool,
}

impl RowMeter<'_, '_> {
    /// Counts a row of `pixels`.
    ///
    /// # Errors
    /// [`Error::Cancelled`].
    pub(crate) fn row(&mut self, pixels: usize) -> Result<(), Error> {
        match self.is_trial {
            true => self.meter.trial(pixels),
            false => self.meter.pixels(pixels),
        }
    }
}
