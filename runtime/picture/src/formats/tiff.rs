//! TIFF files → [`Picture`]: checks and collects the fields, and leaves the pixels to [`raster`].

use std::io::Cursor;

use pxc_codec::{Limits, MetadataChunk};
use tiff::decoder::Decoder;
use tiff::decoder::ifd::Value;
use tiff::tags::Tag;
use tiff::{ColorType, TiffError};

use crate::error::{Error, Result};
use crate::formats::raster;
use crate::metadata::{icc_chunk, physical_size_chunk, xmp_chunk};
use crate::picture::Picture;

type Fields<'a> = Decoder<Cursor<&'a [u8]>>;

/// Fields that say how the pixels are stored, or that a picture keeps in another form.
const COVERED: [u16; 25] = [
    254, 255, 256, 257, 258, 259, 262, 266, 273, 277, 278, 279, 280, 281, 282, 283, 284, 296, 317,
    322, 323, 324, 325, 338, 339,
];
const ICC_PROFILE: u16 = 34675;
const XMP: u16 = 700;
const ORIENTATION: u16 = 274;

/// Lossy compression schemes: JPEG old and new, and WebP.
const LOSSY: [u16; 3] = [6, 7, 50001];

/// Reads the first page and its fields.
pub(crate) fn read_tiff(bytes: &[u8], allow_lossy: bool, limits: &Limits) -> Result<Picture> {
    let mut decoder = Decoder::new(Cursor::new(bytes)).map_err(damaged)?;
    check_color(decoder.colortype().map_err(damaged)?)?;
    check_compression(&mut decoder, allow_lossy)?;
    check_samples(&mut decoder)?;
    let mut dropped = dropped_fields(&mut decoder)?;
    if decoder.more_images() {
        dropped.push("the pages after the first".into());
    }
    let metadata = metadata(&mut decoder)?;
    Ok(Picture {
        metadata,
        dropped,
        ..raster::read_tiff(bytes, limits)?
    })
}

fn check_color(color: ColorType) -> Result<()> {
    match color {
        ColorType::Gray(1 | 8 | 16) | ColorType::RGB(8 | 16) | ColorType::RGBA(8 | 16) => Ok(()),
        other => Err(Error::Unsupported {
            found: format!("a TIFF of {other:?} samples"),
        }),
    }
}

fn check_compression(decoder: &mut Fields<'_>, allow_lossy: bool) -> Result<()> {
    let scheme = decoder.find_tag_unsigned::<u16>(Tag::Compression);
    let is_lossy = matches!(scheme, Ok(Some(scheme)) if LOSSY.contains(&scheme));
    if is_lossy && !allow_lossy {
        return Err(Error::Lossy {
            found: "TIFF with JPEG or WebP compression",
        });
    }
    Ok(())
}

fn check_samples(decoder: &mut Fields<'_>) -> Result<()> {
    for (tag, legal, found) in [
        (Tag::ExtraSamples, [0, 2], "a TIFF with premultiplied alpha"),
        (
            Tag::SampleFormat,
            [1, 1],
            "a TIFF whose samples are not unsigned integers",
        ),
    ] {
        let values = decoder.find_tag_unsigned_vec::<u16>(tag).map_err(damaged)?;
        let mut values = values.unwrap_or_default().into_iter();
        if !values.all(|value| legal.contains(&value)) {
            return Err(Error::Unsupported {
                found: found.into(),
            });
        }
    }
    Ok(())
}

/// The fields that a picture does not keep. An upright orientation adds nothing.
fn dropped_fields(decoder: &mut Fields<'_>) -> Result<Vec<String>> {
    let mut dropped = Vec::new();
    for entry in decoder.image_ifd().tag_iter() {
        let (tag, value) = entry.map_err(damaged)?;
        let number = tag.to_u16();
        let is_upright = number == ORIENTATION && value.into_u16().is_ok_and(|value| value == 1);
        if !is_upright && !COVERED.contains(&number) && ![ICC_PROFILE, XMP].contains(&number) {
            dropped.push(format!("TIFF field {tag:?}"));
        }
    }
    Ok(dropped)
}

/// Colour profile, XMP and physical size.
fn metadata(decoder: &mut Fields<'_>) -> Result<Vec<MetadataChunk>> {
    let mut chunks = Vec::new();
    if let Some(profile) = bytes(decoder, Tag::IccProfile)? {
        let chunk = icc_chunk(&profile).map_err(|error| damaged(error.into()))?;
        chunks.push(chunk);
    }
    chunks.extend(bytes(decoder, Tag::Unknown(XMP))?.map(|xmp| xmp_chunk(&xmp)));
    chunks.extend(physical_size(decoder));
    Ok(chunks)
}

fn bytes(decoder: &mut Fields<'_>, tag: Tag) -> Result<Option<Vec<u8>>> {
    let value = decoder.find_tag(tag).map_err(damaged)?;
    value.map(Value::into_u8_vec).transpose().map_err(damaged)
}

/// Pixels per metre, if the file names its unit.
fn physical_size(decoder: &mut Fields<'_>) -> Option<MetadataChunk> {
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

fn damaged(error: TiffError) -> Error {
    match error {
        TiffError::UnsupportedError(error) => Error::Unsupported {
            found: format!("TIFF file: {error}"),
        },
        error => Error::Damaged {
            format: "TIFF",
            message: error.to_string(),
        },
    }
}
