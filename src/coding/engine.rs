//! One engine for all inputs of a command: the models, the backend and the threads that the command line asks for.
//!
//! In: [`CodingArguments`]. Out: bytes, images and statistics. Errors name the input.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use pxc_picture::{JpegFile, Picture, exact, with_metadata};
use pxc_runtime::{
    Backend, BackendOptions, CompressOptions, Decoded, DecompressOptions, Effort, EncodeStats,
    Engine, ErrorKind, Image, Limits, MetadataChunk, Partial, Progress, Registry, SampleFormat,
};

use crate::arguments::coding::CodingArguments;
use crate::arguments::region::Region;
use crate::coding::deadline;
use crate::coding::rebuild::error::RebuildError;
use crate::coding::rebuild::file;
use crate::error::Error;
use crate::files::location::Location;
use crate::terminal::progress::FileMeter;

/// A .pxc file with other metadata, if the limits allow it.
pub(crate) enum Rewritten {
    /// The file.
    Written(Vec<u8>),
    /// The file would exceed a limit.
    TooLarge(pxc_picture::Error),
}

/// Compresses and decompresses with the options of the command line.
pub(crate) struct Coding {
    engine: Engine,
    /// Runs tract, if `engine` runs something else.
    tract: Option<Engine>,
    /// Id of `--model`.
    model: Option<String>,
    threads: usize,
    limits: Limits,
    /// `--max-time`, in seconds.
    max_time: Option<u32>,
}

impl Coding {
    /// Loads the model that `--model` names. Other models are loaded on demand.
    pub(crate) fn new(arguments: &CodingArguments, threads: usize) -> Result<Coding, Error> {
        let chosen = Backend::from(arguments.backend);
        let mut backend = BackendOptions::from(chosen);
        backend.onnxruntime_library = arguments.onnxruntime_lib.clone();
        let registry = Registry::default();
        let model = match &arguments.model {
            Some(name) => Some(registry.by_name(name)?.id().to_string()),
            None => None,
        };
        let tract = match chosen {
            Backend::Auto | Backend::Tract => None,
            _ => Some(tract(arguments.model.as_deref())?),
        };
        Ok(Coding {
            engine: Engine::new(registry, backend),
            tract,
            model,
            threads,
            limits: arguments.limits(),
            max_time: arguments.max_time,
        })
    }

    /// Limits on pixels and memory.
    pub(crate) fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Whether the model that `--model` names codes such samples.
    pub(crate) fn model_codes(&self, format: SampleFormat) -> bool {
        let model = self.model.as_deref();
        let model = model.and_then(|id| self.engine.registry().by_name(id).ok());
        model.is_some_and(|model| model.spec().codes(format))
    }

    /// Whether work on the same file that takes `bytes` of memory may run beside the coding: it takes little memory,
    /// and no time limit is set.
    pub(crate) fn has_room_beside(&self, bytes: u64) -> bool {
        /// The share of the allowed memory.
        const SHARE: u64 = 8;
        self.threads > 1 && self.max_time.is_none() && bytes <= self.limits.max_memory / SHARE
    }

    /// Compresses a picture to the bytes of a .pxc file.
    pub(crate) fn compress(
        &self,
        location: &Location,
        picture: &Picture,
        effort: Effort,
        no_preview: bool,
        meter: &FileMeter<'_>,
    ) -> Result<(Vec<u8>, EncodeStats), Error> {
        let advance = self.listener(meter);
        let options = CompressOptions::default()
            .with_model(self.model.as_deref())
            .with_metadata(&picture.metadata)
            .with_effort(effort)
            .with_no_preview(no_preview)
            .with_limits(self.limits)
            .with_threads(self.threads)
            .with_progress(&advance);
        self.engine
            .compress(&picture.image, &options)
            .map_err(|error| self.failed(location, error))
    }

    /// Replaces the metadata of a .pxc file.
    pub(crate) fn rewrite(
        &self,
        location: &Location,
        file: &[u8],
        metadata: &[MetadataChunk],
        meter: &FileMeter<'_>,
    ) -> Result<Rewritten, Error> {
        let advance = self.listener(meter);
        match with_metadata(file, metadata, &self.limits, Some(&advance)) {
            Ok(file) => Ok(Rewritten::Written(file)),
            Err(source) if source.kind() == ErrorKind::Limit => {
                Ok(Rewritten::TooLarge(pxc_picture::Error::Limit { source }))
            }
            Err(error) => Err(self.failed(location, error.into())),
        }
    }

