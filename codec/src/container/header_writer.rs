//! Writes the header (`docs/format.md`, *Header*).
//!
//! In: a [`Header`] and the section of its metadata. Out: everything before the preview and the payloads.

use crate::container::header::{
    HAS_COLOR_KEY, HAS_COLOR_SET, HAS_METADATA, HAS_MODEL, HAS_MODEL_NAME, HAS_PREVIEW,
    HAS_SAMPLE_MAP, HAS_TILING, HOLDS_JPEG, Header, SIGNATURE,
};
use crate::container::palette_field::write_palette;
use crate::container::varint;
use crate::container::{model_name, preview_field};
use crate::tiles::tiling::Tiling;

/// Writes everything before the preview and the first payload. `metadata` is the coded section, or empty. The header's
/// own metadata and the offsets and methods of its groups are not used.
pub(crate) fn write(header: &Header, metadata: &[u8]) -> Vec<u8> {
    let fields = write_fields(header, metadata);
    let mut out = SIGNATURE.to_vec();
    out.push(header.version);
    varint::write(&mut out, fields.len() as u64);
    out.extend_from_slice(&fields);
    out.extend_from_slice(&crc32fast::hash(&out).to_le_bytes());
    out
}

fn write_fields(header: &Header, metadata: &[u8]) -> Vec<u8> {
    let has_tiling = header.tiling != Tiling::whole(header.width, header.height);
    let mut out = vec![
        flag(HAS_MODEL, header.model.is_some())
            | flag(HAS_TILING, has_tiling)
            | flag(HAS_METADATA, !metadata.is_empty())
            | flag(HAS_COLOR_KEY, header.color_key.is_some())
            | flag(HAS_COLOR_SET, header.color_set.is_some())
            | flag(HOLDS_JPEG, header.holds_jpeg)
            | flag(HAS_SAMPLE_MAP, header.sample_map.is_some())
            | flag(HAS_MODEL_NAME, header.model_name.is_some()),
        header.color.code()
            | header.bit_depth.code() << 4
            | flag(HAS_PREVIEW, header.preview.is_some()),
    ];
    varint::write(&mut out, header.width.into());
    varint::write(&mut out, header.height.into());
    out.extend(header.model.iter().flat_map(|id| id.0));
    if let Some(name) = &header.model_name {
        model_name::write(&mut out, name);
    }
    if has_tiling {
        varint::write(&mut out, header.tiling.tile_width.into());
        varint::write(&mut out, header.tiling.tile_height.into());
        varint::write(&mut out, header.tiling.tiles_per_group.into());
    }
    if let Some(palette) = &header.palette {
        write_palette(&mut out, palette);
    }
    if let Some(key) = header.color_key {
        out.extend_from_slice(&key.to_bytes());
    }
    let map = header.sample_map.as_ref();
    let map = map.map(|map| map.encode(header.format()));
    for section in map.iter().chain(&header.color_set) {
        varint::write(&mut out, section.len() as u64);
        out.extend_from_slice(section);
    }
    out.extend_from_slice(&header.pixel_digest);
    out.extend_from_slice(metadata);
    if let Some(preview) = &header.preview {
        preview_field::write(&mut out, preview, header.bit_depth);
    }
    for group in &header.groups {
        varint::write(&mut out, group.length);
        out.extend_from_slice(&group.checksum.to_le_bytes());
    }
    out
}

fn flag(bit: u8, set: bool) -> u8 {
    if set { bit } else { 0 }
}
