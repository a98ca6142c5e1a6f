//! Encoded groups in, the bytes of the file out: the header, the preview, then the payloads (`docs/format.md`, *File*).

use crate::container::header::{GroupEntry, Header, Preview, VERSION};
use crate::container::header_writer;
use crate::container::model_name::stored_name;
use crate::encode::group::EncodedGroup;
use crate::encode::plan::EncodePlan;
use crate::image::digest::pixel_digest;
use crate::stats::{EncodeStats, Times};
use crate::tiles::tiling::Tiling;

/// Puts the file together. `metadata` is the coded section. Model and colour set are named only if a group needs them.
pub(super) fn assemble(
    plan: &EncodePlan<'_>,
    metadata: &[u8],
    tiling: Tiling,
    groups: &[EncodedGroup],
    preview: Option<(Preview, Vec<u8>)>,
) -> (Vec<u8>, EncodeStats) {
    let (preview, stream) = preview.unzip();
    let header = Header {
        preview,
        ..header(plan, tiling, groups)
    };
    let mut file = header_writer::write(&header, metadata);
    let header_bytes = file.len() as u64;
    file.extend(stream.unwrap_or_default());
    let preview_bytes = file.len() as u64 - header_bytes;
    let mut times = Times::default();
    for group in groups {
        file.extend_from_slice(&group.payload);
        times += group.times;
    }
    let groups = groups.iter().map(|group| group.stats).collect();
    let stats = EncodeStats {
        times,
        header_bytes,
        preview_bytes,
        groups,
    };
    (file, stats)
}

/// The header without metadata and preview.
fn header(plan: &EncodePlan<'_>, tiling: Tiling, groups: &[EncodedGroup]) -> Header {
    let image = plan.original;
    let needs_model = |group: &EncodedGroup| group.stats.color_method.needs_model();
    let model = plan
        .model
        .as_ref()
        .filter(|_| groups.iter().any(needs_model));
    let colors = plan.colors.as_ref().filter(|_| model.is_some());
    let payload_bytes = payload_bytes(groups) as usize;
    let name = model.and_then(|model| model.name());
    let name = name.and_then(|name| stored_name(name, payload_bytes));
    Header {
        version: VERSION,
        width: image.width(),
        height: image.height(),
        color: image.color(),
        bit_depth: image.depth(),
        palette: image.palette().cloned(),
        color_key: image.color_key(),
        model: model.map(|model| model.id()),
        model_name: name.map(str::to_owned),
        tiling,
        sample_map: plan.sample_map.cloned(),
        color_set: colors.map(|colors| colors.bytes.clone()),
        holds_jpeg: false,
        pixel_digest: pixel_digest(image),
        metadata: Vec::new(),
        preview: None,
        groups: groups.iter().map(entry).collect(),
        header_bytes: 0,
    }
}

/// Bytes of all payloads.
pub(super) fn payload_bytes(groups: &[EncodedGroup]) -> u64 {
    groups.iter().map(|group| group.payload.len() as u64).sum()
}

fn entry(group: &EncodedGroup) -> GroupEntry {
    GroupEntry {
        offset: 0,
        length: group.payload.len() as u64,
        checksum: crc32fast::hash(&group.payload),
        color_method: None,
        alpha_method: None,
    }
}
