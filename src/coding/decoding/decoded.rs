//! Decodes the image of a .pxc file, as much of it as is wanted.

use pxc_picture::metadata;
use pxc_runtime::{ErrorKind, Image, MetadataChunk, Times};

use crate::coding::decoding::damage::report_damage;
use crate::coding::decoding::task::{DecodingTask, Extent};
use crate::coding::jpeg::{self, Restored};
use crate::error::Error;

/// The decoded image, and the damage that `--partial` tolerates.
pub(crate) struct DecodedImage {
    pub(crate) image: Image,
    pub(crate) metadata: Vec<MetadataChunk>,
    /// What the image and its metadata lack, compared with the file that the .pxc file holds.
    pub(crate) lost: Vec<String>,
    pub(crate) times: Times,
    pub(crate) damage: Option<Error>,
}

/// Restores the JPEG file that an input holds, if the whole image is wanted.
pub(crate) fn restore_jpeg(
    task: &DecodingTask<'_>,
    bytes: &[u8],
) -> Result<Option<Restored>, Error> {
    match task.extent {
        Extent::Whole | Extent::Intact => {
            jpeg::restore(task.paths.input, bytes, task.coding, task.meter)
        }
        Extent::Region(_) | Extent::Thumbnail { .. } => Ok(None),
    }
}

/// Decodes the image of a JPEG file.
pub(crate) fn decode_jpeg(task: &DecodingTask<'_>, jpeg: Restored) -> Result<DecodedImage, Error> {
    let (limits, name) = (*task.coding.limits(), task.paths.input.clone());
    let read = move || jpeg::picture(&name, &jpeg.bytes, &limits);
    let picture = task.coding.in_time(task.paths.input, task.meter, read)??;
    Ok(DecodedImage {
        image: picture.image,
        metadata: picture.metadata,
        lost: picture.dropped,
        times: Times::default(),
        damage: None,
    })
}

/// Decodes the image of a .pxc file that holds no JPEG file.
pub(crate) fn decode(task: &DecodingTask<'_>, bytes: &[u8]) -> Result<DecodedImage, Error> {
    let (coding, location, meter) = (task.coding, task.paths.input, task.meter);
    let decoded = match task.extent {
        Extent::Whole => coding.decompress(location, bytes, meter)?,
        Extent::Region(region) => coding.decompress_region(location, bytes, region, meter)?,
        Extent::Thumbnail { longest } => {
            let mut thumbnail = coding.thumbnail(location, bytes, longest, meter)?;
            keep_look(&mut thumbnail.header.metadata);
            thumbnail
        }
        Extent::Intact => match coding.decompress(location, bytes, meter) {
            Err(Error::Codec { source, .. }) if source.kind() == ErrorKind::BadData => {
                return decode_undamaged(task, bytes);
            }
            decoded => decoded?,
        },
    };
    Ok(DecodedImage {
        image: decoded.image,
        metadata: decoded.header.metadata,
        lost: Vec::new(),
        times: decoded.stats.times,
        damage: None,
    })
}

/// Keeps only the metadata that a thumbnail needs: what colours mean, and which side is up.
fn keep_look(chunks: &mut Vec<MetadataChunk>) {
    let mut keep = metadata::keep_look();
    chunks.retain_mut(|chunk| chunk.tag != *b"pHYs" && keep(chunk));
}

fn decode_undamaged(task: &DecodingTask<'_>, bytes: &[u8]) -> Result<DecodedImage, Error> {
    let partial = task
        .coding
        .decompress_partial(task.paths.input, bytes, task.meter)?;
    Ok(DecodedImage {
        damage: report_damage(task.paths, &partial)?,
        image: partial.image,
        metadata: partial.header.metadata,
        lost: Vec::new(),
        times: partial.stats.times,
    })
}
