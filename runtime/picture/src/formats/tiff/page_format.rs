//! The fields of a page → the sample format of a picture. Refuses everything that has no row in a table here, and names
//! it.

use pxc_codec::{BitDepth, ColorType, SampleFormat};

use crate::error::{Error, Result};
use crate::formats::tiff::fields::{Fields, OtherImage};
use crate::formats::tiff::file::damaged;
use crate::formats::tiff::tags::{
    BITS_PER_SAMPLE, COMPRESSION, DNG_VERSION, EXTRA_SAMPLES, IMAGE_LENGTH, IMAGE_WIDTH,
    MAX_SAMPLE_VALUE, MIN_SAMPLE_VALUE, NEW_SUBFILE_TYPE, ORIENTATION, PHOTOMETRIC, SAMPLE_FORMAT,
    SAMPLES_PER_PIXEL, SUBFILE_TYPE,
};

/// Photometric interpretations of camera raw: colour filter array, linear raw.
const RAW: [u64; 2] = [32803, 34892];
/// What Canon's raw files have after the header of a TIFF file, and where.
const RAW_MARK: &[u8] = b"CR\x02\0";
const RAW_MARK_AT: usize = 8;

/// The samples of a page.
pub(crate) struct PageFormat {
    pub(crate) samples: SampleFormat,
    /// Whether 0 is the largest intensity.
    pub(crate) is_inverted: bool,
}

impl PageFormat {
    /// Refuses everything but gray, RGB and palettes, with or without alpha.
    pub(crate) fn read(fields: &mut Fields<'_>) -> Result<PageFormat> {
        check_page(fields)?;
        let photometric = fields.required(PHOTOMETRIC)?;
        let channels = fields.number(SAMPLES_PER_PIXEL)?.unwrap_or(1);
        let bits = fields.numbers(BITS_PER_SAMPLE)?.unwrap_or(vec![1]);
        let extra = fields.numbers(EXTRA_SAMPLES)?.unwrap_or_default();
        let formats = fields.numbers(SAMPLE_FORMAT)?.unwrap_or_default();
        let unsupported = |found: String| Error::unsupported(format!("a TIFF of {found}"));
        if let Some(format) = formats.iter().find(|&&format| format != 1) {
            return Err(unsupported(format!("{} samples", format_name(*format))));
        }
        let color = match (photometric, channels, extra.as_slice()) {
            (0 | 1, 1, []) => ColorType::Gray,
            (0 | 1, 2, [2]) => ColorType::GrayAlpha,
            (2, 3, []) => ColorType::Rgb,
            (2, 4, [2]) => ColorType::Rgba,
            (3, 1, []) => ColorType::Palette,
            (0..=3, _, extra) => {
                let kinds: Vec<String> = extra.iter().map(|&kind| extra_name(kind)).collect();
                let name = photometric_name(photometric);
                return Err(unsupported(match kinds.as_slice() {
                    [] => format!("{name} with {channels} channels and no field ExtraSamples"),
                    kinds => format!("{name} with the extra channels: {}", kinds.join(", ")),
                }));
            }
            _ => {
                let is_jpeg = fields
                    .view(COMPRESSION)?
                    .is_some_and(|found| is_jpeg(&found));
                let storage = if is_jpeg {
                    " with JPEG compression"
                } else {
                    ""
                };
                let name = photometric_name(photometric);
                return Err(unsupported(format!("{name}{storage}")));
            }
        };
        let depth = match bits.as_slice() {
            [] => None,
            [first, rest @ ..] if rest.iter().all(|bits| bits == first) => {
                u8::try_from(*first).ok().and_then(BitDepth::from_bits)
            }
            _ => None,
        };
        let format = depth.map(|depth| SampleFormat { color, depth });
        let format = format.filter(|format| format.is_legal());
        let Some(format) = format else {
            let bits: Vec<String> = bits.iter().map(u64::to_string).collect();
            let bits = bits.join(", ");
            return Err(unsupported(format!(
                "{bits} bits per {} sample",
                color.name()
            )));
        };
        if ![1, channels].contains(&(bits.len() as u64)) {
            return Err(damaged(format!(
                "BitsPerSample (258): expected {channels} numbers, found {}",
                bits.len()
            )));
        }
        claim_usual_values(fields, format.depth)?;
        Ok(PageFormat {
            samples: format,
            is_inverted: photometric == 0,
        })
    }
}

