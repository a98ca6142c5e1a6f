//! Reads the header (`docs/format.md`, *Header*).
//!
//! In: the bytes of a file. Out: a [`Header`]. The checksum is compared before any field after the version is used.

use crate::coders::method::CodingMethod;
use crate::container::cursor::Cursor;
use crate::container::header::{
    GroupEntry, HAS_COLOR_KEY, HAS_COLOR_SET, HAS_METADATA, HAS_MODEL, HAS_MODEL_NAME, HAS_PREVIEW,
    HAS_SAMPLE_MAP, HAS_TILING, HOLDS_JPEG, Header, Preview, SIGNATURE, VERSION,
};
use crate::container::palette_field::{read_color_key, read_palette};
use crate::container::payload::Payload;
use crate::container::{metadata, model_name, preview_field};
use crate::entropy::bit_coder::InvalidStream;
use crate::error::Error;
use crate::image::expand::expanded_format;
use crate::image::sample_format::{BitDepth, ColorType, SampleFormat};
use crate::limits::Limits;
use crate::model::id::ModelId;
use crate::sample_map::map::SampleMap;
use crate::tiles::layout::Layout;
use crate::tiles::tiling::{MOST_TILES_PER_GROUP, Tiling};
use crate::work_meter::Monitor;

const CHECKSUM_BYTES: u64 = 4;
/// The smallest entry of the group table: one byte of length and the checksum.
const LEAST_ENTRY_BYTES: u64 = 1 + CHECKSUM_BYTES;

/// Reads everything before the first payload, and the method bytes of the groups that are not cut off.
///
/// The file may end early: payloads are not read and their checksums not compared.
///
/// # Errors
/// An error of kind `BadData` for damage, `Unsupported` for features that version 1 does not have, `Limit` for what
/// exceeds `limits`.
pub fn read_header(bytes: &[u8], limits: &Limits) -> Result<Header, Error> {
    read_header_monitored(bytes, limits, &Monitor::silent())
}

/// Like [`read_header`]; fails with [`Error::Cancelled`] when the caller asks to stop.
pub(crate) fn read_header_monitored(
    bytes: &[u8],
    limits: &Limits,
    monitor: &Monitor<'_>,
) -> Result<Header, Error> {
    let mut cursor = Cursor::new(bytes);
    let version = read_version(&mut cursor)?;
    let length = cursor.varint("header_length")?;
    let start = cursor.offset();
    cursor.take("header", length)?;
    let end = cursor.offset();
    check_checksum(bytes, &mut cursor)?;
    let mut fields = Cursor::within(bytes, start, end);
    let mut header = read_fields(&mut fields, version, limits, monitor)?;
    if fields.remaining() > 0 {
        return Err(Error::HeaderField {
            field: "header_length",
            offset: SIGNATURE.len() as u64 + 1,
            expected: (length - fields.remaining()).to_string(),
            found: length,
        });
    }
    header.header_bytes = cursor.offset();
    read_methods(&mut header, bytes);
    Ok(header)
}

fn read_version(cursor: &mut Cursor<'_>) -> Result<u8, Error> {
    for expected in SIGNATURE {
        let offset = cursor.offset();
        let found = cursor.byte("signature")?;
        if found != expected {
            return Err(Error::Signature {
                offset,
                expected,
                found,
            });
        }
    }
    let offset = cursor.offset();
    match cursor.byte("version")? {
        VERSION => Ok(VERSION),
        other => Err(unsupported("version", offset, other.to_string(), "1")),
    }
}

fn unsupported(field: &'static str, offset: u64, found: String, supported: &'static str) -> Error {
    Error::Unsupported {
        field,
        offset,
        found,
        supported,
    }
}

fn check_checksum(bytes: &[u8], cursor: &mut Cursor<'_>) -> Result<(), Error> {
    let offset = cursor.offset();
    let expected = u32::from_le_bytes(cursor.array("header_checksum")?);
    let found = crc32fast::hash(&bytes[..offset as usize]);
    if expected != found {
        return Err(Error::HeaderChecksum {
            offset,
            expected,
            found,
        });
    }
    Ok(())
}

