//! Metadata as PNG chunks, which is how a `.pxc` file carries it; colour profiles, EXIF, XMP and pixel sizes of other
//! formats ↔ chunks.

use std::borrow::Cow;

use pxc_codec::{ColorType, MetadataChunk};
use pxc_jpeg::profiles::{self, MetadataInflater, exif_of, orientation, xmp_of, xmp_orientation};
pub(crate) use pxc_jpeg::profiles::{exif_chunk, icc_chunk, stated_orientation, xmp_chunk};

/// Chunks that PNG requires before the palette.
const BEFORE_PALETTE: [&[u8; 4]; 8] = [
    b"cHRM", b"cICP", b"cLLI", b"gAMA", b"iCCP", b"mDCV", b"sBIT", b"sRGB",
];

/// Chunks that change the look of a picture: those of oxipng's `--strip safe`, and the older and newer ways to describe
/// a colour space.
const LOOK: [&[u8; 4]; 8] = [
    b"cHRM", b"cICP", b"cLLI", b"gAMA", b"iCCP", b"mDCV", b"pHYs", b"sRGB",
];

/// Where a colour profile names the samples that it describes.
const PROFILE_SPACE: usize = 16;

/// For [`Picture::strip`](crate::Picture::strip): keeps the chunks that change the look of a picture: colour space
/// (`cHRM`, `cICP`, `cLLI`, `gAMA`, `iCCP`, `mDCV`, `sRGB`), pixel size (`pHYs`) and the orientation of EXIF (`eXIf`)
/// and XMP (`iTXt`), which lose all else.
pub fn keep_look() -> impl FnMut(&mut MetadataChunk) -> bool {
    let mut inflater = MetadataInflater::default();
    move |chunk| {
        let stripped = match &chunk.tag {
            b"eXIf" => orientation(&chunk.data)
                .and_then(exif_of)
                .map(|exif| exif_chunk(&exif)),
            b"iTXt" => inflater
                .xmp_in(&chunk.data)
                .and_then(|xmp| xmp_orientation(&xmp))
                .and_then(xmp_of)
                .map(|xmp| xmp_chunk(&xmp)),
            tag => return LOOK.contains(&tag),
        };
        let is_kept = stripped.is_some();
        chunk.data = stripped.map(|kept| kept.data).unwrap_or_default();
        is_kept
    }
}

/// Whether EXIF has nothing but an orientation that a picture can have.
pub(crate) fn is_orientation_alone(chunks: &[MetadataChunk]) -> bool {
    profiles::exif(chunks).is_some_and(|exif| {
        let alone = orientation(exif).and_then(exif_of);
        alone.as_deref() == Some(exif)
    })
}

/// The orientation as `eXIf`; `None` for an upright picture.
pub(crate) fn orientation_chunk(orientation: u16) -> Option<MetadataChunk> {
    exif_of(orientation).map(|exif| exif_chunk(&exif))
}

/// Whether PNG requires the chunk before the palette.
pub(crate) fn is_before_palette(tag: &[u8; 4]) -> bool {
    BEFORE_PALETTE.contains(&tag)
}

/// The metadata that other formats may have room for.
pub(crate) struct Profiles {
    /// The colour profile.
    pub(crate) icc: Option<Vec<u8>>,
    pub(crate) exif: Option<Vec<u8>>,
    pub(crate) xmp: Option<Vec<u8>>,
    pub(crate) size: Option<PixelSize>,
}

impl Profiles {
    /// Collects the profiles from the chunks of a picture. `converted` is the colour type that the samples were
    /// converted to, if any.
    pub(crate) fn of(chunks: &[MetadataChunk], converted: Option<ColorType>) -> Profiles {
        Profiles {
            icc: icc_profile(chunks, converted),
            exif: profiles::exif(chunks).map(<[u8]>::to_vec),
            xmp: profiles::xmp(chunks).map(Cow::into_owned),
            size: PixelSize::find(chunks),
        }
    }
}

/// Whether [`Profiles`] come from this chunk. Other chunks of the same type are not XMP, or come later.
pub(crate) fn is_source(chunks: &[MetadataChunk], index: usize) -> bool {
    let mut inflater = MetadataInflater::default();
    let mut is_one = |chunk: &MetadataChunk| {
        chunk.tag == chunks[index].tag
            && (chunk.tag != *b"iTXt" || inflater.xmp_in(&chunk.data).is_some())
    };
    chunks.iter().position(&mut is_one) == Some(index)
}

