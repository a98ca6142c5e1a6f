//! JPEG → [`Picture`], and JPEG files, which `.pxc` files hold byte for byte.

use pxc_codec::{Limits, ProgressCallback};
use pxc_jpeg::JpegPicture;

use crate::error::Result;
use crate::formats::input::InputFormat;
use crate::ledger::Ledger;
use crate::picture::Picture;

/// Reads a whole file. Keeps its pixels, so the file counts as lost.
pub(crate) fn read_jpeg(bytes: &[u8], limits: &Limits) -> Result<Picture> {
    Ok(picture(bytes, pxc_jpeg::read_jpeg(bytes, limits)?))
}

/// Stores a JPEG file in a `.pxc` file: returns the bytes of the latter, and the picture of the JPEG file.
///
/// # Errors
/// Fails for a file that [`read_picture`](crate::read_picture) does not read, and for one that Lepton does not code.
pub fn compress_jpeg(
    jpeg: &[u8],
    limits: &Limits,
    callback: Option<ProgressCallback<'_>>,
) -> Result<(Vec<u8>, Picture)> {
    let (file, found) = pxc_jpeg::compress(jpeg, limits, callback)?;
    Ok((file, picture(jpeg, found)))
}

fn picture(jpeg: &[u8], found: JpegPicture) -> Picture {
    let mut ledger = Ledger::new(jpeg);
    ledger.name(0..found.end, "the JPEG file (except its pixels)");
    ledger.name_tail(found.end, "the end of the image");
    Picture {
        metadata: found.metadata,
        dropped: ledger.lost(),
        ..Picture::plain(InputFormat::Jpeg, found.image)
    }
}
