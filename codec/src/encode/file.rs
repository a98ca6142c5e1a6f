//! Encoded groups in, the bytes of the file out: the header, then the payloads (`docs/format.md`, *File*).

use crate::container::header::{GroupEntry, Header, VERSION};
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
) -> (Vec<u8>, EncodeStats) {
    let mut file = header_writer::write(&header(plan, tiling, groups), metadata);
    let header_bytes = file.len() as u64;
    let mut times = Times::default();
    for group in groups {
        file.extend_from_slice(&group.payload);
        times += group.times;
    }
    let groups = groups.iter().map(|group| group.stats).collect();
    let stats = EncodeStats {
        times,
        header_bytes,
        groups,
    };
    (file, stats)
}

/// The header without its metadata.
fn header(plan: &EncodePlan<'_>, tiling: Tiling, groups: &[EncodedGroup]) -> Header {
    let image = plan.original;
    let needs_model = |group: &EncodedGroup| group.stats.color_method.needs_model();
    let model = plan
        .model
        .as_ref()
        .filter(|_| groups.iter().any(needs_model));
    let colors = plan.colors.as_ref().filter(|_| model.is_some());
    let payload_bytes = groups.iter().map(|group| group.payload.len()).sum();
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
        groups: groups.iter().map(entry).collect(),
        header_bytes: 0,
    }
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
