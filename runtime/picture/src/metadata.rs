//! Metadata as PNG chunks, which is how a `.pxc` file carries it; colour profiles, EXIF and XMP of other formats ↔ chunks.

use std::io::Read;

use flate2::read::ZlibDecoder;
use pxc_codec::MetadataChunk;
pub(crate) use pxc_jpeg::profiles::{exif_chunk, icc_chunk, xmp_chunk};

/// Chunks that PNG requires before the palette.
const BEFORE_PALETTE: [&[u8; 4]; 8] = [
    b"cHRM", b"cICP", b"cLLI", b"gAMA", b"iCCP", b"mDCV", b"sBIT", b"sRGB",
];

/// Chunks that change the look of a picture: those of oxipng's `--strip safe`, and the older and newer ways to describe a colour space.
const LOOK: [&[u8; 4]; 8] = [
    b"cHRM", b"cICP", b"cLLI", b"gAMA", b"iCCP", b"mDCV", b"pHYs", b"sRGB",
];

/// Most bytes of a colour profile.
const LARGEST_PROFILE: u64 = 1 << 26;

/// Whether a chunk changes the look of a picture: colour space (`cHRM`, `cICP`, `cLLI`, `gAMA`, `iCCP`, `mDCV`, `sRGB`) or pixel
/// size (`pHYs`).
pub fn changes_look(tag: &[u8; 4]) -> bool {
    LOOK.contains(&tag)
}

/// Whether PNG requires the chunk before the palette.
pub(crate) fn is_before_palette(tag: &[u8; 4]) -> bool {
    BEFORE_PALETTE.contains(&tag)
}

/// The ICC profile of `iCCP`.
pub(crate) fn icc_profile(chunks: &[MetadataChunk]) -> Option<Vec<u8>> {
    let data = &find(chunks, b"iCCP")?.data;
    let name = data.iter().position(|&byte| byte == 0)?;
    let mut profile = Vec::new();
    ZlibDecoder::new(data.get(name + 2..)?)
        .take(LARGEST_PROFILE)
        .read_to_end(&mut profile)
        .ok()?;
    Some(profile)
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
        let profile: Vec<u8> = (0..2000u32).map(|n| (n * n) as u8).collect();
        let chunk = icc_chunk(&profile).expect("memory");
        assert_eq!(icc_profile(&[chunk]), Some(profile));
        assert_eq!(
            exif(&[exif_chunk(b"Exif\0\0MM\0*")]),
            Some(b"MM\0*".to_vec())
        );
    }
}
