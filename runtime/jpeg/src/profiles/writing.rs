//! Colour profiles, EXIF and XMP → chunks.

use std::io::Write;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use pxc_codec::MetadataChunk;

/// An ICC profile as `iCCP`.
///
/// # Errors
/// There is none in practice: the stream is written to memory.
pub fn icc_chunk(profile: &[u8]) -> std::io::Result<MetadataChunk> {
    let head = b"ICC profile\0\0".to_vec();
    let mut encoder = ZlibEncoder::new(head, Compression::best());
    encoder.write_all(profile)?;
    let data = encoder.finish()?;
    Ok(MetadataChunk {
        tag: *b"iCCP",
        data,
    })
}

/// EXIF as `eXIf`, without the prefix that JPEG and some WebP files have.
pub fn exif_chunk(exif: &[u8]) -> MetadataChunk {
    let data = exif.strip_prefix(b"Exif\0\0").unwrap_or(exif).to_vec();
    MetadataChunk {
        tag: *b"eXIf",
        data,
    }
}

/// XMP as `iTXt` with the keyword that the standards give.
pub fn xmp_chunk(xmp: &[u8]) -> MetadataChunk {
    let mut data = b"XML:com.adobe.xmp\0\0\0\0\0".to_vec();
    data.extend_from_slice(xmp);
    MetadataChunk {
        tag: *b"iTXt",
        data,
    }
}
