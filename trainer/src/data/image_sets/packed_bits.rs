//! Bilevel images as a NumPy array of packed bits, a row per image, most significant bit first.

use std::path::Path;

use crate::data::image_sets::shape::{ImageShape, unfit};
use crate::data::samples::Samples;
use crate::error::Result;

/// Magic number, version, and the length of the header that follows.
const START: &[u8] = b"\x93NUMPY\x01\x00";

pub(crate) fn read(path: &Path, bytes: &[u8], shape: &ImageShape, out: &mut Vec<u8>) -> Result<()> {
    shape.expect(path, &[Samples::Bilevel], shape.width, shape.height)?;
    let Some(([low, high], rest)) = bytes
        .strip_prefix(START)
        .and_then(|rest| rest.split_first_chunk())
    else {
        return Err(unfit(path, "a NumPy file of version 1.0", "another start"));
    };
    let length = usize::from(u16::from_le_bytes([*low, *high]));
    let header = rest.get(..length).unwrap_or(rest);
    let header = String::from_utf8_lossy(header);
    let pixels = shape.width * shape.height;
    let row = pixels.div_ceil(8);
    let wanted = format!(", {row})");
    if !(header.contains("'|u1'") && header.contains(&wanted)) {
        let expected = format!("unsigned bytes, rows of {row}");
        return Err(unfit(path, expected, header.trim()));
    }
    let data = rest.get(length..).unwrap_or_default();
    if !data.len().is_multiple_of(row) {
        let found = format!("{} bytes", data.len());
        return Err(unfit(path, format!("rows of {row} bytes"), found));
    }
    let images = data.len() / row;
    // Column after column, or row after row.
    let (along, across) = match header.contains("'fortran_order': True") {
        true => (images, 1),
        false => (1, row),
    };
    for image in 0..images {
        let byte = |index: usize| data[image * across + index * along];
        out.extend((0..pixels).map(|pixel| byte(pixel / 8) >> (7 - pixel % 8) & 1));
    }
    Ok(())
}
