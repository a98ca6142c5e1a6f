//! What goes to the output of a .pxc file: the file that it holds or describes, or its image in a format.

use pxc_picture::{OutputFormat, ReadOptions, exact, read_picture, write_picture};
use pxc_runtime::{Image, Times};

use crate::coding::decoded::{Decoded, Extent, decode, decode_jpeg};
use crate::coding::engine::Coding;
use crate::coding::jpeg::Restored;
use crate::error::Error;
use crate::files::location::{Location, Paths};
use crate::terminal::figures::Samples;
use crate::terminal::progress::FileMeter;

/// Stands for the parts of an original file that cannot be rebuilt here.
const UNKNOWN_REST: &str = "the rest of the original file, which cannot be rebuilt here";

/// What goes to an output.
pub(crate) struct OutputContent {
    pub(crate) bytes: Vec<u8>,
    /// What its format does not keep.
    pub(crate) dropped: Vec<String>,
    /// The image that `--rm` has to find in the bytes, and their format; `None` if they are equal to a digest.
    pub(crate) expected: Option<(Image, OutputFormat)>,
    pub(crate) samples: Samples,
    pub(crate) times: Times,
    pub(crate) damage: Option<Error>,
}

impl OutputContent {
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

/// Makes what goes to the outputs.
pub(crate) struct OutputMaker<'a> {
    pub(crate) coding: &'a Coding,
    pub(crate) extent: Extent,
    /// Whether `--rm` removes the inputs.
    pub(crate) removes: bool,
}

impl OutputMaker<'_> {
    /// Makes the file that is held or described if `format` is `None`, else the image. `jpeg` is the JPEG file that the
    /// .pxc file `bytes` holds, if all of it is wanted.
    pub(crate) fn make(
        &self,
        paths: Paths<'_>,
        (bytes, jpeg): (Vec<u8>, Option<Restored>),
        format: Option<OutputFormat>,
        meter: &FileMeter<'_>,
    ) -> Result<OutputContent, Error> {
        let (coding, input) = (self.coding, paths.input);
        let decoded = match (jpeg, format) {
            (Some(jpeg), None) => {
                let (bytes, samples) = (jpeg.bytes, Samples::eight_bit(jpeg.samples as u64));
                return Ok(OutputContent::exact(bytes, samples, Times::default()));
            }
            (Some(jpeg), Some(_)) => decode_jpeg(coding, input, jpeg, meter)?,
            (None, _) => decode(coding, input, &bytes, self.extent, meter)?,
        };
        drop(bytes);
        let Some(format) = format else {
            let (image, metadata) = (decoded.image, decoded.metadata);
            let (bytes, image) = coding.rebuild(input, image, metadata, meter)?;
            let samples = Samples::of(&image);
            return Ok(OutputContent::exact(bytes, samples, decoded.times));
        };
        self.picture_file(paths, format, decoded, meter)
    }

    /// Makes the image file.
    fn picture_file(
        &self,
        paths: Paths<'_>,
        format: OutputFormat,
        decoded: Decoded,
        meter: &FileMeter<'_>,
    ) -> Result<OutputContent, Error> {
        let samples = Samples::of(&decoded.image);
        let expected = self.removes.then(|| (decoded.image.clone(), format));
        let mut lost = decoded.lost.clone();
        lost.extend(self.lost_of_file(paths.input, &decoded, meter)?);
        if self.removes && exact::find(&decoded.metadata).is_some() {
            lost.push("the bytes of the original file".into());
        }
        let write = move || write_picture(decoded.image, &decoded.metadata, format);
        let written = self.coding.in_time(paths.input, meter, write)?;
        let written = written.map_err(|source| Error::Picture {
            location: paths.output.clone(),
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
    fn lost_of_file(
        &self,
        location: &Location,
        decoded: &Decoded,
        meter: &FileMeter<'_>,
    ) -> Result<Vec<String>, Error> {
        if self.extent != Extent::Whole || exact::find(&decoded.metadata).is_none() {
            return Ok(Vec::new());
        }
        let (image, metadata) = (decoded.image.clone(), decoded.metadata.clone());
        let file = match self.coding.rebuild(location, image, metadata, meter) {
            Ok((file, _)) => file,
            Err(error @ Error::Time { .. }) => return Err(error),
            Err(_) => return Ok(vec![UNKNOWN_REST.into()]),
        };
        let options = ReadOptions::new(*self.coding.limits());
        let read = move || read_picture(&file, &options);
        let read = self.coding.in_time(location, meter, read)?;
        Ok(read.map_or_else(|_| vec![UNKNOWN_REST.into()], |picture| picture.dropped))
    }
}
