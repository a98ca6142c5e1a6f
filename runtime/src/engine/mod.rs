//! The interface for applications: images in, `.pxc` bytes out, and back. Models and plans are kept for the next image.

pub(crate) mod options;
mod open_models;
mod jpeg;
#[cfg(feature = "exact")]
pub(crate) mod file;
pub(crate) mod original;

use std::sync::{Arc, OnceLock};

use pxc_codec::{
    DecodeOptions, Decoded, EncodeOptions, EncodeStats, ErrorKind, Image, PREVIEW_SIDE, Partial,
    Predictor, PredictorError, Progress, Rect, Resolve, coded_format, read_header,
};
use pxc_model::ModelMetadata;

use crate::backend;
use crate::backend::options::BackendOptions;
use crate::engine::open_models::OpenModels;
use crate::engine::options::{CompressOptions, DecompressOptions, thread_count};
use crate::engine::original::has_original;
use crate::error::{Error, Result};
use crate::process::PerProcess;
use crate::registry::Registry;
use crate::registry::model::Model;

/// Compresses an image to the bytes of a `.pxc` file.
///
/// # Errors
/// An error of kind `MissingModel` for a model that was not found, `Backend` when the inference runtime fails,
/// `Cancelled` when the callback asks to stop, `Argument` for a tiling or metadata that are not legal.
pub fn compress(image: &Image, options: &CompressOptions<'_>) -> Result<Vec<u8>> {
    shared().compress(image, options).map(|(bytes, _)| bytes)
}

/// Decompresses the image of a `.pxc` file and compares it with the file's digest.
///
/// # Errors
/// An error of kind `BadData` for damage, `MissingModel` when the file's model was not found, `Limit` for an image that
/// is too large, `Unsupported` for a later format, `Backend` and `Cancelled` as in [`compress`].
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

/// Models on a backend, for many images and any number of threads. A forked child may use its parent's engine; it knows
/// the models that were added, and prepares them anew.
#[derive(Default)]
pub struct Engine {
    registry: Registry,
    backend: BackendOptions,
    models: PerProcess<OpenModels>,
}

impl Engine {
    /// Creates an engine that runs models of a registry on a backend. It loads nothing until it is needed.
    pub fn new(registry: Registry, backend: impl Into<BackendOptions>) -> Self {
        Self {
            registry,
            backend: backend.into(),
            models: PerProcess::default(),
        }
    }

    /// Where the engine finds its models.
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// Like [`compress`], with statistics.
    ///
    /// # Errors
    /// The same as [`compress`].
    pub fn compress(
        &self,
        image: &Image,
        options: &CompressOptions<'_>,
    ) -> Result<(Vec<u8>, EncodeStats)> {
        let model = self.model_for(image, options)?;
        let predictor = model.map(|model| self.predictor(&model)).transpose()?;
        let mut encode_options = EncodeOptions::default()
            .with_tiling(options.tiling)
            .with_method(options.method)
            .with_effort(options.effort)
            .with_no_preview(options.no_preview)
            .with_limits(options.limits)
            .with_threads(thread_count(options.threads));
        encode_options.progress = options.progress;
        let predictor = predictor.as_deref();
        let encoded = pxc_codec::encode(image, options.metadata, predictor, &encode_options);
        Ok(encoded?)
    }

    /// Stores a JPEG file in a `.pxc` file, and returns the bytes of the latter. Of the options, only the limits and
    /// the callback count.
    ///
    /// # Errors
    /// An error of kind `Unsupported` for a JPEG file that cannot be decoded or kept, and in a build without the
    /// feature `jpeg`; `BadData` for a damaged one; `Limit` and `Cancelled` as in [`compress`].
    pub fn compress_jpeg(&self, jpeg: &[u8], options: &CompressOptions<'_>) -> Result<Vec<u8>> {
        jpeg::compress(jpeg, options)
    }

    /// Like [`decompress`], with header and statistics.
    ///
    /// # Errors
    /// The same as [`decompress`].
    pub fn decompress(&self, bytes: &[u8], options: &DecompressOptions<'_>) -> Result<Decoded> {
        if let Some(decoded) = jpeg::decompress(bytes, options)? {
            return Ok(decoded);
        }
        self.decode_with(bytes, options, |resolve, options| {
            pxc_codec::decode(bytes, resolve, options)
        })
    }