/// The sides of a pixel, as `pHYs` stores them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PixelSize {
    /// Pixels per metre, or of a unit that is not known; at least 1.
    pub(crate) x: u32,
    pub(crate) y: u32,
    pub(crate) is_metric: bool,
}

impl PixelSize {
    /// Finds the pixel size among a picture's chunks.
    pub(crate) fn find(chunks: &[MetadataChunk]) -> Option<PixelSize> {
        let chunk = chunks.iter().find(|chunk| chunk.tag == *b"pHYs")?;
        let &[a, b, c, d, e, f, g, h, unit @ (0 | 1)] = chunk.data.as_slice() else {
            return None;
        };
        let (x, y) = (
            u32::from_be_bytes([a, b, c, d]),
            u32::from_be_bytes([e, f, g, h]),
        );
        let is_metric = unit == 1;
        (x > 0 && y > 0).then_some(PixelSize { x, y, is_metric })
    }
}

/// The ICC profile of `iCCP`, unless it is damaged, longer than any profile, or describes other samples than those that
/// are written: a profile for gray says nothing about RGB.
fn icc_profile(chunks: &[MetadataChunk], converted: Option<ColorType>) -> Option<Vec<u8>> {
    let profile = profiles::icc_profile(chunks)?;
    let space = profile.get(PROFILE_SPACE..)?;
    let is_other = match converted {
        Some(ColorType::Gray | ColorType::GrayAlpha) => space.starts_with(b"RGB "),
        Some(_) => space.starts_with(b"GRAY"),
        None => false,
    };
    (!is_other).then_some(profile)
}

/// Makes `pHYs` of pixels per metre.
pub(crate) fn physical_size_chunk(x: u32, y: u32) -> MetadataChunk {
    pixel_size_chunk(x, y, 1)
}

/// Makes `pHYs` of the ratio of a pixel's sides.
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

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::ZlibEncoder;

    use super::*;

    const XMP_KEYWORD: &[u8] = b"XML:com.adobe.xmp\0";

    #[test]
    fn profiles_come_back() {
        let mut profile: Vec<u8> = (0..2000u32).map(|n| (n * n) as u8).collect();
        profile[16..20].copy_from_slice(b"RGB ");
        let chunks = [icc_chunk(&profile).expect("memory")];
        assert_eq!(
            icc_profile(&chunks, Some(ColorType::Rgba)),
            Some(profile.clone())
        );
        assert_eq!(icc_profile(&chunks, Some(ColorType::GrayAlpha)), None);
        assert_eq!(icc_profile(&chunks, None), Some(profile));
        let exif = [exif_chunk(b"Exif\0\0MM\0*")];
        let profiles = Profiles::of(&exif, None);
        assert_eq!(profiles.exif, Some(b"MM\0*".to_vec()));
    }

    fn text(parts: &[&[u8]]) -> MetadataChunk {
        MetadataChunk {
            tag: *b"iTXt",
            data: [&[XMP_KEYWORD], parts].concat().concat(),
        }
    }

    #[test]
    fn a_stripped_picture_does_not_turn() {
        let turned = b"<a tiff:Orientation=\"6\" by=\"me\"/>";
        let mut deflated = ZlibEncoder::new(Vec::new(), Compression::fast());
        deflated.write_all(turned).expect("memory");
        let deflated = deflated.finish().expect("memory");
        for mut chunk in [
            text(&[b"\0\0\0\0", turned]),
            text(&[b"\0\0en\0XMP\0", turned]),
            text(&[b"\x01\0\0\0", &deflated]),
        ] {
            assert_eq!(stated_orientation(std::slice::from_ref(&chunk)), Some(6));
            assert!(keep_look()(&mut chunk));
            assert!(!chunk.data.windows(3).any(|word| word == b"by="));
            assert_eq!(stated_orientation(&[chunk]), Some(6));
        }
        for mut chunk in [
            text(&[b"\0\0\0\0<a tiff:Orientation=\"1\"/>"]),
            text(&[b"\0\0\0", turned]),
            text(&[b"\x01\0\0\0", turned]),
            MetadataChunk {
                tag: *b"iTXt",
                data: [&b"Comment\0\0\0\0\0"[..], turned].concat(),
            },
        ] {
            assert!(!keep_look()(&mut chunk));
        }
    }

    #[test]
    fn exif_goes_before_xmp() {
        let turned = text(&[b"\0\0\0\0<a tiff:Orientation=\"6\"/>"]);
        let chunks = [turned, orientation_chunk(3).expect("not upright")];
        assert_eq!(stated_orientation(&chunks), Some(3));
        assert!(is_orientation_alone(&chunks));
        assert!(!is_orientation_alone(&chunks[..1]));
    }
}
