//! Makes what goes to the output: the file that a .pxc file keeps, or an image file.

use pxc_picture::{OutputFormat, ReadOptions, exact, read_picture, write_picture};
use pxc_runtime::{ErrorKind, Image, Times};

use crate::coding::decoding::decoded::{DecodedImage, decode, decode_jpeg, restore_jpeg};
use crate::coding::decoding::format::{format_of, format_of_image, format_of_jpeg};
use crate::coding::decoding::task::{DecodingTask, Extent};
use crate::coding::jpeg::Restored;
use crate::error::Error;
use crate::files::location::Location;
use crate::terminal::figures::Samples;

/// Stands for the parts of an original file that cannot be rebuilt here.
const UNKNOWN_REST: &str = "the rest of the original file, which cannot be rebuilt here";

/// What goes to the output.
pub(crate) struct OutputContent {
    /// The bytes.
    pub(crate) bytes: Vec<u8>,
    /// What its format does not keep.
    pub(crate) dropped: Vec<String>,
    /// The image that `--rm` has to find in the bytes, unless they are equal to a digest.
    pub(crate) expected: Option<Image>,
    /// The size of the image.
    pub(crate) samples: Samples,
    /// Where the time went.
    pub(crate) times: Times,
    /// What `--partial` tolerated.
    pub(crate) damage: Option<Error>,
}

impl OutputContent {
    /// Counts bytes after the end of the .pxc file as damage, if there is no other.
    pub(crate) fn note_surplus(&mut self, location: &Location, bytes: u64) {
        if bytes > 0 && self.damage.is_none() {
            self.damage = Some(Error::Surplus {
                location: location.clone(),
                bytes,
            });
        }
    }

    /// Content that was compared with its digest.
    fn exact(bytes: Vec<u8>, samples: Samples, times: Times) -> OutputContent {
        OutputContent {
            bytes,
            dropped: Vec::new(),
            expected: None,
            samples,
            times,
            damage: None,
        }
    }
}

/// A .pxc file, and which output is made of it.
pub(crate) struct CodedInput {
    bytes: Vec<u8>,
    /// The JPEG file that it holds, if the whole image is wanted.
    jpeg: Option<Restored>,
    /// The format of the image; `None` if the output is the file that the .pxc file keeps.
    format: Option<OutputFormat>,
}

impl CodedInput {
    /// Chooses the output of a .pxc file. Fails if its name promises another kind of file.
    pub(crate) fn new(task: &DecodingTask<'_>, bytes: Vec<u8>) -> Result<CodedInput, Error> {
        let jpeg = restore_jpeg(task, &bytes)?;
        let format = match &jpeg {
            Some(jpeg) => format_of_jpeg(task, jpeg)?,
            None => format_of(task, &bytes)?,
        };
        Ok(CodedInput {
            bytes,
            jpeg,
            format,
        })
    }

    /// The format of the image that `--rm` reads back.
    pub(crate) fn image_format(&self) -> OutputFormat {
        self.format.unwrap_or(OutputFormat::Png)
    }

    /// Makes what goes to the output.
    pub(crate) fn make(self, task: &DecodingTask<'_>) -> Result<OutputContent, Error> {
        let decoded = match (self.jpeg, self.format) {
            (Some(jpeg), None) => {
                let (bytes, samples) = (jpeg.bytes, Samples::eight_bit(jpeg.samples as u64));
                return Ok(OutputContent::exact(bytes, samples, Times::default()));
            }
            (Some(jpeg), Some(_)) => decode_jpeg(task, jpeg)?,
            (None, _) => decode(task, &self.bytes)?,
        };
        drop(self.bytes);
        match (self.format, task.extent) {
            (None, Extent::Intact) => rebuild_or_picture(task, decoded),
            (None, _) => rebuild(task, decoded),
            (Some(format), _) => picture_file(task, format, decoded),
        }
    }
}

/// The file that the .pxc file describes or, if that cannot be rebuilt, the image.
fn rebuild_or_picture(
    task: &DecodingTask<'_>,
    mut decoded: DecodedImage,
) -> Result<OutputContent, Error> {
    if decoded.damage.is_none() {
        let whole = DecodedImage {
            image: decoded.image.clone(),
            metadata: decoded.metadata.clone(),
            lost: Vec::new(),
            times: decoded.times,
            damage: None,
        };
        match rebuild(task, whole) {
            Err(Error::Rebuild { location, source }) if source.kind() != ErrorKind::Io => {
                decoded.damage = Some(Error::PixelsOnly { location, source });
            }
            rebuilt => return rebuilt,
        }
    }
    let format = format_of_image(task, &decoded.metadata)?;
    picture_file(task, format, decoded)
}

/// Rebuilds the file that the .pxc file describes.
fn rebuild(task: &DecodingTask<'_>, decoded: DecodedImage) -> Result<OutputContent, Error> {
    let (location, meter) = (task.paths.input, task.meter);
    let (image, metadata) = (decoded.image, decoded.metadata);
    let (bytes, image) = task.coding.rebuild(location, image, metadata, meter)?;
    Ok(OutputContent::exact(
        bytes,
        Samples::of(&image),
        decoded.times,
    ))
}

/// Makes the image file.
fn picture_file(
    task: &DecodingTask<'_>,
    format: OutputFormat,
    decoded: DecodedImage,
) -> Result<OutputContent, Error> {
    let samples = Samples::of(&decoded.image);
    let expected = task.removes.then(|| decoded.image.clone());
    let mut lost = decoded.lost.clone();
    lost.extend(lost_of_file(task, &decoded)?);
    if task.removes && exact::find(&decoded.metadata).is_some() {
        lost.push("the bytes of the original file".into());
    }
    let write = move || write_picture(decoded.image, &decoded.metadata, format);
    let written = task.coding.in_time(task.paths.input, task.meter, write)?;
    let written = written.map_err(|source| Error::Picture {
        location: task.paths.output.clone(),
        source,
    })?;
    Ok(OutputContent {
        bytes: written.bytes,
        dropped: [written.dropped, lost].concat(),
        expected,
        samples,
        times: decoded.times,
        damage: decoded.damage,
    })
}

/// The names of what the described file has besides its image and metadata.
fn lost_of_file(task: &DecodingTask<'_>, decoded: &DecodedImage) -> Result<Vec<String>, Error> {
    let is_whole =
        matches!(task.extent, Extent::Whole | Extent::Intact) && decoded.damage.is_none();
    if !is_whole || exact::find(&decoded.metadata).is_none() {
        return Ok(Vec::new());
    }
    let (coding, location, meter) = (task.coding, task.paths.input, task.meter);
    let (image, metadata) = (decoded.image.clone(), decoded.metadata.clone());
    let file = match coding.rebuild(location, image, metadata, meter) {
        Ok((file, _)) => file,
        Err(error @ Error::Time { .. }) => return Err(error),
        Err(_) => return Ok(vec![UNKNOWN_REST.into()]),
    };
    let options = ReadOptions::new(*coding.limits());
    let read = move || read_picture(&file, &options);
    let read = coding.in_time(location, meter, read)?;
    Ok(read.map_or_else(|_| vec![UNKNOWN_REST.into()], |picture| picture.dropped))
}
