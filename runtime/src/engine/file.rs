//! Image files → `.pxc` files, in a build with the feature `exact`.

use pxc_codec::{Limits, MetadataChunk};
use pxc_picture::exact::{self, ExactFile, Reason, Source};
use pxc_picture::{InputFormat, OutputFormat, Picture, ReadOptions, read_picture};

use crate::engine::Engine;
use crate::engine::options::CompressOptions;
use crate::error::{Error, Result};

/// Whether [`Engine::compress_file`] keeps files byte for byte.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExactChoice {
    /// Keeps the file, or fails.
    Require,
    /// Keeps the file, or else its pixels and metadata. Fails if neither is possible without loss.
    #[default]
    Prefer,
    /// Keeps pixels and metadata, and drops metadata that `.pxc` files do not hold. Accepts files with lossy
    /// compression.
    Never,
}

impl Engine {
    /// Compresses an image file: PNG, JPEG, WebP, TIFF, BMP, PNM, PAM, QOI or GIF. Its metadata is kept, that of the
    /// options does not count. [`Engine::original_file`] returns the file if it was kept byte for byte
    /// ([`has_original`](crate::has_original)).
    ///
    /// ```
    /// use pxc_runtime::{CompressOptions, DecompressOptions, Engine, ExactChoice};
    ///
    /// let (engine, ppm) = (Engine::default(), b"P6 2 1 255 abcdef");
    /// let file = engine.compress_file(ppm, ExactChoice::Require, &CompressOptions::default())?;
    /// let original = engine.original_file(&file, &DecompressOptions::default())?;
    /// assert_eq!(original.as_deref(), Some(ppm.as_slice()));
    /// # Ok::<(), pxc_runtime::Error>(())
    /// ```
    ///
    /// # Errors
    /// The same as [`compress`](crate::compress); an error of kind `BadData` for a file that is damaged or no image;
    /// `Unsupported` and `Argument` for one that cannot be kept as `exact` asks.
    pub fn compress_file(
        &self,
        file: &[u8],
        exact: ExactChoice,
        options: &CompressOptions<'_>,
    ) -> Result<Vec<u8>> {
        let is_jpeg = InputFormat::detect(file) == Some(InputFormat::Jpeg);
        if is_jpeg && exact != ExactChoice::Never {
            let kept = pxc_picture::compress_jpeg(file, &options.limits, options.progress);
            return kept.map(|(bytes, _)| bytes).map_err(Error::picture);
        }
        let read = ReadOptions::new(options.limits).with_allow_lossy(exact == ExactChoice::Never);
        let mut picture = read_picture(file, &read).map_err(Error::picture)?;
        let description = match exact {
            ExactChoice::Never => None,
            ExactChoice::Require => Some(describe(file, &picture, &options.limits)?),
            ExactChoice::Prefer => match describe(file, &picture, &options.limits) {
                Ok(description) => Some(description),
                Err(error) => {
                    refuse_loss(&picture)?;
                    Some(reason(error).chunk())
                }
            },
        };
        if exact == ExactChoice::Never && picture.drops_images {
            refuse_loss(&picture)?;
        }
        picture.metadata.extend(description);
        let limits = options.limits.reserve(file.len() as u64)?;
        let options = options.with_metadata(&picture.metadata).with_limits(limits);
        self.compress(&picture.image, &options)
            .map(|(bytes, _)| bytes)
    }
}

/// Describes a file so that [`Engine::original_file`] rebuilds it, which does not run the encoders of all PNG files.
fn describe(file: &[u8], picture: &Picture, limits: &Limits) -> Result<MetadataChunk> {
    let chunk = exact::describe(file, picture, usize::MAX, limits).map_err(Error::picture)?;
    let description = exact::find(std::slice::from_ref(&chunk));
    if description.is_some_and(|found| found.format == OutputFormat::Png) {
        let held = file.len() + picture.image.samples().len() + chunk.data.len();
        let limits = limits.reserve(held as u64)?;
        let (image, metadata) = (&picture.image, &picture.metadata);
        let file = ExactFile::parse(&chunk.data, image, metadata, &limits)?;
        if let Source::Stretches(_) = file.source() {
            let reason = Reason::DeflateStream;
            return Err(Error::picture(pxc_picture::Error::NotDescribed { reason }));
        }
    }
    Ok(chunk)
}

fn reason(error: Error) -> Reason {
    match error {
        Error::Picture {
            source: pxc_picture::Error::NotDescribed { reason },
        } => reason,
        error => Reason::Other {
            message: error.to_string(),
        },
    }
}

/// Fails if pixels and metadata are less than the file holds.
fn refuse_loss(picture: &Picture) -> Result<()> {
    match picture.dropped.is_empty() {
        true => Ok(()),
        false => Err(Error::Loss {
            names: picture.dropped.clone(),
        }),
    }
}