    /// Does work that nothing can interrupt. When the time of the file is over, leaves it to run to its end and
    /// discards its result.
    pub(crate) fn in_time<T: Send + 'static>(
        &self,
        location: &Location,
        meter: &FileMeter<'_>,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Error> {
        let (Some(seconds), Some(left)) = (self.max_time, self.time_left(meter)) else {
            return Ok(work());
        };
        deadline::in_time(left, work).ok_or_else(|| Error::Time {
            location: location.clone(),
            seconds,
        })
    }

    /// Decompresses the image of a .pxc file.
    pub(crate) fn decompress(
        &self,
        location: &Location,
        bytes: &[u8],
        meter: &FileMeter<'_>,
    ) -> Result<Decoded, Error> {
        self.decode(location, meter, |options| {
            self.engine.decompress(bytes, options)
        })
    }

    /// Decompresses the image of a .pxc file with tract, whatever `--backend` says.
    pub(crate) fn decompress_with_tract(
        &self,
        location: &Location,
        bytes: &[u8],
        meter: &FileMeter<'_>,
    ) -> Result<Decoded, Error> {
        let engine = self.tract.as_ref().unwrap_or(&self.engine);
        self.decode(location, meter, |options| engine.decompress(bytes, options))
    }

    /// Decompresses a rectangle of the image of a .pxc file.
    pub(crate) fn decompress_region(
        &self,
        location: &Location,
        bytes: &[u8],
        region: Region,
        meter: &FileMeter<'_>,
    ) -> Result<Decoded, Error> {
        self.decode(location, meter, |options| {
            self.engine.decompress_region(bytes, region.0, options)
        })
    }

    /// Makes a thumbnail of a .pxc file.
    pub(crate) fn thumbnail(
        &self,
        location: &Location,
        bytes: &[u8],
        longest: u32,
        meter: &FileMeter<'_>,
    ) -> Result<Decoded, Error> {
        self.decode(location, meter, |options| {
            self.engine.decompress_thumbnail(bytes, longest, options)
        })
    }

    /// Decompresses the preview of a .pxc file, if it has one.
    pub(crate) fn preview(
        &self,
        location: &Location,
        bytes: &[u8],
        meter: &FileMeter<'_>,
    ) -> Result<Option<Decoded>, Error> {
        self.decode(location, meter, |options| {
            self.engine.decompress_preview(bytes, options)
        })
    }

    /// Decompresses the undamaged part of a .pxc file.
    pub(crate) fn decompress_partial(
        &self,
        location: &Location,
        bytes: &[u8],
        meter: &FileMeter<'_>,
    ) -> Result<Partial, Error> {
        self.decode(location, meter, |options| {
            self.engine.decompress_partial(bytes, options)
        })
    }

    /// Restores the JPEG file that a .pxc file holds; `None` if it holds something else.
    pub(crate) fn original_jpeg(
        &self,
        location: &Location,
        bytes: &[u8],
        meter: &FileMeter<'_>,
    ) -> Result<Option<Vec<u8>>, Error> {
        let restored = self.decode(location, meter, |options| {
            self.engine.original_jpeg(bytes, options)
        });
        restored.map_err(|error| match error {
            Error::Codec { location, source }
                if JpegFile::is_in(bytes) && source.kind() == ErrorKind::BadData =>
            {
                Error::DamagedJpeg { location, source }
            }
            error => error,
        })
    }

    /// Rebuilds the file that an image and its metadata describe; also returns the image.
    pub(crate) fn rebuild(
        &self,
        location: &Location,
        image: Image,
        metadata: Vec<MetadataChunk>,
        meter: &FileMeter<'_>,
    ) -> Result<(Vec<u8>, Image), Error> {
        let limits = self.limits;
        let left = self.time_left(meter);
        let deadline = left.map(|left| Instant::now() + left);
        let rebuild = move || {
            let description = exact::find(&metadata).expect("the caller found one");
            let bytes = file::rebuild(description, &image, &metadata, &limits, deadline);
            (bytes, image)
        };
        let (rebuilt, image) = self.in_time(location, meter, rebuild)?;
        let location = location.clone();
        match (rebuilt, self.max_time) {
            (Ok(bytes), _) => Ok((bytes, image)),
            (Err(RebuildError::Work { .. } | RebuildError::Time), Some(seconds))
                if self.is_over(meter) =>
            {
                Err(Error::Time { location, seconds })
            }
            (Err(source), _) => Err(Error::Rebuild { location, source }),
        }
    }

    fn decode<T>(
        &self,
        location: &Location,
        meter: &FileMeter<'_>,
        decode: impl FnOnce(&DecompressOptions<'_>) -> pxc_runtime::Result<T>,
    ) -> Result<T, Error> {
        let advance = self.listener(meter);
        let options = DecompressOptions::default()
            .with_limits(self.limits)
            .with_threads(self.threads)
            .with_progress(&advance);
        decode(&options).map_err(|error| self.failed(location, error))
    }

    /// The callback to which the library reports its progress.
    pub(crate) fn listener<'a>(
        &'a self,
        meter: &'a FileMeter<'_>,
    ) -> impl Fn(Progress) -> ControlFlow<()> + Sync + 'a {
        |progress| self.advance(meter, progress)
    }

    /// Records progress, and stops the work when its time is over.
    fn advance(&self, meter: &FileMeter<'_>, progress: Progress) -> ControlFlow<()> {
        meter.advance(progress);
        match self.is_over(meter) {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    }

    /// Whether the time of the file is over.
    fn is_over(&self, meter: &FileMeter<'_>) -> bool {
        self.time_left(meter) == Some(Duration::ZERO)
    }

    /// The rest of the file's time; `None` without a limit.
    fn time_left(&self, meter: &FileMeter<'_>) -> Option<Duration> {
        let limit = self.max_time.map(|count| Duration::from_secs(count.into()));
        limit.map(|limit| limit.saturating_sub(meter.elapsed()))
    }

    /// Adds the file to an error. Only the time limit cancels work, so a cancellation becomes that error.
    pub(crate) fn failed(&self, location: &Location, source: pxc_runtime::Error) -> Error {
        let location = location.clone();
        match self.max_time {
            Some(seconds) if source.kind() == ErrorKind::Cancelled => {
                Error::Time { location, seconds }
            }
            _ => Error::Codec {
                location,
                source: Box::new(source),
            },
        }
    }
}

/// An engine that runs tract and knows the model that `--model` names.
fn tract(model: Option<&str>) -> Result<Engine, Error> {
    let registry = Registry::default();
    if let Some(name) = model {
        registry.by_name(name)?;
    }
    Ok(Engine::new(registry, BackendOptions::from(Backend::Tract)))
}