fn read_fields(
    cursor: &mut Cursor<'_>,
    version: u8,
    limits: &Limits,
    monitor: &Monitor<'_>,
) -> Result<Header, Error> {
    let flags = read_flags(cursor)?;
    let format_offset = cursor.offset();
    let (format, has_preview) = read_format(cursor)?;
    if flags & HOLDS_JPEG != 0 {
        check_jpeg_format(format, has_preview, format_offset)?;
    }
    let width = cursor.count("width", 1..=u32::MAX)?;
    let height = cursor.count("height", 1..=u32::MAX)?;
    check_size(limits, width, height, format)?;
    let has = |bit: u8| flags & bit != 0;
    let model = has(HAS_MODEL).then(|| cursor.array("model_id").map(ModelId));
    let model = model.transpose()?;
    let model_name = has(HAS_MODEL_NAME).then(|| model_name::read(cursor));
    let model_name = model_name.transpose()?;
    let tiling = match has(HAS_TILING) {
        true => read_tiling(cursor, width, height)?,
        false => Tiling::whole(width, height),
    };
    let palette = (format.color == ColorType::Palette).then(|| read_palette(cursor));
    let palette = palette.transpose()?;
    let color_key = has(HAS_COLOR_KEY).then(|| read_color_key(cursor, format.color));
    let color_key = color_key.transpose()?;
    let sample_map = has(HAS_SAMPLE_MAP).then(|| read_sample_map(cursor, format, limits));
    let sample_map = sample_map.transpose()?;
    let coded = SampleFormat {
        depth: sample_map.as_ref().map_or(format.depth, SampleMap::depth),
        ..format
    };
    let color_set = has(HAS_COLOR_SET).then(|| read_color_set(cursor, coded));
    let color_set = color_set.transpose()?;
    let pixel_digest = cursor.array("pixel_digest")?;
    let metadata = has(HAS_METADATA).then(|| metadata::read(cursor, limits, monitor));
    let metadata = metadata.transpose()?.unwrap_or_default();
    let expanded = expanded_format(format, palette.as_ref(), color_key);
    let preview = has_preview.then(|| preview_field::read(cursor, width, height, expanded));
    let mut preview = preview.transpose()?;
    let layout = Layout::new(tiling, width, height)?;
    let groups = read_groups(cursor, layout.groups(), preview.as_mut())?;
    Ok(Header {
        version,
        width,
        height,
        color: format.color,
        bit_depth: format.depth,
        palette,
        color_key,
        model,
        model_name,
        tiling,
        sample_map,
        color_set,
        holds_jpeg: has(HOLDS_JPEG),
        pixel_digest,
        metadata,
        preview,
        groups,
        header_bytes: 0,
    })
}

fn read_flags(cursor: &mut Cursor<'_>) -> Result<u8, Error> {
    let offset = cursor.offset();
    let flags = cursor.byte("flags")?;
    let is_named = flags & HAS_MODEL_NAME != 0;
    let is_legal = flags & HOLDS_JPEG == 0 && (!is_named || flags & HAS_MODEL != 0);
    if !is_legal && !is_jpeg(flags) {
        return Err(unsupported(
            "flags",
            offset,
            format!("{flags:#010b}"),
            "bits 0 to 4 and 6, bit 7 with bit 0, or bit 5 with or without bit 2",
        ));
    }
    Ok(flags)
}

/// Whether a file with these flags holds a JPEG file. It may have metadata, and nothing else.
pub(crate) fn is_jpeg(flags: u8) -> bool {
    flags & !HAS_METADATA == HOLDS_JPEG
}

/// The format, and whether there is a preview.
fn read_format(cursor: &mut Cursor<'_>) -> Result<(SampleFormat, bool), Error> {
    let offset = cursor.offset();
    let field = cursor.byte("sample_format")?;
    let format = field & !HAS_PREVIEW;
    let (color, depth) = (format & 15, format >> 4);
    let depth = BitDepth::from_bits(1u8.checked_shl(depth.into()).unwrap_or(0))
        .ok_or_else(|| unsupported("bit_depth", offset, format!("code {depth}"), "codes 0 to 4"))?;
    let color = ColorType::from_code(color).ok_or_else(|| {
        unsupported(
            "color_type",
            offset,
            color.to_string(),
            "0 (gray), 2 (rgb), 3 (palette), 4 (gray+alpha), 6 (rgba)",
        )
    })?;
    let format = SampleFormat { color, depth };
    if format.is_legal() {
        return Ok((format, field & HAS_PREVIEW != 0));
    }
    let supported = "gray of 1 to 16 bits, palettes of 1 to 8, others of 8 and 16";
    Err(unsupported(
        "sample_format",
        offset,
        format.to_string(),
        supported,
    ))
}

/// A JPEG file has gray or RGB samples of 8 bits, and no preview. `offset` is that of the field.
fn check_jpeg_format(format: SampleFormat, has_preview: bool, offset: u64) -> Result<(), Error> {
    let is_plain = matches!(format.color, ColorType::Gray | ColorType::Rgb);
    if has_preview {
        let found = "a JPEG file with a preview".to_owned();
        return Err(unsupported(
            "sample_format",
            offset,
            found,
            "JPEG files without one",
        ));
    }
    match is_plain && format.depth == BitDepth::Eight {
        true => Ok(()),
        false => Err(unsupported(
            "sample_format",
            offset,
            format!("a JPEG file of {format} samples"),
            "8-bit gray and rgb",
        )),
    }
}

fn check_size(limits: &Limits, width: u32, height: u32, format: SampleFormat) -> Result<(), Error> {
    let pixels = u64::from(width) * u64::from(height);
    limits.check_pixels(pixels)?;
    limits.check_memory(pixels.saturating_mul(format.pixel_bytes() as u64))
}

fn read_tiling(cursor: &mut Cursor<'_>, width: u32, height: u32) -> Result<Tiling, Error> {
    Ok(Tiling {
        tile_width: cursor.count("tile_width", 1..=width)?,
        tile_height: cursor.count("tile_height", 1..=height)?,
        tiles_per_group: cursor.count("tiles_per_group", 1..=MOST_TILES_PER_GROUP)?,
    })
}

