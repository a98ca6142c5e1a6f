//! A JPEG file ↔ a `.pxc` file that holds it.

use std::sync::Arc;

use pxc_codec::{JpegFile, Limits, Progress, ProgressCallback, read_header};

use crate::error::{Error, Result};
use crate::interruptible::{ask, run};
use crate::lepton;
use crate::pixels::{JpegPicture, read_jpeg};
use crate::scans::check_scans;

/// Stores a JPEG file in a `.pxc` file: returns the bytes of the latter, and the JPEG file's picture.
///
/// # Errors
/// Fails for a file that [`read_jpeg`] does not read; with [`Error::NotCoded`] for a sound one that Lepton does not
/// code; with [`pxc_codec::Error::Cancelled`] soon after the callback asked to stop.
pub fn compress(
    jpeg: &[u8],
    limits: &Limits,
    callback: Option<ProgressCallback<'_>>,
) -> Result<(Vec<u8>, JpegPicture)> {
    let limits = *limits;
    let copy: Arc<[u8]> = jpeg.into();
    let theirs = copy.clone();
    let begin = Progress { done: 0, total: 1 };
    let picture = run(callback, begin, move || read_jpeg(&theirs, &limits))?;
    let (width, height) = (picture.image.width(), picture.image.height());
    let progress = Progress {
        done: 0,
        total: pixels(width, height),
    };
    let encode = move || {
        let stream = lepton::encode(&copy, width, height, &limits);
        if matches!(stream, Err(Error::NotCoded)) {
            check_scans(&copy, &limits)?;
        }
        stream
    };
    let stream = run(callback, progress, encode)?;
    let file = JpegFile {
        width,
        height,
        color: picture.image.color(),
        digest: JpegFile::digest_of(jpeg),
        stream: &stream,
    };
    let bytes = file.write(&limits)?;
    finish(callback, progress.total)?;
    Ok((bytes, picture))
}

/// Restores the JPEG file that a `.pxc` file holds, and compares it with its digest.
///
/// # Errors
/// Fails with [`pxc_codec::Error::NoJpeg`] if it holds none, for damage, for a file that needs more than the limits
/// allow, and like [`compress`] when it is cancelled.
pub fn restore(
    bytes: &[u8],
    limits: &Limits,
    callback: Option<ProgressCallback<'_>>,
) -> Result<Vec<u8>> {
    let (jpeg, total) = restored(bytes, limits, callback)?;
    finish(callback, total)?;
    Ok(jpeg)
}

/// Decodes the picture of the JPEG file that a `.pxc` file holds.
///
/// # Errors
/// The same as [`restore`].
pub fn decompress(
    bytes: &[u8],
    limits: &Limits,
    callback: Option<ProgressCallback<'_>>,
) -> Result<JpegPicture> {
    let (jpeg, total) = restored(bytes, limits, callback)?;
    let left = limits.reserve(jpeg.len() as u64)?;
    let header = read_header(bytes, &left)?;
    // Decoding the pixels takes a fraction of the time.
    let done = total - total / 8;
    let progress = Progress { done, total };
    let picture = run(callback, progress, move || read_jpeg(&jpeg, &left));
    let picture = picture.map_err(|error| error.within(limits))?;
    let expected = (header.width, header.height, header.color);
    let found = (
        picture.image.width(),
        picture.image.height(),
        picture.image.color(),
    );
    if found != expected {
        return Err(Error::damaged(
            "its size or its colours are not those of the header",
        ));
    }
    finish(callback, total)?;
    Ok(picture)
}

/// Restores the JPEG file; also returns the number of its pixels.
fn restored(
    bytes: &[u8],
    limits: &Limits,
    callback: Option<ProgressCallback<'_>>,
) -> Result<(Vec<u8>, u64)> {
    let file = JpegFile::read(bytes, limits)?.ok_or(pxc_codec::Error::NoJpeg)?;
    let (width, height, color, digest) = (file.width, file.height, file.color, file.digest);
    let total = pixels(width, height);
    let (stream, limits) = (file.stream.to_vec(), *limits);
    let decode = move || {
        let file = JpegFile {
            width,
            height,
            color,
            digest,
            stream: &stream,
        };
        let jpeg = lepton::decode(&file, &limits)?;
        Ok(jpeg)
    };
    let jpeg = run(callback, Progress { done: 0, total }, decode)?;
    Ok((jpeg, total))
}

fn pixels(width: u32, height: u32) -> u64 {
    u64::from(width) * u64::from(height)
}

fn finish(callback: Option<ProgressCallback<'_>>, total: u64) -> Result<()> {
    let done = Progress { done: total, total };
    callback.map_or(Ok(()), |callback| ask(callback, done))
}
