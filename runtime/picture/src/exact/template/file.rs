//! A file → its description; the description and the image → the file.
//!
//! A description is: the first 8 bytes of the file's BLAKE3 digest; its format; a raw deflate stream of the
//! [arrangement](crate::exact::template::arrangement) and the [pieces](crate::exact::template::pieces).

use std::io::Write;

use flate2::Compression;
use flate2::write::DeflateEncoder;
use pxc_codec::{Image, Limits, MetadataChunk};

use crate::error::{Error, Result};
use crate::exact::bytes::{Bytes, DIGEST_BYTES, digest, inflate};
use crate::exact::reason::Reason;
use crate::exact::template::arrangement::Arrangement;
use crate::exact::template::pieces;
use crate::exact::template::survey::Survey;
use crate::formats::input::InputFormat;
use crate::formats::output::OutputFormat;
use crate::picture::Picture;

/// The tag of the chunk with a description.
pub(crate) const TAG: [u8; 4] = *b"fiLx";

/// The formats by their number in a description.
const FORMATS: [OutputFormat; 7] = [
    OutputFormat::Bmp,
    OutputFormat::Pbm,
    OutputFormat::Pgm,
    OutputFormat::Ppm,
    OutputFormat::Pam,
    OutputFormat::Qoi,
    OutputFormat::Tiff,
];

/// Describes the file `bytes`, of which `picture` was read. Checks that the file can be restored.
pub(crate) fn describe(bytes: &[u8], picture: &Picture, limits: &Limits) -> Result<MetadataChunk> {
    let image = &picture.image;
    let survey = match picture.source {
        InputFormat::Bmp => Survey::bmp(bytes, image),
        InputFormat::Pnm => Survey::pnm(bytes, image),
        InputFormat::Tiff => Survey::tiff(bytes, image, limits),
        InputFormat::Qoi => Ok(Survey::qoi()),
        format => Err(Error::not_described(Reason::Format { format })),
    }?;
    let described = description(bytes, image, &survey, limits);
    let data = described.map_err(Error::unproved)?;
    let restored = restore_within(&data, image, limits);
    match restored.map_err(Error::unproved)? {
        restored if restored == bytes => Ok(MetadataChunk { tag: TAG, data }),
        _ => Err(Error::not_described(Reason::other(
            "its bytes did not come back",
        ))),
    }
}

fn description(bytes: &[u8], image: &Image, survey: &Survey, limits: &Limits) -> Result<Vec<u8>> {
    let rendered = survey.arrangement.render(image, limits)?;
    let mut body = Vec::new();
    survey.arrangement.write(&mut body);
    body.extend(pieces::write(bytes, &rendered, &survey.matches));
    let number = FORMATS.iter().position(|&format| format == survey.format);
    let mut out = digest(bytes).to_vec();
    out.push(number.unwrap_or_default() as u8);
    let mut packed = DeflateEncoder::new(out, Compression::best());
    packed.write_all(&body)?;
    Ok(packed.finish()?)
}

/// The format of a described file.
pub(crate) fn format(description: &[u8]) -> Option<OutputFormat> {
    let number = *description.get(DIGEST_BYTES)?;
    FORMATS.get(usize::from(number)).copied()
}

/// Restores the file and compares it with its digest. Takes memory and time in proportion to the image and the
/// description, which the limits count, too.
pub fn restore(description: &[u8], image: &Image, limits: &Limits) -> Result<Vec<u8>> {
    let held = description.len() + image.samples().len();
    let left = limits.reserve(held as u64).map_err(Error::limit)?;
    restore_within(description, image, &left).map_err(|error| error.within(limits))
}

/// Like [`restore`]. The limits are for memory besides the image and the description.
fn restore_within(description: &[u8], image: &Image, limits: &Limits) -> Result<Vec<u8>> {
    let mut reader = Bytes(description);
    let expected = reader.take(DIGEST_BYTES)?;
    reader.byte()?;
    let body = inflate(reader.0, limits)?;
    let mut reader = Bytes(&body);
    let arrangement = Arrangement::read(&mut reader)?;
    let left = limits.reserve(body.len() as u64).map_err(Error::limit)?;
    let rendered = arrangement.render(image, &left)?;
    // The file has no more bytes than the rendered samples and the pieces.
    let made = rendered.len() + body.len();
    left.reserve((rendered.len() + made) as u64)
        .map_err(Error::limit)?;
    let file = pieces::read(reader.0, &rendered)?;
    match digest(&file) == expected {
        true => Ok(file),
        false => Err(Error::description("the digest does not match the file")),
    }
}
