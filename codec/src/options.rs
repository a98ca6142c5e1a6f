//! The caller's options, and progress reports.

use std::ops::ControlFlow;

use crate::coders::method::CodingMethod;
use crate::limits::Limits;
use crate::tiles::tiling::Tiling;

/// How much of the work is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Pixels finished.
    pub done: u64,
    /// Pixels of the image.
    pub total: u64,
}

/// Called from the working threads every few thousand pixels; `Break` stops the work with
/// [`Error::Cancelled`](crate::Error::Cancelled).
pub type ProgressCallback<'a> = &'a (dyn Fn(Progress) -> ControlFlow<()> + Sync);

/// The trade-off between time and size.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Effort {
    /// The model's frequencies as they are.
    Fast,
    /// The model's frequencies, refined by the pixels coded so far.
    #[default]
    Default,
    /// Refined by many more statistics ([`CodingMethod::Thorough`]), with the largest tiles for photos
    /// ([`Tiling::large_photo`]), from whose pixels these learn. It takes several times as long, fewer threads have
    /// work, and a region takes longer to decode.
    Max,
}

/// The setters that all options have.
macro_rules! work_setters {
    () => {
        /// Sets the limits.
        pub fn with_limits(mut self, limits: Limits) -> Self {
            self.limits = limits;
            self
        }

        /// Sets the number of threads.
        pub fn with_threads(mut self, threads: usize) -> Self {
            self.threads = threads;
            self
        }

        /// Sets a function that is called while the work goes on.
        pub fn with_progress(mut self, progress: ProgressCallback<'a>) -> Self {
            self.progress = Some(progress);
            self
        }
    };
}

/// Choices for [`encode`](crate::encode()). The bytes do not depend on `threads`.
///
/// ```
/// use pxc_codec::{Effort, EncodeOptions, Tiling};
///
/// let options = EncodeOptions::default()
///     .with_effort(Effort::Max)
///     .with_tiling(Tiling::whole(640, 480))
///     .with_threads(4);
/// ```
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct EncodeOptions<'a> {
    /// The tiling; `None` means the model's tiles, [`Tiling::photo`], or, for drawings and without a model,
    /// [`Tiling::drawing`].
    pub tiling: Option<Tiling>,
    /// The method of all colour components; `None` means the one with the fewest bytes. [`CodingMethod::Network`],
    /// [`CodingMethod::Refined`] and [`CodingMethod::Thorough`] need a predictor.
    pub method: Option<CodingMethod>,
    /// The trade-off between time and size.
    pub effort: Effort,
    /// Whether the file lists the colours of the image, to which the methods with a model are then restricted. `None`
    /// lists them where that is expected to save bytes. Only images of 8-bit red, green and blue have a list, with
    /// models of photos.
    pub color_set: Option<bool>,
    /// Writes no preview. Without this, images of more than 2^20 pixels have one, if it is small enough.
    pub no_preview: bool,
    /// Refuses images and metadata that a decoder with these limits would refuse. The default is that of decoders.
    pub limits: Limits,
    /// Threads to work with, at least 1.
    pub threads: usize,
    /// Called while the work goes on.
    pub progress: Option<ProgressCallback<'a>>,
}

impl Default for EncodeOptions<'_> {
    fn default() -> Self {
        EncodeOptions {
            tiling: None,
            method: None,
            effort: Effort::Default,
            color_set: None,
            no_preview: false,
            limits: Limits::DEFAULT,
            threads: 1,
            progress: None,
        }
    }
}

impl<'a> EncodeOptions<'a> {
    /// Sets the tiling; `None` means the default of the image.
    pub fn with_tiling(mut self, tiling: impl Into<Option<Tiling>>) -> Self {
        self.tiling = tiling.into();
        self
    }

    /// Sets the method of all colour components; `None` means the one that needs the fewest bytes.
    pub fn with_method(mut self, method: impl Into<Option<CodingMethod>>) -> Self {
        self.method = method.into();
        self
    }

    /// Sets the effort.
    pub fn with_effort(mut self, effort: Effort) -> Self {
        self.effort = effort;
        self
    }

    /// Sets whether the file is written without a preview.
    pub fn with_no_preview(mut self, no_preview: bool) -> Self {
        self.no_preview = no_preview;
        self
    }

    /// Sets whether the file lists its colours; `None` lists them if that is expected to save bytes.
    pub fn with_color_set(mut self, color_set: impl Into<Option<bool>>) -> Self {
        self.color_set = color_set.into();
        self
    }

    work_setters!();
}

/// Choices for [`decode`](crate::decode()). The pixels do not depend on `threads`.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct DecodeOptions<'a> {
    /// Larger images are refused before memory is taken.
    pub limits: Limits,
    /// Threads to work with, at least 1.
    pub threads: usize,
    /// Called while the work goes on.
    pub progress: Option<ProgressCallback<'a>>,
}

impl Default for DecodeOptions<'_> {
    fn default() -> Self {
        DecodeOptions {
            limits: Limits::DEFAULT,
            threads: 1,
            progress: None,
        }
    }
}

impl<'a> DecodeOptions<'a> {
    work_setters!();
}
