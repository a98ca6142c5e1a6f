//! One engine for all inputs of a command: the models, the backend and the threads that the command line asks for.
//!
//! In: [`CodingArguments`]. Out: bytes, images and statistics; errors name the input.

use std::ops::ControlFlow;

use pxc_runtime::{
    BackendOptions, CompressOptions, Decoded, DecompressOptions, Effort, EncodeStats, Engine,
    Image, Limits, MetadataChunk, Partial, Progress, Registry,
};

use crate::arguments::CodingArguments;
use crate::deflate_process;
use crate::deflate_stream::Stretches;
use crate::error::{Error, Place};
use crate::exact_file;
use crate::picture::Picture;
use crate::progress::FileMeter;
use crate::region::Region;

/// Compresses and decompresses as the command line asks for.
pub(crate) struct Coding {
    engine: Engine,
    /// Id of `--model`.
    model: Option<String>,
    threads: usize,
    limits: Limits,
}

impl Coding {
    /// Reads the model that `--model` names; everything else is loaded when it is needed.
    pub(crate) fn new(arguments: &CodingArguments, threads: usize) -> Result<Coding, Error> {
        let mut backend = BackendOptions::from(pxc_runtime::Backend::from(arguments.backend));
        backend.onnxruntime_library = arguments.onnxruntime_lib.clone();
        let registry = Registry::default();
        let model = match &arguments.model {
            Some(name) => Some(registry.by_name(name)?.id().to_string()),
            None => None,
        };
        Ok(Coding {
            engine: Engine::new(registry, backend),
            model,
            threads,
            limits: arguments.limits.limits(),
        })
    }

    /// What a file may ask for.
    pub(crate) fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The bytes of a .pxc file.
    pub(crate) fn compress(
        &self,
        place: &Place,
        picture: &Picture,
        effort: Effort,
        meter: &FileMeter<'_>,
    ) -> Result<(Vec<u8>, EncodeStats), Error> {
        let advance = |progress: Progress| -> ControlFlow<()> { meter.advance(progress) };
        let options = CompressOptions::default()
            .with_model(self.model.as_deref())
            .with_metadata(&picture.metadata)
            .with_effort(effort)
            .with_threads(self.threads)
            .with_progress(&advance);
        self.engine
            .compress(&picture.image, &options)
            .map_err(|error| at(place, error))
    }

    /// The image of a sound .pxc file.
    pub(crate) fn decompress(
        &self,
        place: &Place,
        bytes: &[u8],
        meter: &FileMeter<'_>,
    ) -> Result<Decoded, Error> {
        self.decode(place, meter, |options| {
            self.engine.decompress(bytes, options)
        })
    }

    /// A part of the image of a .pxc file.
    pub(crate) fn decompress_region(
        &self,
        place: &Place,
        bytes: &[u8],
        region: Region,
        meter: &FileMeter<'_>,
    ) -> Result<Decoded, Error> {
        self.decode(place, meter, |options| {
            self.engine.decompress_region(bytes, region.0, options)
        })
    }

    /// The thumbnail of a .pxc file.
    pub(crate) fn thumbnail(
        &self,
        place: &Place,
        bytes: &[u8],
        meter: &FileMeter<'_>,
    ) -> Result<Decoded, Error> {
        self.decode(place, meter, |options| {
            self.engine.decompress_thumbnail(bytes, options)
        })
    }

    /// What is sound of a .pxc file.
    pub(crate) fn decompress_partial(
        &self,
        place: &Place,
        bytes: &[u8],
        meter: &FileMeter<'_>,
    ) -> Result<Partial, Error> {
        self.decode(place, meter, |options| {
            self.engine.decompress_partial(bytes, options)
        })
    }

    /// The bytes of the PNG file that a .pxc file describes.
    pub(crate) fn rebuild(
        &self,
        place: &Place,
        description: &[u8],
        image: &Image,
        chunks: &[MetadataChunk],
    ) -> Result<Vec<u8>, Error> {
        let make = |stretches: Stretches<'_>| deflate_process::make(stretches, &self.limits);
        exact_file::rebuild(description, image, chunks, &self.limits, make).map_err(|source| {
            Error::Rebuild {
                place: place.clone(),
                source,
            }
        })
    }

    fn decode<T>(
        &self,
        place: &Place,
        meter: &FileMeter<'_>,
        decode: impl FnOnce(&DecompressOptions<'_>) -> pxc_runtime::Result<T>,
    ) -> Result<T, Error> {
        let advance = |progress: Progress| -> ControlFlow<()> { meter.advance(progress) };
        let options = DecompressOptions::default()
            .with_limits(self.limits)
            .with_threads(self.threads)
            .with_progress(&advance);
        decode(&options).map_err(|error| at(place, error))
    }
}

fn at(place: &Place, source: pxc_runtime::Error) -> Error {
    Error::Codec {
        place: place.clone(),
        source: Box::new(source),
    }
}

impl CodingArguments {
    /// `--threads`; 0 means one per core.
    pub(crate) fn threads(&self) -> usize {
        self.threads.map_or(0, usize::from)
    }
}
