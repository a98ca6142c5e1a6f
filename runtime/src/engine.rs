//! What applications embed: images in, `.pxc` bytes out, and back; models and plans are kept for the next image.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::available_parallelism;

use pxc_codec::{
    CodingMethod, DecodeOptions, Decoded, Effort, EncodeOptions, EncodeStats, Image, Limits,
    MetadataChunk, ModelId, Partial, Predictor, PredictorError, ProgressCallback, Rect, Tiling,
};

use crate::backend::{self, BackendOptions};
use crate::error::{Error, Result};
use crate::model::Model;
use crate::registry::Registry;
use pxc_model::ModelMetadata;

/// Choices for [`compress`]. The bytes do not depend on the backend or on the number of threads.
#[derive(Clone, Copy, Default)]
pub struct CompressOptions<'a> {
    /// A model's name, id or file; `None` means the embedded one for the image's channels and the effort.
    pub model: Option<&'a str>,
    /// Metadata to carry along.
    pub metadata: &'a [MetadataChunk],
    /// The tiling; `None` means the one for photos.
    pub tiling: Option<Tiling>,
    /// The coder of all colour components; `None` means the one with the fewest bytes.
    pub method: Option<CodingMethod>,
    /// Time against size.
    pub effort: Effort,
    /// Threads; 0 means one per core.
    pub threads: usize,
    /// Who is told how far the work is.
    pub progress: Option<ProgressCallback<'a>>,
}

/// Choices for [`decompress`]. The pixels do not depend on the backend or on the number of threads.
#[derive(Clone, Copy, Default)]
pub struct DecompressOptions<'a> {
    /// Refuses images that are too large, before memory is taken.
    pub limits: Limits,
    /// Threads; 0 means one per core.
    pub threads: usize,
    /// Who is told how far the work is.
    pub progress: Option<ProgressCallback<'a>>,
}

/// The bytes of a `.pxc` file that holds an image.
///
/// # Errors
/// Of kind `MissingModel` for a model that is not here, `Backend` when the inference runtime fails, `Cancelled` when
/// the callback asks to stop, `Argument` for a tiling or metadata that are not legal.
pub fn compress(image: &Image, options: &CompressOptions<'_>) -> Result<Vec<u8>> {
    shared().compress(image, options).map(|(bytes, _)| bytes)
}

/// The image that a `.pxc` file holds, checked against its digest.
///
/// # Errors
/// Of kind `BadData` for damage, `MissingModel` when the file's model is not here, `Limit` for an image that is too
/// large, `Unsupported` for a later format, `Backend` and `Cancelled` as [`compress`].
pub fn decompress(bytes: &[u8], options: &DecompressOptions<'_>) -> Result<Image> {
    shared()
        .decompress(bytes, options)
        .map(|decoded| decoded.image)
}

/// The engine of [`compress`] and [`decompress`]: the default models on the default backend.
fn shared() -> &'static Engine {
    static SHARED: OnceLock<Engine> = OnceLock::new();
    SHARED.get_or_init(Engine::default)
}

/// Models on a backend, used for many images from any number of threads.
#[derive(Default)]
pub struct Engine {
    registry: Registry,
    backend: BackendOptions,
    predictors: Mutex<HashMap<ModelId, Arc<dyn Predictor>>>,
}

impl Engine {
    /// Models of a registry on a backend. Nothing is loaded until it is needed.
    pub fn new(registry: Registry, backend: impl Into<BackendOptions>) -> Self {
        Self {
            registry,
            backend: backend.into(),
            predictors: Mutex::default(),
        }
    }

    /// Where the engine finds its models.
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// As [`compress`], with statistics.
    ///
    /// # Errors
    /// As [`compress`].
    pub fn compress(
        &self,
        image: &Image,
        options: &CompressOptions<'_>,
    ) -> Result<(Vec<u8>, EncodeStats)> {
        let model = self.model_for(image, options)?;
        let predictor = model.map(|model| self.predictor(&model)).transpose()?;
        let encode_options = EncodeOptions {
            tiling: options.tiling,
            method: options.method,
            effort: options.effort,
            color_set: None,
            threads: threads(options.threads),
            progress: options.progress,
        };
        let encoded = pxc_codec::encode(
            image,
            options.metadata,
            predictor.as_deref(),
            &encode_options,
        );
        Ok(encoded?)
    }

    /// As [`decompress`], with header and statistics.
    ///
    /// # Errors
    /// As [`decompress`].
    pub fn decompress(&self, bytes: &[u8], options: &DecompressOptions<'_>) -> Result<Decoded> {
        self.decode_with(options, |resolve, options| {
            pxc_codec::decode(bytes, resolve, options)
        })
    }

