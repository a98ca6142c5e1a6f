//! Decodes .pxc files and writes their images, for `pxc decompress` and `pxc thumbnail`.

use std::path::Path;
use std::time::Instant;

use pxc_picture::exact::Description;
use pxc_picture::{OutputFormat, ReadOptions, exact, read_picture, write_picture};
use pxc_runtime::{ErrorKind, Image, MetadataChunk, Times, read_header};

use crate::arguments::batch::{BatchArguments, MessageArguments};
use crate::arguments::coding::CodingArguments;
use crate::arguments::files::{InputArguments, OutputArguments};
use crate::arguments::region::Region;
use crate::coding::batch::Batch;
use crate::coding::batch_results::Outcome;
use crate::coding::engine::Coding;
use crate::coding::jpeg::{self, Restored};
use crate::coding::losses::Losses;
use crate::commands::damage::{report_damage, without_surplus};
use crate::commands::preparation::{Need, begin_output, check_options, need};
use crate::commands::verification::{require, verify_image_file};
use crate::error::Error;
use crate::exit_code::ExitCode;
use crate::files::finished::FinishedFile;
use crate::files::inputs::{Job, Jobs};
use crate::files::location::Location;
use crate::files::naming::{Direction, Naming, OutputKind};
use crate::files::removal::{self, Removal};
use crate::files::{output, reading};
use crate::terminal::console::say;
use crate::terminal::figures::{Samples, Sizes, Speed};
use crate::terminal::progress::FileMeter;

/// Stands for the parts of an original file that cannot be rebuilt here.
const UNKNOWN_REST: &str = "the rest of the original file, which cannot be rebuilt here";

/// How much of each input is decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extent {
    /// The whole image.
    Whole,
    /// The whole image or, if it is damaged, its undamaged groups; the rest becomes zero samples.
    Undamaged,
    /// A rectangle.
    Region(Region),
    /// The coarse image of a model of two scales.
    Thumbnail,
}

impl Extent {
    /// The part of an output's name that says that it is not the whole image.
    fn part(self) -> Option<String> {
        match self {
            Extent::Whole | Extent::Undamaged => None,
            Extent::Region(region) => Some(region.to_string()),
            Extent::Thumbnail => Some("thumbnail".into()),
        }
    }
}

/// What `decompress` and `thumbnail` do with their inputs.
pub(crate) struct Plan<'a> {
    /// .pxc files.
    pub(crate) inputs: &'a InputArguments,
    /// Where the images go.
    pub(crate) output: &'a OutputArguments,
    /// `--format`.
    pub(crate) format: Option<OutputFormat>,
    /// How much of each input is decoded.
    pub(crate) extent: Extent,
    /// How to process several files.
    pub(crate) batch: BatchArguments,
    /// Which model, backend and threads to use.
    pub(crate) coding: &'a CodingArguments,
    /// What is reported.
    pub(crate) messages: MessageArguments,
}

impl Plan<'_> {
    /// Decodes every input.
    pub(crate) fn run(&self) -> Result<ExitCode, Error> {
        let found = Jobs::coded(self.inputs)?;
        let direction = Direction::Decompress;
        let kind = OutputKind {
            direction,
            format: self.format,
            part: self.extent.part(),
        };
        let naming = Naming::new(&found.jobs, self.output, kind)?;
        check_options(&found.jobs, &naming, self.output, self.batch)?;
        let batch = Batch::new(
            found.jobs.len(),
            self.coding.threads(),
            self.batch,
            direction,
            self.messages,
        );
        let coding = Coding::new(self.coding, batch.threads)?;
        let decompressor = Decompressor {
            plan: self,
            naming,
            coding,
        };
        batch.run(&found, |job, meter| decompressor.decompress(job, meter))
    }
}

struct Decompressor<'a> {
    plan: &'a Plan<'a>,
    naming: Naming<'a>,
    coding: Coding,
}

/// The decoded image, and the damage that `--partial` tolerates.
struct Decoded {
    image: Image,
    metadata: Vec<MetadataChunk>,
    /// What the image and its metadata lack, compared with the file that the .pxc file holds.
    lost: Vec<String>,
    times: Times,
    damage: Option<Error>,
}

