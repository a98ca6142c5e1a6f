//! Gray or RGB, with or without alpha, a resolution, XMP, a colour profile and an orientation → an uncompressed TIFF
//! file of one strip, least significant byte first.

use pxc_codec::{BitDepth, Image};

use crate::error::{Error, Result};
use crate::formats::png::samples::pack_row;
use crate::formats::tiff::resolution::Resolution;
use crate::formats::tiff::tags::{
    BITS_PER_SAMPLE, COMPRESSION, EXTRA_SAMPLES, ICC_PROFILE, IMAGE_LENGTH, IMAGE_WIDTH,
    ORIENTATION, PHOTOMETRIC, RESOLUTION_UNIT, ROWS_PER_STRIP, SAMPLES_PER_PIXEL,
    STRIP_BYTE_COUNTS, STRIP_OFFSETS, X_RESOLUTION, XMP, Y_RESOLUTION,
};
use crate::metadata::{PixelSize, Profiles};

/// Bytes in front of the strip.
const HEADER_BYTES: u32 = 8;
/// Types of values.
const BYTE: u16 = 1;
const SHORT: u16 = 3;
const LONG: u16 = 4;
const RATIONAL: u16 = 5;
const UNDEFINED: u16 = 7;

/// Writes an image that [`OutputFormat::Tiff`](crate::OutputFormat::Tiff) holds.
pub(crate) fn write_tiff(
    image: &Image,
    profiles: &Profiles,
    orientation: Option<u16>,
) -> Result<Vec<u8>> {
    let profile = profiles.icc.as_deref().unwrap_or_default();
    let xmp = profiles.xmp.as_deref().unwrap_or_default();
    let room = u64::from(u32::MAX) - 1024;
    if (image.samples().len() + profile.len() + xmp.len()) as u64 > room {
        return Err(Error::unsupported("a TIFF file of more than 4 GiB"));
    }
    let mut file = b"II*\0".to_vec();
    file.extend([0; 4]);
    write_strip(&mut file, image);
    let size = file.len() as u32 - HEADER_BYTES;

    let mut fields = image_fields(&mut file, image);
    fields.push(NewField::new(STRIP_OFFSETS, LONG, HEADER_BYTES));
    let turned = orientation.map(|value| NewField::new(ORIENTATION, SHORT, value.into()));
    fields.extend(turned);
    fields.extend([
        NewField::new(SAMPLES_PER_PIXEL, SHORT, image.color().channels() as u32),
        NewField::new(ROWS_PER_STRIP, LONG, image.height()),
        NewField::new(STRIP_BYTE_COUNTS, LONG, size),
    ]);
    let page = profiles.size.map(|size| resolution(&mut file, size));
    fields.extend(page.into_iter().flatten());
    if image.color().has_alpha() {
        fields.push(NewField::new(EXTRA_SAMPLES, SHORT, 2));
    }
    for (tag, kind, data) in [(XMP, BYTE, xmp), (ICC_PROFILE, UNDEFINED, profile)] {
        if !data.is_empty() {
            let count = data.len() as u32;
            fields.push(NewField::list(&mut file, tag, kind, count, data));
        }
    }
    write_directory(&mut file, &fields);
    Ok(file)
}

fn write_strip(file: &mut Vec<u8>, image: &Image) {
    let samples = image.samples();
    match image.depth() {
        BitDepth::Sixteen => {
            file.extend(samples.chunks_exact(2).flat_map(|pair| [pair[1], pair[0]]))
        }
        BitDepth::Eight => file.extend_from_slice(samples),
        depth => {
            let channels = image.color().channels();
            let rows = samples.chunks_exact(image.width() as usize * channels);
            file.extend(rows.flat_map(|row| pack_row(row.iter().copied(), depth)));
        }
    }
}

/// The fields that come before that of the strip.
fn image_fields(file: &mut Vec<u8>, image: &Image) -> Vec<NewField> {
    let (channels, bits) = (image.color().channels() as u32, image.depth().bits());
    let photometric = if channels < 3 { 1 } else { 2 };
    let bits = match channels {
        1 => NewField::new(BITS_PER_SAMPLE, SHORT, bits.into()),
        _ => {
            let list = u16::from(bits).to_le_bytes().repeat(channels as usize);
            NewField::list(file, BITS_PER_SAMPLE, SHORT, channels, &list)
        }
    };
    vec![
        NewField::new(IMAGE_WIDTH, LONG, image.width()),
        NewField::new(IMAGE_LENGTH, LONG, image.height()),
        bits,
        NewField::new(COMPRESSION, SHORT, 1),
        NewField::new(PHOTOMETRIC, SHORT, photometric),
    ]
}

fn resolution(file: &mut Vec<u8>, size: PixelSize) -> [NewField; 3] {
    let Resolution { unit, x, y } = Resolution::of(size);
    let [x, y] = [(X_RESOLUTION, x), (Y_RESOLUTION, y)].map(|(tag, (count, unit))| {
        let values = [count.to_le_bytes(), unit.to_le_bytes()].concat();
        NewField::list(file, tag, RATIONAL, 1, &values)
    });
    [x, y, NewField::new(RESOLUTION_UNIT, SHORT, unit.into())]
}

/// One number, or where the values are.
struct NewField {
    tag: u16,
    kind: u16,
    count: u32,
    value: u32,
}

impl NewField {
    fn new(tag: u16, kind: u16, value: u32) -> NewField {
        NewField {
            tag,
            kind,
            count: 1,
            value,
        }
    }

    /// Makes a field of several values, which go into its entry if they fit.
    fn list(file: &mut Vec<u8>, tag: u16, kind: u16, count: u32, values: &[u8]) -> NewField {
        let mut inline = [0; 4];
        let value = match inline.get_mut(..values.len()) {
            Some(room) => {
                room.copy_from_slice(values);
                u32::from_le_bytes(inline)
            }
            None => {
                align(file);
                let start = file.len() as u32;
                file.extend_from_slice(values);
                start
            }
        };
        NewField {
            tag,
            kind,
            count,
            value,
        }
    }
}

fn write_directory(file: &mut Vec<u8>, fields: &[NewField]) {
    align(file);
    let start = file.len() as u32;
    file[4..8].copy_from_slice(&start.to_le_bytes());
    file.extend((fields.len() as u16).to_le_bytes());
    for field in fields {
        file.extend(field.tag.to_le_bytes());
        file.extend(field.kind.to_le_bytes());
        file.extend(field.count.to_le_bytes());
        file.extend(field.value.to_le_bytes());
    }
    file.extend([0; 4]);
}

fn align(file: &mut Vec<u8>) {
    file.resize(file.len().next_multiple_of(2), 0);
}