    /// What is sound of a damaged file.
    ///
    /// # Errors
    /// As [`decompress`], but damage behind the header is reported in [`Partial`].
    pub fn decompress_partial(
        &self,
        bytes: &[u8],
        options: &DecompressOptions<'_>,
    ) -> Result<Partial> {
        self.decode_with(options, |resolve, options| {
            pxc_codec::decode_partial(bytes, resolve, options)
        })
    }

    /// A part of an image, with header and statistics: only the groups with a pixel in it are decoded.
    ///
    /// # Errors
    /// As [`decompress`], and of kind `Argument` when `region` is empty or not inside the image.
    pub fn decompress_region(
        &self,
        bytes: &[u8],
        region: Rect,
        options: &DecompressOptions<'_>,
    ) -> Result<Decoded> {
        self.decode_with(options, |resolve, options| {
            pxc_codec::decode_region(bytes, region, resolve, options)
        })
    }

    /// The thumbnail of an image that was compressed with a model of two scales, with header and statistics: its first pixels of blocks.
    ///
    /// # Errors
    /// As [`decompress`], and of kind `Argument` when the file has no thumbnail.
    pub fn decompress_thumbnail(
        &self,
        bytes: &[u8],
        options: &DecompressOptions<'_>,
    ) -> Result<Decoded> {
        self.decode_with(options, |resolve, options| {
            pxc_codec::decode_thumbnail(bytes, resolve, options)
        })
    }

    /// A model on the engine's backend.
    ///
    /// # Errors
    /// Of kind `Backend` or `Unsupported`.
    pub fn predictor(&self, model: &Model) -> Result<Arc<dyn Predictor>> {
        let mut predictors = self
            .predictors
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(predictor) = predictors.get(&model.id()) {
            return Ok(predictor.clone());
        }
        let predictor: Arc<dyn Predictor> = backend::open(model, &self.backend)?.into();
        predictors.insert(model.id(), predictor.clone());
        Ok(predictor)
    }

    /// The model that an image is compressed with; `None` when there is none for its channels or its sample format.
    ///
    /// A model of photos that was asked for is not used for palettes and other depths, where no such model helps; one that
    /// codes a certain kind of image is meant for it.
    fn model_for(
        &self,
        image: &Image,
        options: &CompressOptions<'_>,
    ) -> Result<Option<Arc<Model>>> {
        let format = image.format();
        let expected = format.color.color_planes();
        let Some(name) = options.model else {
            let suits = format.suits_models();
            return suits
                .then(|| self.registry.default_for(expected, options.effort))
                .map_or(Ok(None), |model| model);
        };
        let model = self.registry.by_name(name)?;
        let (found, name) = (model.spec().channels(), model.name().to_owned());
        match model.metadata() {
            _ if model.spec().codes(format) => Ok(Some(model)),
            ModelMetadata::Photo(_) if !format.suits_models() => Ok(None),
            ModelMetadata::Photo(_) => Err(Error::ModelChannels {
                name,
                expected,
                found,
            }),
            ModelMetadata::Paper(_) => Err(Error::ModelFormat {
                name,
                expected: model.codes(),
                found: format,
            }),
        }
    }

    fn decode_with<T>(
        &self,
        options: &DecompressOptions<'_>,
        decode: impl FnOnce(
            pxc_codec::Resolve<'_>,
            &DecodeOptions<'_>,
        ) -> std::result::Result<T, pxc_codec::Error>,
    ) -> Result<T> {
        // The codec has no words for a model's faults; what the registry or the backend said is kept here.
        let fault = Mutex::new(None);
        let resolve = |id| match self
            .registry
            .by_id(id)
            .and_then(|model| self.predictor(&model))
        {
            Ok(predictor) => Ok(Some(predictor)),
            Err(error) => {
                let answer = match &error {
                    Error::UnknownModel { .. } => Ok(None),
                    other => Err(PredictorError {
                        message: other.to_string(),
                    }),
                };
                *fault.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
                answer
            }
        };
        let decode_options = DecodeOptions {
            limits: options.limits,
            threads: threads(options.threads),
            progress: options.progress,
        };
        let decoded = decode(&resolve, &decode_options);
        let fault = fault.into_inner().unwrap_or_else(PoisonError::into_inner);
        decoded.map_err(|error| fault.unwrap_or_else(|| error.into()))
    }
}

/// Of 0 threads, one per core.
fn threads(wanted: usize) -> usize {
    match wanted {
        0 => available_parallelism().map_or(1, usize::from),
        wanted => wanted,
    }
}
