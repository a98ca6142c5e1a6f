//! Chooses whether an output is the file that a .pxc file keeps, or an image, and of which format.

use pxc_picture::exact::Description;
use pxc_picture::{OutputFormat, exact};
use pxc_runtime::{MetadataChunk, read_header};

use crate::coding::decoding::task::{DecodingTask, Extent};
use crate::coding::jpeg::Restored;
use crate::error::Error;

/// The format of the output, or `None` for the JPEG file itself.
pub(crate) fn format_of_jpeg(
    task: &DecodingTask<'_>,
    jpeg: &Restored,
) -> Result<Option<OutputFormat>, Error> {
    let (formats, target) = (&task.formats, task.paths.output);
    let is_kept = formats.takes_jpeg(target, jpeg.extension.as_deref());
    let format = (!is_kept).then(|| formats.format(target, None));
    format.transpose()
}

/// The format of the output, or `None` for the file that the .pxc file describes.
pub(crate) fn format_of(
    task: &DecodingTask<'_>,
    bytes: &[u8],
) -> Result<Option<OutputFormat>, Error> {
    let header = read_header(bytes, task.coding.limits()).ok();
    let metadata = header.map_or_else(Vec::new, |header| header.metadata);
    let kept = exact::extension(&metadata);
    let described = exact::find(&metadata).map(|found| found.format);
    if let (Extent::Whole | Extent::Intact, Some(format)) = (task.extent, described)
        && task.formats.takes_file(task.paths.output, format, kept)
    {
        return Ok(None);
    }
    format_of_image(task, &metadata).map(Some)
}

/// The format of an image that is not the file that the .pxc file describes.
pub(crate) fn format_of_image(
    task: &DecodingTask<'_>,
    metadata: &[MetadataChunk],
) -> Result<OutputFormat, Error> {
    // Only PNG files come back as images under the name of another format.
    let is_png = |found: Description<'_>| found.format == OutputFormat::Png;
    let kept = exact::extension(metadata).filter(|_| exact::find(metadata).is_none_or(is_png));
    task.formats.format(task.paths.output, kept)
}