/// The most bytes of a sample map per value: no number takes more.
const VALUE_BYTES: u64 = 8;

fn read_sample_map(
    cursor: &mut Cursor<'_>,
    format: SampleFormat,
    limits: &Limits,
) -> Result<SampleMap, Error> {
    let offset = cursor.offset();
    if format.color == ColorType::Palette || format.depth < BitDepth::Eight {
        let found = format!("of {format} samples");
        let supported = "samples of 8 and 16 bits without a palette";
        return Err(unsupported("sample_map", offset, found, supported));
    }
    let values = format.color.channels() as u64 * (u64::from(format.depth.largest()) + 1);
    limits.check_memory(values * size_of::<u16>() as u64)?;
    let length = cursor.count("sample_map_length", 0..=values * VALUE_BYTES)?;
    let bytes = cursor.take("sample_map", length)?;
    SampleMap::decode(bytes, format).map_err(|invalid| Error::SampleMap {
        offset,
        problem: match invalid {
            InvalidStream::Illegal => "its values do not rise, or are too large",
            InvalidStream::Dry => invalid.problem(),
        },
    })
}

fn read_color_set(cursor: &mut Cursor<'_>, format: SampleFormat) -> Result<Vec<u8>, Error> {
    let offset = cursor.offset();
    if !format.has_color_cube() {
        let supported = "8-bit rgb and rgba";
        return Err(unsupported(
            "color_set",
            offset,
            format!("of {format} samples"),
            supported,
        ));
    }
    let length = cursor.varint("color_set_length")?;
    Ok(cursor.take("color_set", length)?.to_vec())
}

/// The group table, which ends the header: the checksum, the preview and the payloads follow.
fn read_groups(
    cursor: &mut Cursor<'_>,
    count: u64,
    preview: Option<&mut Preview>,
) -> Result<Vec<GroupEntry>, Error> {
    if count > cursor.remaining() / LEAST_ENTRY_BYTES {
        return Err(Error::Truncated {
            field: "group_table",
            offset: cursor.offset(),
            needed: count.saturating_mul(LEAST_ENTRY_BYTES),
            found: cursor.remaining(),
        });
    }
    let mut payload = cursor.offset() + cursor.remaining() + CHECKSUM_BYTES;
    if let Some(preview) = preview {
        preview.offset = payload;
        payload += preview.length;
    }
    (0..count)
        .map(|_| {
            let (offset, field_offset) = (payload, cursor.offset());
            let length = cursor.varint("group_length")?;
            payload = offset.checked_add(length).ok_or(Error::HeaderField {
                field: "group_length",
                offset: field_offset,
                expected: "a sum below 2^64".to_owned(),
                found: length,
            })?;
            Ok(GroupEntry {
                offset,
                length,
                checksum: u32::from_le_bytes(cursor.array("group_checksum")?),
                color_method: None,
                alpha_method: None,
            })
        })
        .collect()
}

/// Reads the method bytes of the groups that are not cut off.
fn read_methods(header: &mut Header, bytes: &[u8]) {
    for group in &mut header.groups {
        if header.holds_jpeg {
            group.color_method = Some(CodingMethod::Jpeg);
            continue;
        }
        let payload = group
            .payload(bytes)
            .map(|payload| Payload::read(payload, header.color));
        if let Some(Ok(payload)) = payload {
            let (color, alpha) = payload.methods();
            group.color_method = Some(color);
            group.alpha_method = alpha;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::container::varint;

    /// A file whose header has these fields.
    fn file(fields: &[u8]) -> Vec<u8> {
        let mut bytes = [&SIGNATURE[..], &[VERSION]].concat();
        varint::write(&mut bytes, fields.len() as u64);
        bytes.extend(fields);
        bytes.extend(crc32fast::hash(&bytes).to_le_bytes());
        bytes
    }

    /// Where the first field is if `header_length` takes two bytes.
    const FIRST: u64 = SIGNATURE.len() as u64 + 3;

    #[test]
    fn errors_of_a_long_header_name_the_byte_of_the_field() {
        let sixteen_bit_gray = 0x40;
        let jpeg = [&[HOLDS_JPEG, sixteen_bit_gray, 1, 1][..], &[0; 200]].concat();
        let found = read_header(&file(&jpeg), &Limits::default());
        let Err(Error::Unsupported { field, offset, .. }) = found else {
            panic!("{found:?}");
        };
        assert_eq!((field, offset), ("sample_format", FIRST + 1));

        // 1 × 40 pixels of 8-bit gray, in groups of a tile of one pixel each.
        let mut long = vec![HAS_TILING, 0x30, 1, 40, 1, 1, 1];
        long.extend([0; 8]);
        long.extend([5, 0, 0, 0, 0]);
        let second = FIRST + long.len() as u64;
        let largest = [&[0xff; 9][..], &[1]].concat();
        long.extend([&largest[..], &[0; 4]].concat().repeat(39));
        let found = read_header(&file(&long), &Limits::default());
        let Err(Error::HeaderField { field, offset, .. }) = found else {
            panic!("{found:?}");
        };
        assert_eq!((field, offset), ("group_length", second));
    }
}
