//! What a caller chooses, what it is told while the work runs, and what it gets to know afterwards.

use std::ops::{AddAssign, ControlFlow};
use std::time::Duration;

use crate::coders::method::CodingMethod;
use crate::error::Error;
use crate::tiles::tiling::Tiling;

/// How far the work is.
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

/// Time against size.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Effort {
    /// The model's frequencies as they are.
    Fast,
    /// The model's frequencies, refined by what was coded before.
    #[default]
    Default,
    /// Refined, in the largest tiles of photos ([`Tiling::large_photo`]): what was learned lasts longer. Fewer threads have work,
    /// and a part of the image takes longer to decode.
    Max,
}

/// Choices for [`encode`](crate::encode). The bytes do not depend on `threads`.
#[derive(Clone, Copy)]
pub struct EncodeOptions<'a> {
    /// The tiling; `None` means [`Tiling::photo`] or, for what is drawn or has no model, [`Tiling::drawing`].
    pub tiling: Option<Tiling>,
    /// The coder of all colour components; `None` means the one with the fewest bytes. [`CodingMethod::Network`] needs a predictor.
    pub method: Option<CodingMethod>,
    /// Time against size.
    pub effort: Effort,
    /// Whether the coders that use a model are told which colours the image has; `None` means where that is expected to save
    /// bytes. Only images of 8-bit red, green and blue are, and with models of photos.
    pub color_set: Option<bool>,
    /// Threads to work with, at least 1.
    pub threads: usize,
    /// Who is told how far the work is.
    pub progress: Option<ProgressCallback<'a>>,
}

/// Choices for [`decode`](crate::decode). The pixels do not depend on `threads`.
#[derive(Clone, Copy)]
pub struct DecodeOptions<'a> {
    /// Refuses images that are too large, before memory is taken.
    pub limits: Limits,
    /// Threads to work with, at least 1.
    pub threads: usize,
    /// Who is told how far the work is.
    pub progress: Option<ProgressCallback<'a>>,
}

impl Default for EncodeOptions<'_> {
    fn default() -> Self {
        EncodeOptions {
            tiling: None,
            method: None,
            effort: Effort::Default,
            color_set: None,
            threads: 1,
            progress: None,
        }
    }
}

impl Default for DecodeOptions<'_> {
    fn default() -> Self {
        DecodeOptions {
            limits: Limits::default(),
            threads: 1,
            progress: None,
        }
    }
}

/// What a file may ask for. Checked before memory is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Pixels of the image. Default 2^28.
    pub max_pixels: u64,
    /// Bytes: the decoded image, the working memory of all threads, the model, the metadata and the group table. Default 2^31.
    pub max_memory: u64,
    /// Bytes of metadata. Default 2^26.
    pub max_metadata: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            max_pixels: 1 << 28,
            max_memory: 1 << 31,
            max_metadata: 1 << 26,
        }
    }
}

impl Limits {
    /// What is left when `bytes` of memory are taken for something else, such as a converted copy of the image.
    ///
    /// # Errors
    /// [`Error::LimitExceeded`] when that is more than there is.
    pub fn reserve(self, bytes: u64) -> Result<Limits, Error> {
        self.check_memory(bytes)?;
        Ok(Limits {
            max_memory: self.max_memory - bytes,
            ..self
        })
    }

    /// Checks an image that is to be read from somewhere else than a `.pxc` file: its pixels, of so many bytes each.
    ///
    /// # Errors
    /// [`Error::LimitExceeded`] when it has more pixels or takes more memory than is allowed.
    pub fn check_image(&self, width: u32, height: u32, pixel_bytes: usize) -> Result<(), Error> {
        let pixels = u64::from(width) * u64::from(height);
        self.check_pixels(pixels)?;
        self.check_memory(pixels.saturating_mul(pixel_bytes as u64))
    }

    pub(crate) fn check_pixels(&self, needed: u64) -> Result<(), Error> {
        within("max_pixels", self.max_pixels, needed)
    }

    pub(crate) fn check_memory(&self, needed: u64) -> Result<(), Error> {
        within("max_memory", self.max_memory, needed)
    }

    pub(crate) fn check_metadata(&self, needed: u64) -> Result<(), Error> {
        within("max_metadata", self.max_metadata, needed)
    }
}

fn within(limit: &'static str, allowed: u64, needed: u64) -> Result<(), Error> {
    if needed > allowed {
        return Err(Error::LimitExceeded {
            limit,
            allowed,
            needed,
        });
    }
    Ok(())
}

/// Where the time went, summed over the threads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Times {
    /// Evaluating the model.
    pub network: Duration,
    /// From logits to integer intervals.
    pub frequencies: Duration,
    /// Range coder.
    pub entropy_coder: Duration,
    /// Everything else: gathering context, the adaptive coder, checksums, copying.
    pub rest: Duration,
}

impl AddAssign for Times {
    fn add_assign(&mut self, other: Times) {
        self.network += other.network;
        self.frequencies += other.frequencies;
        self.entropy_coder += other.entropy_coder;
        self.rest += other.rest;
    }
}

/// What [`encode`](crate::encode) reports.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct EncodeStats {
    /// Where the time went.
    pub times: Times,
    /// Bytes of header, metadata and group table.
    pub header_bytes: u64,
    /// One entry per group.
    pub groups: Vec<GroupStats>,
}

/// How one group was coded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct GroupStats {
    /// Pixels of the group's tiles.
    pub pixels: u64,
    /// CodingMethod of the colour component.
    pub color_method: CodingMethod,
    /// Bytes of the colour component, without its coder byte.
    pub color_bytes: u64,
    /// CodingMethod of the alpha component.
    pub alpha_method: Option<CodingMethod>,
    /// Bytes of the alpha component, without its coder byte; 0 without alpha.
    pub alpha_bytes: u64,
}

/// What [`decode`](crate::decode) reports.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct DecodeStats {
    /// Where the time went.
    pub times: Times,
}