    /// Decompresses the intact part of a damaged file.
    ///
    /// # Errors
    /// The same as [`decompress`], but damage after the header is reported in [`Partial`].
    pub fn decompress_partial(
        &self,
        bytes: &[u8],
        options: &DecompressOptions<'_>,
    ) -> Result<Partial> {
        if let Some(decoded) = jpeg::decompress(bytes, options)? {
            return Ok(decoded.into());
        }
        self.decode_with(bytes, options, |resolve, options| {
            pxc_codec::decode_partial(bytes, resolve, options)
        })
    }

    /// Decompresses a part of an image, with header and statistics. Decodes only the groups with a pixel in it; decodes
    /// a file that holds a JPEG file completely.
    ///
    /// # Errors
    /// The same as [`decompress`], and an error of kind `Argument` when `region` is empty or not inside the image.
    pub fn decompress_region(
        &self,
        bytes: &[u8],
        region: Rect,
        options: &DecompressOptions<'_>,
    ) -> Result<Decoded> {
        if let Some(decoded) = jpeg::decompress_region(bytes, region, options)? {
            return Ok(decoded);
        }
        self.decode_with(bytes, options, |resolve, options| {
            pxc_codec::decode_region(bytes, region, resolve, options)
        })
    }

    /// Makes a thumbnail of which no side is longer than `longest`, in the header's [`expanded_format`], with header
    /// and statistics. It is an approximation, and is not compared with a digest.
    ///
    /// It comes from the file's preview, if `longest` is at most [`PREVIEW_SIDE`] and the image is larger; a thumbnail
    /// may then be smaller than `longest`, and the file may end after the preview. Without a sound preview, it comes
    /// from the coarse image of a two-scale model, or else from the whole image, which takes as long as [`decompress`].
    ///
    /// [`expanded_format`]: pxc_codec::Header::expanded_format
    ///
    /// # Errors
    /// The same as [`decompress`].
    pub fn decompress_thumbnail(
        &self,
        bytes: &[u8],
        longest: u32,
        options: &DecompressOptions<'_>,
    ) -> Result<Decoded> {
        let mut decoded = self.small_image(bytes, longest, options)?;
        let total = u64::from(decoded.header.width) * u64::from(decoded.header.height);
        let done = Progress { done: total, total };
        let go_on = || {
            options
                .progress
                .is_none_or(|callback| callback(done).is_continue())
        };
        decoded.image = decoded.image.thumbnail(longest, &options.limits, go_on)?;
        Ok(decoded)
    }

    /// What a thumbnail is made of.
    fn small_image(
        &self,
        bytes: &[u8],
        longest: u32,
        options: &DecompressOptions<'_>,
    ) -> Result<Decoded> {
        if longest <= PREVIEW_SIDE {
            match self.decompress_preview(bytes, options) {
                Ok(None) => {}
                // The preview of a small image shows less than the image.
                Ok(Some(preview)) if preview.header.width.max(preview.header.height) <= longest => {
                }
                Ok(Some(preview)) => return Ok(preview),
                Err(error) if error.kind() == ErrorKind::BadData => {}
                Err(error) => return Err(error),
            }
        }
        if let Some(decoded) = jpeg::decompress(bytes, options)? {
            return Ok(decoded);
        }
        let coarse = self.decode_with(bytes, options, |resolve, options| {
            pxc_codec::decode_thumbnail(bytes, resolve, options)
        });
        match coarse {
            Err(Error::Codec {
                source: pxc_codec::Error::NoThumbnail,
            }) => self.decompress(bytes, options),
            coarse => coarse,
        }
    }

    /// Decompresses the preview of a large image, with its header: an approximation of at most [`PREVIEW_SIDE`] columns
    /// and rows; `None` if the file has none. The file may end after the preview.
    ///
    /// # Errors
    /// An error of kind `BadData` for damage, `Limit` and `Unsupported` as in [`decompress`].
    pub fn decompress_preview(
        &self,
        bytes: &[u8],
        options: &DecompressOptions<'_>,
    ) -> Result<Option<Decoded>> {
        self.decode_with(bytes, options, |_, options| {
            pxc_codec::decode_preview(bytes, options)
        })
    }

