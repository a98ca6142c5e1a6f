//! What a TIFF file says besides its pixels: what the pixels mean, further pages, fields that are not kept.
//!
//! In: the bytes of a file. Out: a refusal, or what a [`Picture`] gets to know.

use std::io::Cursor;

use pxc_runtime::MetadataChunk;
use tiff::decoder::Decoder;
use tiff::decoder::ifd::Value;
use tiff::tags::Tag;
use tiff::{ColorType, TiffError};

use crate::metadata::{icc_chunk, physical_size_chunk, xmp_chunk};
use crate::picture::{Picture, SourceError};

/// Fields that say how the pixels are stored, or that are kept in another form.
const COVERED: [u16; 25] = [
    254, 255, 256, 257, 258, 259, 262, 266, 273, 277, 278, 279, 280, 281, 282, 283, 284, 296, 317,
    322, 323, 324, 325, 338, 339,
];
const ICC_PROFILE: u16 = 34675;
const XMP: u16 = 700;
const ORIENTATION: u16 = 274;

/// Compression schemes that lose something: JPEG old and new, and WebP.
const LOSSY: [u16; 3] = [6, 7, 50001];

/// What is to be known of a file.
pub(crate) struct TiffFields {
    left_out: Vec<String>,
    metadata: Vec<MetadataChunk>,
}

impl TiffFields {
    /// Reads the first page's fields.
    pub(crate) fn read(bytes: &[u8], allow_lossy: bool) -> Result<TiffFields, SourceError> {
        let mut decoder = Decoder::new(Cursor::new(bytes)).map_err(damaged)?;
        check_color(decoder.colortype().map_err(damaged)?)?;
        let compression = decoder.find_tag_unsigned::<u16>(Tag::Compression);
        let is_lossy = matches!(compression, Ok(Some(scheme)) if LOSSY.contains(&scheme));
        if is_lossy && !allow_lossy {
            return Err(SourceError::Lossy {
                found: "TIFF with JPEG or WebP compression",
            });
        }
        for (tag, legal, found) in [
            (Tag::ExtraSamples, [0, 2], "a TIFF with premultiplied alpha"),
            (
                Tag::SampleFormat,
                [1, 1],
                "a TIFF whose samples are no unsigned integers",
            ),
        ] {
            let values = decoder.find_tag_unsigned_vec::<u16>(tag).map_err(damaged)?;
            if !values
                .unwrap_or_default()
                .iter()
                .all(|value| legal.contains(value))
            {
                return Err(SourceError::Unsupported {
                    found: found.into(),
                });
            }
        }
        let mut left_out = Vec::new();
        for entry in decoder.image_ifd().tag_iter() {
            let (tag, value) = entry.map_err(damaged)?;
            let number = tag.to_u16();
            let is_upright =
                number == ORIENTATION && value.into_u16().is_ok_and(|value| value == 1);
            if !is_upright && !COVERED.contains(&number) && ![ICC_PROFILE, XMP].contains(&number) {
                left_out.push(format!("TIFF field {tag:?}"));
            }
        }
        if decoder.more_images() {
            left_out.push("the pages after the first".into());
        }
        Ok(TiffFields {
            left_out,
            metadata: metadata(&mut decoder)?,
        })
    }

    /// Adds what is kept and what is not.
    pub(crate) fn add_to(self, picture: &mut Picture) {
        picture.left_out.extend(self.left_out);
        picture.metadata = self.metadata;
    }
}

fn check_color(color: ColorType) -> Result<(), SourceError> {
    match color {
        ColorType::Gray(1 | 8 | 16) | ColorType::RGB(8 | 16) | ColorType::RGBA(8 | 16) => Ok(()),
        other => Err(SourceError::Unsupported {
            found: format!("a TIFF of {other:?} samples"),
        }),
    }
}

/// Colour profile, XMP and physical size.
fn metadata(decoder: &mut Decoder<Cursor<&[u8]>>) -> Result<Vec<MetadataChunk>, SourceError> {
    let mut chunks = Vec::new();
    if let Some(profile) = bytes(decoder, Tag::IccProfile)? {
        let chunk = icc_chunk(&profile).map_err(|error| damaged(error.into()))?;
        chunks.push(chunk);
    }
    chunks.extend(bytes(decoder, Tag::Unknown(XMP))?.map(|xmp| xmp_chunk(&xmp)));
    chunks.extend(physical_size(decoder));
    Ok(chunks)
}

fn bytes(decoder: &mut Decoder<Cursor<&[u8]>>, tag: Tag) -> Result<Option<Vec<u8>>, SourceError> {
    let value = decoder.find_tag(tag).map_err(damaged)?;
    value.map(Value::into_u8_vec).transpose().map_err(damaged)
}

/// Pixels per metre, if the file says what its unit is.
fn physical_size(decoder: &mut Decoder<Cursor<&[u8]>>) -> Option<MetadataChunk> {
    let per_metre = match decoder
        .find_tag_unsigned::<u16>(Tag::ResolutionUnit)
        .ok()??
    {
        2 => 1.0 / 0.0254,
        3 => 100.0,
        _ => return None,
    };
    let mut resolution = |tag| match decoder.find_tag(tag).ok()?? {
        Value::Rational(count, unit) => {
            let pixels = f64::from(count) / f64::from(unit) * per_metre;
            (pixels >= 1.0 && pixels < f64::from(u32::MAX)).then(|| pixels.round() as u32)
        }
        _ => None,
    };
    let (x, y) = (resolution(Tag::XResolution)?, resolution(Tag::YResolution)?);
    Some(physical_size_chunk(x, y))
}

fn damaged(error: TiffError) -> SourceError {
    match error {
        TiffError::UnsupportedError(error) => SourceError::Unsupported {
            found: format!("TIFF file: {error}"),
        },
        error => SourceError::Damaged {
            format: "TIFF",
            message: error.to_string(),
        },
    }
}