/// What goes to the output.
struct OutputContent {
    bytes: Vec<u8>,
    /// What its format does not keep.
    dropped: Vec<String>,
    /// The image that `--rm` has to find in the bytes, unless they are equal to a digest.
    expected: Option<Image>,
    samples: Samples,
    times: Times,
    damage: Option<Error>,
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

impl Decompressor<'_> {
    fn decompress(&self, job: &Job, meter: &FileMeter<'_>) -> Result<Outcome, Error> {
        let (begin, location, options) = (Instant::now(), &job.input, self.plan.output);
        let target = self.naming.target(job)?;
        let left = removal::left_output(&target, options);
        let may_replace = match left {
            Some(_) => false,
            None => match need((job, &target), &self.naming, options, (&self.coding, false))? {
                Need::Nothing(outcome) => return Ok(outcome),
                Need::Work { may_replace } => may_replace,
            },
        };
        let input = reading::read_coded(location, self.coding.limits())?;
        let bytes_in = input.bytes.len();
        let removal = Removal::of(location, &input, options)?;
        let state = input.state;
        let (bytes, surplus) = match self.plan.extent {
            Extent::Undamaged => without_surplus(input.bytes, self.coding.limits()),
            _ => (input.bytes, 0),
        };
        let jpeg = self.jpeg(location, &bytes, meter)?;
        let format = match &jpeg {
            Some(jpeg) => self.format_of_jpeg(&target, jpeg)?,
            None => self.format_of(&target, &bytes)?,
        };
        let output = match left {
            Some(_) => None,
            None => {
                let of = (location, &target);
                let quiet = self.plan.messages.quiet;
                let state = state.as_ref();
                Some(begin_output(of, state, may_replace, options, quiet)?)
            }
        };
        let mut made = self.make((location, &target), (bytes, jpeg), format, meter)?;
        if surplus > 0 {
            made.damage = made.damage.or(Some(Error::Surplus {
                location: location.clone(),
                bytes: surplus,
            }));
        }
        self.check_loss(location, &target, &made)?;
        let format = format.unwrap_or(OutputFormat::Png);
        let finished = match (left, output) {
            (Some(left), _) => {
                let file = self.confirm((location, left), &made, format, meter)?;
                if options.dry_run {
                    return Ok(Outcome::Planned { output: target });
                }
                output::settle(&file, (location, state.as_ref()), options)?;
                Some(file)
            }
            (None, Some(output)) => {
                self.write(location, (output, &made), (format, removal.as_ref()), meter)?
            }
            (None, None) => None,
        };
        self.report((location, &target), (bytes_in, &made), begin);
        if let Some(damage) = made.damage {
            return Err(damage);
        }
        removal.map_or(Ok(()), |removal| removal.remove(finished.as_ref()))?;
        Ok(Outcome::Done {
            output: Some(target),
            bytes_in: bytes_in as u64,
            bytes_out: made.bytes.len() as u64,
            exactness: None,
            lost: made.dropped,
            removed: options.remove,
        })
    }

    /// Makes what goes to the output: the file that the .pxc file holds if `format` is `None`, else the image.
    fn make(
        &self,
        (location, target): (&Location, &Location),
        (bytes, jpeg): (Vec<u8>, Option<Restored>),
        format: Option<OutputFormat>,
        meter: &FileMeter<'_>,
    ) -> Result<OutputContent, Error> {
        let decoded = match (jpeg, format) {
            (Some(jpeg), None) => {
                let (bytes, samples) = (jpeg.bytes, Samples::eight_bit(jpeg.samples as u64));
                return Ok(OutputContent::exact(bytes, samples, Times::default()));
            }
            (Some(jpeg), Some(_)) => self.decode_jpeg(location, jpeg, meter)?,
            (None, _) => self.decode((location, target), &bytes, meter)?,
        };
        drop(bytes);
        match (format, self.plan.extent) {
            (None, Extent::Undamaged) => {
                self.rebuild_or_picture((location, target), decoded, meter)
            }
            (None, _) => self.rebuild(location, decoded, meter),
            (Some(format), _) => self.picture_file((location, target), format, decoded, meter),
        }
    }

    /// The file that the .pxc file describes or, if that cannot be rebuilt, the image.
    fn rebuild_or_picture(
        &self,
        (location, target): (&Location, &Location),
        mut decoded: Decoded,
        meter: &FileMeter<'_>,
    ) -> Result<OutputContent, Error> {
        if decoded.damage.is_none() {
            let whole = Decoded {
                image: decoded.image.clone(),
                metadata: decoded.metadata.clone(),
                lost: Vec::new(),
                times: decoded.times,
                damage: None,
            };
            match self.rebuild(location, whole, meter) {
                Err(Error::Rebuild { location, source }) => {
                    decoded.damage = Some(Error::PixelsOnly { location, source });
                }
                rebuilt => return rebuilt,
            }
        }
        let format = self.format_of_image(target, &decoded.metadata)?;
        self.picture_file((location, target), format, decoded, meter)
    }

