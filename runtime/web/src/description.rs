//! A file's header as JSON; `npm/index.d.ts` has its type.

use pxc_runtime::Header;
use serde_json::{Value, json};

/// What a header says.
pub(crate) fn of(header: &Header) -> Value {
    let tags = header.metadata.iter();
    let tags = tags.map(|chunk| String::from_utf8_lossy(&chunk.tag));
    json!({
        "width": header.width,
        "height": header.height,
        "color": header.color.name(),
        "bitDepth": header.bit_depth.bits(),
        "model": header.model.map(|id| id.to_string()),
        "modelName": header.model_name,
        "holdsJpeg": header.holds_jpeg,
        "metadata": tags.collect::<Vec<_>>(),
        "groups": header.groups.len(),
        "tileWidth": header.tiling.tile_width,
        "tileHeight": header.tiling.tile_height,
        "fileBytes": header.file_bytes(),
    })
}