    /// Returns the JPEG file that a `.pxc` file holds, byte for byte; `None` if it holds something else.
    ///
    /// # Errors
    /// The same as [`decompress`], and an error of kind `Unsupported` in a build without the feature `jpeg`.
    pub fn original_jpeg(
        &self,
        bytes: &[u8],
        options: &DecompressOptions<'_>,
    ) -> Result<Option<Vec<u8>>> {
        jpeg::original(bytes, options)
    }

    /// Rebuilds the file that a `.pxc` file was made from, byte for byte: a JPEG, PNG, BMP, PNM, PAM, QOI or TIFF file.
    /// `None` if the `.pxc` file keeps only pixels and metadata ([`has_original`](crate::has_original)).
    ///
    /// # Errors
    /// The same as [`decompress`], and an error of kind `Unsupported` for PNG files of unusual encoders: their
    /// descriptions can keep a reader busy for ever, so only the command `pxc` rebuilds them, in a process with limits.
    pub fn original_file(
        &self,
        bytes: &[u8],
        options: &DecompressOptions<'_>,
    ) -> Result<Option<Vec<u8>>> {
        if let Some(jpeg) = self.original_jpeg(bytes, options)? {
            return Ok(Some(jpeg));
        }
        if !has_original(&read_header(bytes, &options.limits)?) {
            return Ok(None);
        }
        original::restore(&self.decompress(bytes, options)?, options)
    }

    /// Opens a model on the engine's backend. Threads that ask for the same model at the same time share one; requests
    /// for other models do not wait for it.
    ///
    /// # Errors
    /// An error of kind `Backend` or `Unsupported`.
    pub fn predictor(&self, model: &Model) -> Result<Arc<dyn Predictor>> {
        let models = self.models.get(|_| OpenModels::default());
        models.get_or_open(model.id(), || {
            backend::open(model, &self.backend).map(Arc::from)
        })
    }

    /// The model that an image is compressed with; `None` when there is none for its channels or its sample format.
    ///
    /// Palettes and other depths do not use a model of photos, even if the caller names one: it does not help there. A
    /// model that codes one kind of image is refused for other kinds.
    fn model_for(
        &self,
        image: &Image,
        options: &CompressOptions<'_>,
    ) -> Result<Option<Arc<Model>>> {
        let format = coded_format(image);
        let expected = format.color.color_planes();
        let Some(name) = options.model else {
            return match format.suits_photo_models() {
                true => self.registry.default_for(expected, options.effort),
                false => Ok(None),
            };
        };
        let model = self.registry.by_name(name)?;
        let (found, name) = (model.spec().channels(), model.name().to_owned());
        match model.metadata() {
            _ if model.spec().codes(format) => Ok(Some(model)),
            ModelMetadata::Photo(_) if !format.suits_photo_models() => Ok(None),
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
        bytes: &[u8],
        options: &DecompressOptions<'_>,
        decode: impl FnOnce(Resolve<'_>, &DecodeOptions<'_>) -> std::result::Result<T, pxc_codec::Error>,
    ) -> Result<T> {
        let mut decode_options = DecodeOptions::default()
            .with_limits(options.limits)
            .with_threads(thread_count(options.threads));
        decode_options.progress = options.progress;
        let resolve = |id| {
            let model = self.registry.by_id(id);
            let predictor = model.and_then(|model| self.predictor(&model));
            predictor
                .map(Some)
                .map_err(|error| PredictorError::new(Unresolved(error)))
        };
        decode(&resolve, &decode_options)
            .map_err(|error| with_model_name(bytes, options, unwrap_resolver_error(error)))
    }
}

/// Adds the name that the file stores to the error of a model that was not found.
fn with_model_name(bytes: &[u8], options: &DecompressOptions<'_>, mut error: Error) -> Error {
    if let Error::UnknownModel { name, .. } = &mut error {
        let header = read_header(bytes, &options.limits).ok();
        *name = header.and_then(|header| header.model_name);
    }
    error
}

/// The runtime's own error, as the codec passes it on that asked for a model.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
struct Unresolved(Error);

/// Unwraps the error of a decoder: if a model could not be found or opened, returns the runtime's own error.
fn unwrap_resolver_error(error: pxc_codec::Error) -> Error {
    match error {
        pxc_codec::Error::Predictor { id, source } => match source.downcast::<Unresolved>() {
            Ok(Unresolved(error)) => error,
            Err(source) => pxc_codec::Error::Predictor { id, source }.into(),
        },
        error => error.into(),
    }
}
