//! Decodes .pxc files and writes their images, for `pxc decompress` and `pxc thumbnail`.

use std::path::Path;
use std::time::Instant;

use pxc_picture::{OutputFormat, ReadOptions, exact, read_picture, write_picture};
use pxc_runtime::{Image, MetadataChunk, Times, read_header};

use crate::arguments::batch::{BatchArguments, MessageArguments};
use crate::arguments::coding::CodingArguments;
use crate::arguments::files::{InputArguments, OutputArguments};
use crate::arguments::region::Region;
use crate::coding::batch::Batch;
use crate::coding::batch_results::Outcome;
use crate::coding::engine::Coding;
use crate::coding::jpeg::{self, Restored};
use crate::coding::losses::Losses;
use crate::commands::damage::report_damage;
use crate::commands::preparation::{begin_output, check_options, without_work};
use crate::commands::verification::{require, verify_image_file};
use crate::error::Error;
use crate::exit_code::ExitCode;
use crate::files::attributes::FileState;
use crate::files::inputs::{Job, Jobs};
use crate::files::location::Location;
use crate::files::naming::{Direction, Naming, OutputKind};
use crate::files::removal::{self, Removal};
use crate::files::{output, reading};
use crate::terminal::console::say;
use crate::terminal::figures::{Sizes, Speed};
use crate::terminal::progress::FileMeter;

/// Stands for the parts of an original file that cannot be rebuilt here.
const UNKNOWN_REST: &str = "what else the original file has, which cannot be rebuilt here";

/// How much of each input is decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extent {
    /// The whole image.
    Whole,
    /// The undamaged groups; the rest becomes zero samples.
    Undamaged,
    /// A rectangle.
    Region(Region),
    /// The coarse image of a model of two scales.
    Thumbnail,
}

impl Extent {
    /// What the name of an output says if it is not the whole image.
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
    /// How many files at a time.
    pub(crate) batch: BatchArguments,
    /// Model, backend and threads.
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

/// What an input decodes to, and the damage that `--partial` tolerates.
struct Decoded {
    image: Image,
    metadata: Vec<MetadataChunk>,
    /// What the image and its metadata lack of the file that is held.
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
    /// Bytes of samples.
    samples: usize,
    times: Times,
    damage: Option<Error>,
}

impl OutputContent {
    /// A file that is equal to its digest.
    fn exact(bytes: Vec<u8>, samples: usize, times: Times) -> OutputContent {
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
        if left.is_none()
            && let Some(outcome) = without_work(job, &target, options, &self.coding)?
        {
            return Ok(outcome);
        }
        let input = reading::read_coded(location, self.coding.limits())?;
        let bytes_in = input.bytes.len();
        let jpeg = self.jpeg(location, &input.bytes, meter)?;
        let format = match &jpeg {
            Some(jpeg) => self.format_of_jpeg(&target, jpeg)?,
            None => self.format_of(&target, &input.bytes)?,
        };
        let state = input.state.clone();
        let output = match left {
            Some(_) => None,
            None => {
                let of = (location, &target);
                let quiet = self.plan.messages.quiet;
                Some(begin_output(of, state.as_ref(), options, quiet)?)
            }
        };
        let removal = Removal::of(location, &input, options)?;
        let made = self.make((location, &target), (input.bytes, jpeg), format, meter)?;
        self.check_loss(location, &target, &made)?;
        let format = format.unwrap_or(OutputFormat::Png);
        match (left, output) {
            (Some(left), _) => {
                self.confirm((location, left), (&made, state.as_ref()), format, meter)?;
                if options.dry_run {
                    return Ok(Outcome::Planned { output: target });
                }
            }
            (None, Some(output)) => {
                self.write(location, (output, &made), (format, removal.as_ref()), meter)?;
            }
            (None, None) => {}
        }
        self.report((location, &target), (bytes_in, &made), begin);
        if let Some(damage) = made.damage {
            return Err(damage);
        }
        removal.map_or(Ok(()), Removal::remove)?;
        Ok(Outcome::Done {
            output: Some(target),
            bytes_in: bytes_in as u64,
            bytes_out: made.bytes.len() as u64,
            exactness: None,
            lost: made.dropped,
            removed: options.remove,
        })
    }

