//! Metadata as PNG chunks, which is how a `.pxc` file carries it; colour profiles, EXIF and XMP of other formats ↔ chunks.

use std::io::Read;

use flate2::read::ZlibDecoder;
use pxc_codec::{ColorType, MetadataChunk};
pub(crate) use pxc_jpeg::profiles::{exif_chunk, icc_chunk, xmp_chunk};

use crate::orientation::{exif_of, orientation};

/// Chunks that PNG requires before the palette.
const BEFORE_PALETTE: [&[u8; 4]; 8] = [
    b"cHRM", b"cICP", b"cLLI", b"gAMA", b"iCCP", b"mDCV", b"sBIT", b"sRGB",
];

/// Chunks that change the look of a picture: those of oxipng's `--strip safe`, and the older and newer ways to describe a colour space.
const LOOK: [&[u8; 4]; 8] = [
    b"cHRM", b"cICP", b"cLLI", b"gAMA", b"iCCP", b"mDCV", b"pHYs", b"sRGB",
];

/// Where a colour profile names the samples that it describes.
const PROFILE_SPACE: usize = 16;

/// Most bytes of a colour profile.
const LARGEST_PROFILE: u64 = 1 << 26;

/// Whether a chunk changes the look of a picture, for [`Picture::strip`](crate::Picture::strip): colour space (`cHRM`, `cICP`,
/// `cLLI`, `gAMA`, `iCCP`, `mDCV`, `sRGB`), pixel size (`pHYs`) and the orientation of `eXIf`, which loses all else.
pub fn keep_look(chunk: &mut MetadataChunk) -> bool {
    if chunk.tag != *b"eXIf" {
        return LOOK.contains(&&chunk.tag);
    }
    let stripped = orientation(&chunk.data).and_then(exif_of);
    let is_kept = stripped.is_some();
    chunk.data = stripped.unwrap_or_default();
    is_kept
}

/// The orientation as `eXIf`; `None` for an upright picture.
pub(crate) fn orientation_chunk(orientation: u16) -> Option<MetadataChunk> {
    exif_of(orientation).map(|exif| exif_chunk(&exif))
}

/// Whether PNG requires the chunk before the palette.
pub(crate) fn is_before_palette(tag: &[u8; 4]) -> bool {
    BEFORE_PALETTE.contains(&tag)
}

/// The ICC profile of `iCCP`, unless it is one for other samples: one for gray says nothing about RGB.
pub(crate) fn icc_profile(chunks: &[MetadataChunk], color: ColorType) -> Option<Vec<u8>> {
    let data = &find(chunks, b"iCCP")?.data;
    let name = data.iter().position(|&byte| byte == 0)?;
    let mut profile = Vec::new();
    ZlibDecoder::new(data.get(name + 2..)?)
        .take(LARGEST_PROFILE)
        .read_to_end(&mut profile)
        .ok()?;
    let other = match color {
        ColorType::Gray | ColorType::GrayAlpha => b"RGB ",
        _ => b"GRAY",
    };
    let is_other = profile.get(PROFILE_SPACE..)?.starts_with(other);
    (!is_other).then_some(profile)
}

/// The data of `eXIf`.
pub(crate) fn exif(chunks: &[MetadataChunk]) -> Option<Vec<u8>> {
    find(chunks, b"eXIf").map(|chunk| chunk.data.clone())
}

/// Pixels per metre as `pHYs`.
pub(crate) fn physical_size_chunk(x: u32, y: u32) -> MetadataChunk {
    pixel_size_chunk(x, y, 1)
}

/// The ratio of a pixel's sides as `pHYs`.
pub(crate) fn aspect_chunk(x: u32, y: u32) -> MetadataChunk {
    pixel_size_chunk(x, y, 0)
}

fn pixel_size_chunk(x: u32, y: u32, unit: u8) -> MetadataChunk {
    let mut data = x.to_be_bytes().to_vec();
    data.extend_from_slice(&y.to_be_bytes());
    data.push(unit);
    MetadataChunk {
        tag: *b"pHYs",
        data,
    }
}

fn find<'a>(chunks: &'a [MetadataChunk], tag: &[u8; 4]) -> Option<&'a MetadataChunk> {
    chunks.iter().find(|chunk| chunk.tag == *tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn profiles_come_back() {
        let mut profile: Vec<u8> = (0..2000u32).map(|n| (n * n) as u8).collect();
        profile[16..20].copy_from_slice(b"RGB ");
        let chunks = [icc_chunk(&profile).expect("memory")];
        assert_eq!(icc_profile(&chunks, ColorType::Rgba), Some(profile));
        assert_eq!(icc_profile(&chunks, ColorType::GrayAlpha), None);
        assert_eq!(
            exif(&[exif_chunk(b"Exif\0\0MM\0*")]),
            Some(b"MM\0*".to_vec())
        );
    }
}