    /// Writes an output, and with `--rm` reads it back before it gets its name.
    fn write(
        &self,
        location: &Location,
        (mut output, made): (output::Output<'_>, &OutputContent),
        (format, removal): (OutputFormat, Option<&Removal>),
        meter: &FileMeter<'_>,
    ) -> Result<Option<FinishedFile>, Error> {
        output.fill(&made.bytes)?;
        if let Some(removal) = removal {
            let read_back = output.read_back()?.unwrap_or_default();
            self.verify(location, (read_back, made), format, meter)?;
            removal.check_unchanged()?;
        }
        output.finish(&made.bytes)
    }

    /// The output that an interrupted run left on disk. Fails unless it is what would be written now.
    fn confirm(
        &self,
        (location, left): (&Location, &Path),
        made: &OutputContent,
        format: OutputFormat,
        meter: &FileMeter<'_>,
    ) -> Result<FinishedFile, Error> {
        let file = output::left(left)?;
        let found = reading::read_input(&Location::File(left.to_owned()), self.coding.limits())?;
        if found.bytes != made.bytes {
            return Err(Error::NotHeld {
                path: left.to_owned(),
                input: location.clone(),
            });
        }
        self.verify(location, (found.bytes, made), format, meter)?;
        Ok(file)
    }

    /// Fails unless the file on disk is what was decoded.
    fn verify(
        &self,
        location: &Location,
        (read_back, made): (Vec<u8>, &OutputContent),
        format: OutputFormat,
        meter: &FileMeter<'_>,
    ) -> Result<(), Error> {
        require(read_back == made.bytes, location)?;
        match &made.expected {
            Some(image) => {
                let expected = (image.clone(), format);
                verify_image_file(&self.coding, location, expected, read_back, meter)
            }
            None => Ok(()),
        }
    }

    /// Reports sizes and times, with -v.
    fn report(
        &self,
        (location, target): (&Location, &Location),
        (bytes_in, made): (usize, &OutputContent),
        begin: Instant,
    ) {
        if !self.plan.messages.verbose {
            return;
        }
        let (samples, file) = (made.samples, bytes_in);
        let sizes = Sizes { samples, file };
        say(format_args!("{location} → {target}: {sizes}"));
        say(Speed {
            samples,
            elapsed: begin.elapsed(),
            times: made.times,
        });
    }

    /// Restores the JPEG file that an input holds, if the whole image is wanted.
    fn jpeg(
        &self,
        location: &Location,
        bytes: &[u8],
        meter: &FileMeter<'_>,
    ) -> Result<Option<Restored>, Error> {
        match self.plan.extent {
            Extent::Whole | Extent::Undamaged => {
                jpeg::restore(location, bytes, &self.coding, meter)
            }
            Extent::Region(_) | Extent::Thumbnail => Ok(None),
        }
    }

    fn decode_jpeg(
        &self,
        location: &Location,
        jpeg: Restored,
        meter: &FileMeter<'_>,
    ) -> Result<Decoded, Error> {
        let (limits, name) = (*self.coding.limits(), location.clone());
        let read = move || jpeg::picture(&name, &jpeg.bytes, &limits);
        let picture = self.coding.in_time(location, meter, read)??;
        Ok(Decoded {
            image: picture.image,
            metadata: picture.metadata,
            lost: picture.dropped,
            times: Times::default(),
            damage: None,
        })
    }

    fn decode(
        &self,
        (location, target): (&Location, &Location),
        bytes: &[u8],
        meter: &FileMeter<'_>,
    ) -> Result<Decoded, Error> {
        let decoded = match self.plan.extent {
            Extent::Whole => self.coding.decompress(location, bytes, meter)?,
            Extent::Region(region) => self
                .coding
                .decompress_region(location, bytes, region, meter)?,
            Extent::Thumbnail => self.coding.thumbnail(location, bytes, meter)?,
            Extent::Undamaged => match self.coding.decompress(location, bytes, meter) {
                Err(Error::Codec { source, .. }) if source.kind() == ErrorKind::BadData => {
                    return self.decode_undamaged((location, target), bytes, meter);
                }
                decoded => decoded?,
            },
        };
        Ok(Decoded {
            image: decoded.image,
            metadata: decoded.header.metadata,
            lost: Vec::new(),
            times: decoded.stats.times,
            damage: None,
        })
    }

    fn decode_undamaged(
        &self,
        (location, target): (&Location, &Location),
        bytes: &[u8],
        meter: &FileMeter<'_>,
    ) -> Result<Decoded, Error> {
        let partial = self.coding.decompress_partial(location, bytes, meter)?;
        Ok(Decoded {
            damage: report_damage((location, target), &partial)?,
            image: partial.image,
            metadata: partial.header.metadata,
            lost: Vec::new(),
            times: partial.stats.times,
        })
    }

    /// The format of the output, or `None` for the JPEG file itself.
    fn format_of_jpeg(
        &self,
        target: &Location,
        jpeg: &Restored,
    ) -> Result<Option<OutputFormat>, Error> {
        let is_kept = self
            .naming
            .formats
            .takes_jpeg(target, jpeg.extension.as_deref());
        let format = (!is_kept).then(|| self.naming.formats.format(target, None));
        format.transpose()
    }

    /// The format of the output, or `None` for the file that the .pxc file describes.
    fn format_of(&self, target: &Location, bytes: &[u8]) -> Result<Option<OutputFormat>, Error> {
        let header = read_header(bytes, self.coding.limits()).ok();
        let metadata = header.map_or_else(Vec::new, |header| header.metadata);
        let kept = exact::extension(&metadata);
        let described = exact::find(&metadata).map(|found| found.format);
        if let (Extent::Whole | Extent::Undamaged, Some(format)) = (self.plan.extent, described)
            && self.naming.formats.takes_file(target, format, kept)
        {
            return Ok(None);
        }
        self.format_of_image(target, &metadata).map(Some)
    }

    /// The format of an image that is not the file that the .pxc file describes.
    fn format_of_image(
        &self,
        target: &Location,
        metadata: &[MetadataChunk],
    ) -> Result<OutputFormat, Error> {
        // Only PNG files come back as images under the name of another format.
        let is_png = |found: Description<'_>| found.format == OutputFormat::Png;
        let kept = exact::extension(metadata).filter(|_| exact::find(metadata).is_none_or(is_png));
        self.naming.formats.format(target, kept)
    }

    /// Rebuilds the file that the .pxc file describes.
    fn rebuild(
        &self,
        location: &Location,
        decoded: Decoded,
        meter: &FileMeter<'_>,
    ) -> Result<OutputContent, Error> {
        let (image, metadata) = (decoded.image, decoded.metadata);
        let (bytes, image) = self.coding.rebuild(location, image, metadata, meter)?;
        Ok(OutputContent::exact(
            bytes,
            Samples::of(&image),
            decoded.times,
        ))
    }

    /// Makes the image file.
    fn picture_file(
        &self,
        (location, target): (&Location, &Location),
        format: OutputFormat,
        decoded: Decoded,
        meter: &FileMeter<'_>,
    ) -> Result<OutputContent, Error> {
        let samples = Samples::of(&decoded.image);
        let removes = self.plan.output.remove;
        let expected = removes.then(|| decoded.image.clone());
        let mut lost = decoded.lost.clone();
        lost.extend(self.lost_of_file(location, &decoded, meter)?);
        if removes && exact::find(&decoded.metadata).is_some() {
            lost.push("the bytes of the original file".into());
        }
        let write = move || write_picture(decoded.image, &decoded.metadata, format);
        let written = self.coding.in_time(location, meter, write)?;
        let written = written.map_err(|source| Error::Picture {
            location: target.clone(),
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
        let is_whole = matches!(self.plan.extent, Extent::Whole | Extent::Undamaged)
            && decoded.damage.is_none();
        if !is_whole || exact::find(&decoded.metadata).is_none() {
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

    /// Reports what the output drops.
    fn check_loss(
        &self,
        location: &Location,
        target: &Location,
        written: &OutputContent,
    ) -> Result<(), Error> {
        let losses = Losses {
            input: location,
            noted: target,
            keeper: "the format",
            names: &written.dropped,
            are_images: false,
            keeping: None,
        };
        losses.check(self.plan.output, self.plan.messages.quiet)
    }
}
