//! The description of the preview as header fields (`docs/format.md`, *Preview*).

use crate::container::cursor::Cursor;
use crate::container::header::{PREVIEW_SIDE, Preview};
use crate::container::varint;
use crate::error::Error;
use crate::image::sample_format::{BitDepth, SampleFormat};

/// The largest step.
const LARGEST_STEP: u8 = 64;
/// The most bytes of the stream.
const MOST_BYTES: u64 = 1 << 20;

pub(crate) fn write(out: &mut Vec<u8>, preview: &Preview, depth: BitDepth) {
    varint::write(out, preview.width.into());
    varint::write(out, preview.height.into());
    out.push(preview.planes);
    if depth == BitDepth::Sixteen {
        varint::write(out, preview.largest.into());
    }
    out.push(preview.step);
    varint::write(out, preview.length);
    out.extend_from_slice(&preview.checksum.to_le_bytes());
}

/// Reads the fields of an image of this size, whose pixels are expanded to `format`. The preview has no offset yet.
pub(crate) fn read(
    cursor: &mut Cursor<'_>,
    width: u32,
    height: u32,
    format: SampleFormat,
) -> Result<Preview, Error> {
    Ok(Preview {
        width: cursor.count("preview_width", 1..=width.min(PREVIEW_SIDE))?,
        height: cursor.count("preview_height", 1..=height.min(PREVIEW_SIDE))?,
        planes: read_planes(cursor, format)?,
        largest: match format.depth {
            BitDepth::Sixteen => cursor.count("preview_largest", u8::MAX.into()..=u16::MAX)?,
            _ => u8::MAX.into(),
        },
        step: cursor.count("preview_step", 1..=LARGEST_STEP)?,
        offset: 0,
        length: cursor.count("preview_length", 0..=MOST_BYTES)?,
        checksum: u32::from_le_bytes(cursor.array("preview_checksum")?),
    })
}

fn read_planes(cursor: &mut Cursor<'_>, format: SampleFormat) -> Result<u8, Error> {
    let colors = format.color.color_planes() as u8;
    let most = format.color.channels() as u8;
    cursor.count("preview_planes", colors..=most)
}
