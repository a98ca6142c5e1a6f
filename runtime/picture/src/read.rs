//! The bytes of an image file → [`Picture`]: detects the format and calls its reader.

use pxc_codec::Limits;

use crate::error::{Error, Result};
use crate::formats::bmp::reader::read_bmp;
use crate::formats::gif::reader::read_gif;
use crate::formats::input::InputFormat;
use crate::formats::jpeg::read_jpeg;
use crate::formats::png::reader::read_png;
use crate::formats::pnm::reader::read_pnm;
use crate::formats::qoi::read_qoi;
use crate::formats::tiff::reader::read_tiff;
use crate::formats::webp::reader::read_webp;
use crate::ledger::Ledger;
use crate::picture::Picture;
use pxc_jpeg::guarded::guarded;

/// Which files [`read_picture`] accepts.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct ReadOptions {
    /// Accept JPEG files, and WebP and TIFF files with lossy compression. Their pixels come back from a `.pxc` file,
    /// but the files do not.
    pub allow_lossy: bool,
    /// The limits of what a file may ask for.
    pub limits: Limits,
}

impl ReadOptions {
    /// The default options within `limits`.
    pub fn new(limits: Limits) -> ReadOptions {
        ReadOptions {
            limits,
            ..ReadOptions::default()
        }
    }

    /// Sets [`allow_lossy`](ReadOptions::allow_lossy).
    pub fn with_allow_lossy(self, allow_lossy: bool) -> ReadOptions {
        ReadOptions {
            allow_lossy,
            ..self
        }
    }
}

/// Reads an image file of any format in [`InputFormat`].
///
/// If there are several pages or frames, it takes the first and lists the others in [`Picture::dropped`]. `max_memory`
/// counts the file's bytes, too.
pub fn read_picture(bytes: &[u8], options: &ReadOptions) -> Result<Picture> {
    let format = InputFormat::detect(bytes).ok_or_else(|| Error::UnknownFormat {
        found: beginning(bytes),
    })?;
    if !options.allow_lossy && format.is_lossy(bytes) {
        return Err(Error::Lossy {
            found: format.name(),
        });
    }
    let held = bytes.len() as u64 + Ledger::most_bytes(bytes.len());
    let whole = options.limits;
    let limits = whole.reserve(held).map_err(Error::limit)?;
    let options = ReadOptions { limits, ..*options };
    let read = guarded(|| read_format(format, bytes, &options))
        .unwrap_or_else(|panicked| Err(Error::unreadable_kind(format, panicked)));
    read.map_err(|error| error.within(&whole))
}

fn read_format(format: InputFormat, bytes: &[u8], options: &ReadOptions) -> Result<Picture> {
    let limits = &options.limits;
    match format {
        InputFormat::Png => read_png(bytes, limits),
        InputFormat::Pnm => read_pnm(bytes, limits),
        InputFormat::Tiff => read_tiff(bytes, options.allow_lossy, limits),
        InputFormat::WebP => read_webp(bytes, limits),
        InputFormat::Qoi => read_qoi(bytes, limits),
        InputFormat::Bmp => read_bmp(bytes, limits),
        InputFormat::Gif => read_gif(bytes, limits),
        InputFormat::Jpeg => read_jpeg(bytes, limits),
    }
}

fn beginning(bytes: &[u8]) -> String {
    match bytes {
        [] => "an empty file".into(),
        _ => {
            let bytes = bytes.iter().take(8).map(|byte| format!("{byte:02x}"));
            bytes.collect::<Vec<_>>().join(" ")
        }
    }
}