    /// What goes to the output: the file that is held if `format` is nothing, else the image.
    fn make(
        &self,
        (location, target): (&Location, &Location),
        (bytes, jpeg): (Vec<u8>, Option<Restored>),
        format: Option<OutputFormat>,
        meter: &FileMeter<'_>,
    ) -> Result<OutputContent, Error> {
        let decoded = match (jpeg, format) {
            (Some(jpeg), None) => {
                let (bytes, samples) = (jpeg.bytes, jpeg.samples);
                return Ok(OutputContent::exact(bytes, samples, Times::default()));
            }
            (Some(jpeg), Some(_)) => self.decode_jpeg(location, jpeg, meter)?,
            (None, _) => self.decode(location, &bytes, meter)?,
        };
        drop(bytes);
        match format {
            None => self.rebuild(location, decoded, meter),
            Some(format) => self.picture_file((location, target), format, decoded, meter),
        }
    }

    /// Writes an output, and with `--rm` reads it back before it gets its name.
    fn write(
        &self,
        location: &Location,
        (mut output, made): (output::Output<'_>, &OutputContent),
        (format, removal): (OutputFormat, Option<&Removal>),
        meter: &FileMeter<'_>,
    ) -> Result<(), Error> {
        output.fill(&made.bytes)?;
        if let Some(removal) = removal {
            let read_back = output.read_back()?.unwrap_or_default();
            self.verify(location, (read_back, made), format, meter)?;
            removal.check_unchanged()?;
        }
        output.finish(&made.bytes)
    }

    /// Fails unless an output on the disk is what would be written now: an interrupted run left it.
    fn confirm(
        &self,
        (location, left): (&Location, &Path),
        (made, input): (&OutputContent, Option<&FileState>),
        format: OutputFormat,
        meter: &FileMeter<'_>,
    ) -> Result<(), Error> {
        let found = reading::read_input(&Location::File(left.to_owned()), self.coding.limits())?;
        if found.bytes != made.bytes {
            return Err(Error::NotHeld {
                path: left.to_owned(),
                input: location.clone(),
            });
        }
        self.verify(location, (found.bytes, made), format, meter)?;
        output::settle(left, (location, input), self.plan.output)
    }

    /// Fails unless what is on the disk is what was decoded.
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

    /// Says sizes and times, with -v.
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

    /// The JPEG file that an input holds, if all of it is wanted.
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
        location: &Location,
        bytes: &[u8],
        meter: &FileMeter<'_>,
    ) -> Result<Decoded, Error> {
        let decoded = match self.plan.extent {
            Extent::Whole => self.coding.decompress(location, bytes, meter)?,
            Extent::Region(region) => self
                .coding
                .decompress_region(location, bytes, region, meter)?,
            Extent::Thumbnail => self.coding.thumbnail(location, bytes, meter)?,
            Extent::Undamaged => {
                let partial = self.coding.decompress_partial(location, bytes, meter)?;
                return Ok(Decoded {
                    damage: report_damage(location, &partial),
                    image: partial.image,
                    metadata: partial.header.metadata,
                    lost: Vec::new(),
                    times: partial.stats.times,
                });
            }
        };
        Ok(Decoded {
            image: decoded.image,
            metadata: decoded.header.metadata,
            lost: Vec::new(),
            times: decoded.stats.times,
            damage: None,
        })
    }

    /// The format of the output, or `None` for the JPEG file as it is.
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
        if let (Extent::Whole, Some(format)) = (self.plan.extent, described)
            && self.naming.formats.takes_file(target, format, kept)
        {
            return Ok(None);
        }
        // Only of PNG files does an image come back under the name of another format.
        let kept = kept.filter(|_| described.is_none_or(|format| format == OutputFormat::Png));
        self.naming.formats.format(target, kept).map(Some)
    }

    /// The file that the .pxc file describes.
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
            image.samples().len(),
            decoded.times,
        ))
    }

    /// The image file.
    fn picture_file(
        &self,
        (location, target): (&Location, &Location),
        format: OutputFormat,
        decoded: Decoded,
        meter: &FileMeter<'_>,
    ) -> Result<OutputContent, Error> {
        let samples = decoded.image.samples().len();
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

    /// What the file that an image and its metadata describe has besides them.
    fn lost_of_file(
        &self,
        location: &Location,
        decoded: &Decoded,
        meter: &FileMeter<'_>,
    ) -> Result<Vec<String>, Error> {
        if self.plan.extent != Extent::Whole || exact::find(&decoded.metadata).is_none() {
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
            may_be_exact: false,
        };
        losses.check(self.plan.output, self.plan.messages.quiet)
    }
}