/// Refuses files whose first page is not their main picture.
fn check_page(fields: &mut Fields<'_>) -> Result<()> {
    let kind = fields.view(NEW_SUBFILE_TYPE)?.unwrap_or_default();
    if fields.contains(DNG_VERSION) {
        return Err(Error::unsupported(
            "camera raw in a TIFF (a digital negative)",
        ));
    }
    let is_raw = |image: &OtherImage| image.photometric.is_some_and(|kind| RAW.contains(&kind));
    let has_raw_mark = fields
        .file
        .bytes
        .get(RAW_MARK_AT..)
        .is_some_and(|rest| rest.starts_with(RAW_MARK));
    if has_raw_mark || fields.others.iter().any(is_raw) {
        return Err(Error::unsupported(
            "camera raw in a TIFF (behind a preview)",
        ));
    }
    let pixels = fields.view(IMAGE_WIDTH)?.zip(fields.view(IMAGE_LENGTH)?);
    let pixels = pixels.map_or(0, |(width, height)| width.iter().chain(&height).product());
    if fields
        .others
        .iter()
        .any(|image| image.is_child && image.pixels > pixels)
    {
        return Err(Error::unsupported(
            "a TIFF whose first page is a preview of a larger image",
        ));
    }
    let old_kind = fields.view(SUBFILE_TYPE)?.unwrap_or_default();
    if kind.first().is_some_and(|kind| kind & 1 == 1) || old_kind == [2] {
        return Err(Error::unsupported("a TIFF whose first page is a thumbnail"));
    }
    Ok(())
}

/// Claims fields that say what a picture is anyway.
fn claim_usual_values(fields: &mut Fields<'_>, depth: BitDepth) -> Result<()> {
    let largest = depth.largest().into();
    for (tag, usual) in [
        (NEW_SUBFILE_TYPE, 0),
        (SUBFILE_TYPE, 1),
        (ORIENTATION, 1),
        (MIN_SAMPLE_VALUE, 0),
        (MAX_SAMPLE_VALUE, largest),
    ] {
        // Values that cannot be read are not claimed, and so are lost.
        if let Ok(Some(values)) = fields.view(tag)
            && !values.is_empty()
            && values.iter().all(|&value| value == usual)
        {
            fields.claim(tag);
        }
    }
    Ok(())
}

/// Whether the field Compression says JPEG, as the older or as the newer specification has it.
fn is_jpeg(compression: &[u64]) -> bool {
    matches!(compression, [6 | 7])
}

fn photometric_name(number: u64) -> String {
    match number {
        0 | 1 => "gray".into(),
        2 => "RGB".into(),
        3 => "palette colours".into(),
        4 => "a transparency mask".into(),
        5 => "CMYK colours".into(),
        6 => "YCbCr colours".into(),
        8..=10 => "CIE L*a*b* colours".into(),
        32803 => "a colour filter array (camera raw)".into(),
        32844 | 32845 => "logarithmic luminance".into(),
        34892 => "linear raw colours (camera raw)".into(),
        number => format!("the photometric interpretation {number}"),
    }
}

fn extra_name(number: u64) -> String {
    match number {
        0 => "unspecified".into(),
        1 => "premultiplied alpha".into(),
        2 => "alpha".into(),
        number => format!("of the unknown kind {number}"),
    }
}

fn format_name(number: u64) -> String {
    match number {
        2 => "signed".into(),
        3 => "floating-point".into(),
        4 => "undefined".into(),
        5 | 6 => "complex".into(),
        number => format!("the unknown format {number} of"),
    }
}
