//! The palette and the transparent colour as header fields (`docs/format.md`, *Palette*).

use crate::container::cursor::Cursor;
use crate::container::varint;
use crate::error::Error;
use crate::image::palette::{ColorKey, MOST_ENTRIES, Palette};
use crate::image::sample_format::ColorType;

/// The entries as they are.
const STORED: u8 = 0;

pub(crate) fn write_palette(out: &mut Vec<u8>, palette: &Palette) {
    varint::write(out, palette.colors().len() as u64);
    varint::write(out, palette.alpha().len() as u64);
    out.push(STORED);
    out.extend_from_slice(palette.colors().as_flattened());
    out.extend_from_slice(palette.alpha());
}

pub(crate) fn read_palette(cursor: &mut Cursor<'_>) -> Result<Palette, Error> {
    let entries = cursor.count("palette_entries", 1..=MOST_ENTRIES as u64)?;
    let alpha = cursor.count("palette_alpha", 0..=entries)?;
    let offset = cursor.offset();
    let method = cursor.byte("palette_method")?;
    if method != STORED {
        return Err(Error::HeaderField {
            field: "palette_method",
            offset,
            expected: "0 (stored)".to_owned(),
            found: method.into(),
        });
    }
    let colors = cursor.take("palette", entries * 3)?.as_chunks().0.to_vec();
    Palette::new(colors, cursor.take("palette", alpha)?.to_vec())
}

/// The transparent colour of a gray or RGB image; no other colour type has one.
pub(crate) fn read_color_key(cursor: &mut Cursor<'_>, color: ColorType) -> Result<ColorKey, Error> {
    let offset = cursor.offset();
    let samples = match color {
        ColorType::Gray | ColorType::Rgb => color.channels() as u64,
        _ => 0,
    };
    ColorKey::from_bytes(cursor.take("color_key", 2 * samples)?).ok_or_else(|| Error::HeaderField {
        field: "color_key",
        offset,
        expected: "color_type 0 (gray) or 2 (rgb)".to_owned(),
        found: color.code().into(),
    })
}
