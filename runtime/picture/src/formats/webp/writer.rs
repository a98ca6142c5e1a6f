//! 8-bit RGB or RGBA, a colour profile, EXIF and XMP → a lossless WebP file.

use image::ImageEncoder;
use image::codecs::webp::WebPEncoder;
use pxc_codec::{ColorType, Image};

use crate::error::{Error, Result};
use crate::formats::raster::color;
use crate::metadata::Profiles;

/// Bytes of the container in front of the first chunk.
const HEAD: usize = 12;
/// Flags of the chunk VP8X.
const HAS_PROFILE: u8 = 1 << 5;
const HAS_ALPHA: u8 = 1 << 4;
const HAS_EXIF: u8 = 1 << 3;
const HAS_XMP: u8 = 1 << 2;

/// Writes an image that [`OutputFormat::WebP`](crate::OutputFormat::WebP) holds.
pub(crate) fn write_webp(image: Image, profiles: &Profiles) -> Result<Vec<u8>> {
    let (width, height, format) = (image.width(), image.height(), image.format());
    let mut simple = Vec::new();
    WebPEncoder::new_lossless(&mut simple)
        .write_image(&image.into_native(), width, height, color(format))
        .map_err(|source| Error::Encoder { source })?;
    let (icc, exif, xmp) = (&profiles.icc, &profiles.exif, &profiles.xmp);
    let flags = [
        (icc.is_some(), HAS_PROFILE),
        (format.color == ColorType::Rgba, HAS_ALPHA),
        (exif.is_some(), HAS_EXIF),
        (xmp.is_some(), HAS_XMP),
    ];
    let flags = flags.into_iter().filter(|(is_set, _)| *is_set);
    let flags: u8 = flags.map(|(_, flag)| flag).sum();
    if flags & !HAS_ALPHA == 0 {
        return Ok(simple);
    }
    let mut file = simple[..HEAD].to_vec();
    let [width, height] = [width, height].map(|side| (side - 1).to_le_bytes());
    chunk(
        b"VP8X",
        &[&[flags, 0, 0, 0], &width[..3], &height[..3]].concat(),
        &mut file,
    );
    if let Some(icc) = icc {
        chunk(b"ICCP", icc, &mut file);
    }
    file.extend_from_slice(&simple[HEAD..]);
    for (tag, data) in [(b"EXIF", exif), (b"XMP ", xmp)] {
        if let Some(data) = data {
            chunk(tag, data, &mut file);
        }
    }
    let size = u32::try_from(file.len() - 8);
    let size = size.map_err(|_| Error::unsupported("a WebP file of more than 4 GiB"))?;
    file[4..8].copy_from_slice(&size.to_le_bytes());
    Ok(file)
}

fn chunk(tag: &[u8; 4], data: &[u8], file: &mut Vec<u8>) {
    file.extend(tag);
    file.extend((data.len() as u32).to_le_bytes());
    file.extend(data);
    file.resize(file.len().next_multiple_of(2), 0);
}
