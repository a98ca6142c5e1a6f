//! The images that a network needs, and the errors for files that hold others.

use std::path::Path;

use crate::data::samples::Samples;
use crate::error::{Error, Result};

/// The images of a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImageShape {
    /// The samples of a pixel.
    pub samples: Samples,
    /// Width in pixels.
    pub width: usize,
    /// Height in pixels.
    pub height: usize,
    /// Side of the blocks of a file's images of which the set keeps the first pixel: 1 to keep all pixels.
    pub subsampling: usize,
}

impl ImageShape {
    /// Samples of an image.
    pub(crate) fn size(&self) -> usize {
        self.width * self.height * self.samples.channels()
    }

    /// The images before subsampling.
    pub(crate) fn whole(&self) -> ImageShape {
        ImageShape {
            width: self.width * self.subsampling,
            height: self.height * self.subsampling,
            subsampling: 1,
            ..*self
        }
    }

    /// Refuses the images of `file` unless they have one of the kinds of samples `found`, and the right size.
    pub(crate) fn expect(
        &self,
        file: &Path,
        found: &[Samples],
        width: usize,
        height: usize,
    ) -> Result<()> {
        if !found.contains(&self.samples) {
            let expected = format!("{:?} samples", self.samples);
            return Err(unfit(file, expected, format!("{found:?}")));
        }
        if (width, height) != (self.width, self.height) {
            let expected = format!("images of {}x{}", self.width, self.height);
            return Err(unfit(file, expected, format!("{width}x{height}")));
        }
        Ok(())
    }
}

/// The error of a file whose images do not fit.
pub(crate) fn unfit(path: &Path, expected: impl ToString, found: impl ToString) -> Error {
    Error::ImageSet {
        path: path.into(),
        expected: expected.to_string(),
        found: found.to_string(),
    }
}

/// The smallest value that becomes 1 in a bilevel image.
pub(crate) const THRESHOLD: u8 = 128;
