//! The options of the engine's callers.

use std::thread::available_parallelism;

use pxc_codec::{CodingMethod, Effort, Limits, MetadataChunk, ProgressCallback, Tiling};

/// Choices for [`compress`](crate::compress). The bytes do not depend on the backend or on the number of threads.
#[derive(Clone, Copy, Default)]
#[non_exhaustive]
pub struct CompressOptions<'a> {
    /// A model's name, id or file; `None` means the embedded one for the image's channels and the effort.
    pub model: Option<&'a str>,
    /// Metadata to store in the file.
    pub metadata: &'a [MetadataChunk],
    /// The tiling; `None` means the one for photos.
    pub tiling: Option<Tiling>,
    /// The coding method of all colour components; `None` means the one with the fewest bytes.
    pub method: Option<CodingMethod>,
    /// The trade-off between time and size.
    pub effort: Effort,
    /// Writes no preview. Without this, images of more than 2^20 pixels have one, if it is small enough.
    pub no_preview: bool,
    /// Refuses images and metadata that a decoder with these limits would refuse.
    pub limits: Limits,
    /// Threads; 0 means one per core.
    pub threads: usize,
    /// Called with the progress of the work.
    pub progress: Option<ProgressCallback<'a>>,
}

impl<'a> CompressOptions<'a> {
    /// Uses a model, by its name, id or file.
    pub fn with_model(self, model: impl Into<Option<&'a str>>) -> Self {
        let model = model.into();
        Self { model, ..self }
    }

    /// Stores metadata in the file.
    pub fn with_metadata(self, metadata: &'a [MetadataChunk]) -> Self {
        Self { metadata, ..self }
    }

    /// Uses this tiling.
    pub fn with_tiling(self, tiling: impl Into<Option<Tiling>>) -> Self {
        let tiling = tiling.into();
        Self { tiling, ..self }
    }

    /// Codes all colour components with one method.
    pub fn with_method(self, method: impl Into<Option<CodingMethod>>) -> Self {
        let method = method.into();
        Self { method, ..self }
    }

    /// Sets the trade-off between time and size.
    pub fn with_effort(self, effort: Effort) -> Self {
        Self { effort, ..self }
    }

    /// Sets whether the file is written without a preview.
    pub fn with_no_preview(self, no_preview: bool) -> Self {
        Self { no_preview, ..self }
    }

    /// Refuses what a decoder with these limits would refuse.
    pub fn with_limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// Works on this many threads; 0 means one per core.
    pub fn with_threads(self, threads: usize) -> Self {
        Self { threads, ..self }
    }

    /// Reports progress to a callback, which may stop the work.
    pub fn with_progress(self, progress: ProgressCallback<'a>) -> Self {
        let progress = Some(progress);
        Self { progress, ..self }
    }
}

/// Choices for [`decompress`](crate::decompress). The pixels do not depend on the backend or on the number of threads.
#[derive(Clone, Copy, Default)]
#[non_exhaustive]
pub struct DecompressOptions<'a> {
    /// Refuses images that are too large before memory is allocated.
    pub limits: Limits,
    /// Threads; 0 means one per core.
    pub threads: usize,
    /// Called with the progress of the work.
    pub progress: Option<ProgressCallback<'a>>,
}

impl<'a> DecompressOptions<'a> {
    /// Refuses images that exceed these limits.
    pub fn with_limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// Works on this many threads; 0 means one per core.
    pub fn with_threads(self, threads: usize) -> Self {
        Self { threads, ..self }
    }

    /// Reports progress to a callback, which may stop the work.
    pub fn with_progress(self, progress: ProgressCallback<'a>) -> Self {
        let progress = Some(progress);
        Self { progress, ..self }
    }
}

/// The number of threads that a caller asks for; one per core for 0.
pub(crate) fn thread_count(asked: usize) -> usize {
    match asked {
        0 => available_parallelism().map_or(1, usize::from),
        asked => asked,
    }
}
