//! An image in, the bytes of a `.pxc` file out: groups over threads, the smallest coder for each component, then the header.

pub(crate) mod group;

use crate::container::header;
use crate::container::{GroupEntry, Header, MetadataChunk, VERSION};
use crate::encode::group::{Group, GroupEncoder, is_tried};
use crate::error::Error;
use crate::image::Image;
use crate::image::digest::pixel_digest;
use crate::model::predictor::Predictor;
use crate::options::{EncodeOptions, EncodeStats, Times};
use crate::tiles::tiling::{Layout, Tiling};
use crate::work_meter::Monitor;
use crate::workers::each_group;

/// Encodes an image. Without a predictor, colour is coded adaptively or stored.
///
/// The bytes depend on the image, the metadata, the predictor's logits and the options, but not on the number of threads.
///
/// # Errors
/// Of kind `Argument` for a tiling or a chunk that is not legal, `Backend` when the predictor fails or does not fit the image,
/// `Cancelled` when the callback asks to stop.
pub fn encode(
    image: &Image,
    metadata: &[MetadataChunk],
    predictor: Option<&dyn Predictor>,
    options: &EncodeOptions<'_>,
) -> Result<(Vec<u8>, EncodeStats), Error> {
    check_tags(metadata)?;
    let (file, stats, was_listed) = encode_once(image, metadata, predictor, options)?;
    if options.color_set.is_some() || !was_listed || !is_tried(image) {
        return Ok((file, stats));
    }
    let unlisted = EncodeOptions {
        color_set: Some(false),
        progress: None,
        ..*options
    };
    let (other, other_stats, _) = encode_once(image, metadata, predictor, &unlisted)?;
    match other.len() < file.len() {
        true => Ok((other, other_stats)),
        false => Ok((file, stats)),
    }
}

/// The file, and whether the coders that use the model were told the image's colours.
fn encode_once(
    image: &Image,
    metadata: &[MetadataChunk],
    predictor: Option<&dyn Predictor>,
    options: &EncodeOptions<'_>,
) -> Result<(Vec<u8>, EncodeStats, bool), Error> {
    let monitor = Monitor::new(options.progress, image.pixels());
    let encoder = GroupEncoder::new(image, predictor, options, &monitor)?;
    let tiling = encoder.tiling(options.tiling)?;
    let layout = Layout::new(tiling, image.width(), image.height())?;
    let groups = each_group(
        layout.groups(),
        options.threads,
        || None,
        |session, group| encoder.encode(session, &layout.rects(group)),
    )?;
    let color_set = encoder.into_color_set();
    let was_listed = color_set.is_some();
    let (file, stats) = assemble(image, metadata, predictor, tiling, color_set, &groups);
    Ok((file, stats, was_listed))
}

fn check_tags(metadata: &[MetadataChunk]) -> Result<(), Error> {
    for MetadataChunk { tag, .. } in metadata {
        if !tag[0].is_ascii_lowercase() || !tag.iter().all(u8::is_ascii_alphanumeric) {
            return Err(Error::MetadataTag {
                tag: tag.escape_ascii().to_string(),
            });
        }
    }
    Ok(())
}

fn assemble(
    image: &Image,
    metadata: &[MetadataChunk],
    predictor: Option<&dyn Predictor>,
    tiling: Tiling,
    color_set: Option<Vec<u8>>,
    groups: &[Group],
) -> (Vec<u8>, EncodeStats) {
    let uses_network = groups
        .iter()
        .any(|group| group.stats.color_method.needs_model());
    let mut file = header::write(&Header {
        version: VERSION,
        width: image.width(),
        height: image.height(),
        color: image.color(),
        bit_depth: image.depth(),
        palette: image.palette().cloned(),
        color_key: image.color_key(),
        model: predictor
            .filter(|_| uses_network)
            .map(|predictor| predictor.id()),
        tiling,
        color_set: color_set.filter(|_| uses_network),
        pixel_digest: pixel_digest(image),
        metadata: metadata.to_vec(),
        groups: groups.iter().map(entry).collect(),
        header_bytes: 0,
    });
    let header_bytes = file.len() as u64;
    let mut times = Times::default();
    for group in groups {
        file.extend_from_slice(&group.payload);
        times += group.times;
    }
    let groups = groups.iter().map(|group| group.stats).collect();
    (
        file,
        EncodeStats {
            times,
            header_bytes,
            groups,
        },
    )
}

fn entry(group: &Group) -> GroupEntry {
    GroupEntry {
        offset: 0,
        length: group.payload.len() as u64,
        checksum: crc32fast::hash(&group.payload),
        color_method: None,
        alpha_method: None,
    }
}
