//! Colour profile, XMP, physical size and orientation of a page → chunks. Claims the fields of those that a chunk can
//! hold.

use pxc_codec::MetadataChunk;

use crate::error::Result;
use crate::formats::tiff::fields::Fields;
use crate::formats::tiff::resolution::Resolution;
use crate::formats::tiff::tags::{
    ICC_PROFILE, ORIENTATION, RESOLUTION_UNIT, X_RESOLUTION, XMP, Y_RESOLUTION,
};
use crate::metadata::{icc_chunk, orientation_chunk, xmp_chunk};

/// The chunks, in the order in which a picture has them.
pub(crate) fn metadata(fields: &mut Fields<'_>) -> Result<Vec<MetadataChunk>> {
    let mut chunks = Vec::new();
    if let Some(profile) = fields.bytes(ICC_PROFILE)? {
        chunks.push(icc_chunk(profile)?);
        fields.claim(ICC_PROFILE);
    }
    if let Some(xmp) = fields.bytes(XMP)? {
        chunks.push(xmp_chunk(xmp));
        fields.claim(XMP);
    }
    chunks.extend(resolution(fields)?);
    chunks.extend(orientation(fields));
    Ok(chunks)
}

/// Makes a chunk of pixels per metre, or of a ratio if the file names no unit. Does not claim a resolution that has
/// neither, or that the chunk would change.
fn resolution(fields: &mut Fields<'_>) -> Result<Option<MetadataChunk>> {
    let unit = fields.view(RESOLUTION_UNIT)?.unwrap_or(vec![2]);
    let has_none = !fields.contains(X_RESOLUTION) && !fields.contains(Y_RESOLUTION);
    let sides = fields
        .rational(X_RESOLUTION)
        .zip(fields.rational(Y_RESOLUTION));
    let (is_kept, chunk) = match (unit.as_slice(), sides) {
        // Without a resolution, or as the ratio of a square, the fields say nothing.
        ([1 | 2], None) => (has_none, None),
        ([1], Some(((1, 1), (1, 1)))) => (true, None),
        (&[unit], Some((x, y))) => {
            let unit = u16::try_from(unit).unwrap_or(u16::MAX);
            let chunk = Resolution { unit, x, y }.chunk();
            (chunk.is_some(), chunk)
        }
        _ => (false, None),
    };
    if is_kept {
        for tag in [RESOLUTION_UNIT, X_RESOLUTION, Y_RESOLUTION] {
            fields.claim(tag);
        }
    }
    Ok(chunk)
}

/// Makes EXIF with the orientation, unless the picture is upright.
fn orientation(fields: &mut Fields<'_>) -> Option<MetadataChunk> {
    let values = fields.view(ORIENTATION).ok()??;
    let [value] = values.as_slice() else {
        return None;
    };
    let chunk = orientation_chunk(u16::try_from(*value).ok()?)?;
    fields.claim(ORIENTATION);
    Some(chunk)
}
