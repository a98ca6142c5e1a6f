//! Decodes .pxc files and writes their images, for `pxc decompress` and `pxc thumbnail`.

use std::path::Path;
use std::time::Instant;

use pxc_picture::{OutputFormat, exact};
use pxc_runtime::read_header;

use crate::arguments::batch::{BatchArguments, MessageArguments};
use crate::arguments::coding::CodingArguments;
use crate::arguments::files::{InputArguments, OutputArguments};
use crate::coding::batch::Batch;
use crate::coding::batch_results::Outcome;
use crate::coding::decoded::Extent;
use crate::coding::engine::Coding;
use crate::coding::jpeg::{self, Restored};
use crate::coding::losses::Losses;
use crate::coding::output_content::{OutputContent, OutputMaker};
use crate::commands::preparation::{begin_output, check_options, outcome_without_work};
use crate::commands::verification::{require, verify_image_file};
use crate::error::Error;
use crate::exit_code::ExitCode;
use crate::files::inputs::{Job, Jobs};
use crate::files::location::{Location, Paths};
use crate::files::naming::{Direction, Naming, OutputKind};
use crate::files::removal::{self, Removal};
use crate::files::{output, reading};
use crate::terminal::console::say;
use crate::terminal::figures::{Sizes, Speed};
use crate::terminal::progress::FileMeter;

/// What `decompress` and `thumbnail` do with their inputs.
pub(crate) struct DecodingCommand<'a> {
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

impl DecodingCommand<'_> {
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
            command: self,
            naming,
            coding,
        };
        batch.run(&found, |job, meter| decompressor.decompress(job, meter))
    }
}

struct Decompressor<'a> {
    command: &'a DecodingCommand<'a>,
    naming: Naming<'a>,
    coding: Coding,
}

impl Decompressor<'_> {
    fn decompress(&self, job: &Job, meter: &FileMeter<'_>) -> Result<Outcome, Error> {
        let (begin, location, options) = (Instant::now(), &job.input, self.command.output);
        let target = self.naming.target(job)?;
        let paths = Paths {
            input: location,
            output: &target,
        };
        let earlier = removal::earlier_output(&target, options);
        if earlier.is_none()
            && let Some(outcome) = outcome_without_work(job, &target, options, &self.coding)?
        {
            return Ok(outcome);
        }
        let file = reading::read_coded(location, self.coding.limits())?;
        let bytes_in = file.bytes.len();
        let jpeg = self.jpeg(location, &file.bytes, meter)?;
        let format = match &jpeg {
            Some(jpeg) => self.format_of_jpeg(&target, jpeg)?,
            None => self.format_of(&target, &file.bytes)?,
        };
        let state = file.state.clone();
        let quiet = self.command.messages.quiet;
        let output = match earlier {
            Some(_) => None,
            None => Some(begin_output(paths, state.as_ref(), options, quiet)?),
        };
        let removal = Removal::of(location, &file, options)?;
        let maker = OutputMaker {
            coding: &self.coding,
            extent: self.command.extent,
            removes: options.remove,
        };
        let content = maker.make(paths, (file.bytes, jpeg), format, meter)?;
        self.check_loss(paths, &content)?;
        match (earlier, output) {
            (Some(earlier), _) => {
                self.confirm(location, &content, earlier, meter)?;
                output::keep_earlier(earlier, (location, state.as_ref()), options)?;
                if options.dry_run {
                    return Ok(Outcome::Planned { output: target });
                }
            }
            (None, Some(output)) => {
                self.write(location, &content, output, removal.as_ref(), meter)?;
            }
            (None, None) => {}
        }
        self.report(paths, (bytes_in, &content), begin);
        if let Some(damage) = content.damage {
            return Err(damage);
        }
        removal.map_or(Ok(()), Removal::remove)?;
        Ok(Outcome::Done {
            output: Some(target),
            bytes_in: bytes_in as u64,
            bytes_out: content.bytes.len() as u64,
            exactness: None,
            lost: content.dropped,
        })
    }

    /// Writes an output, and with `--rm` reads it back before it gets its name.
    fn write(
        &self,
        location: &Location,
        content: &OutputContent,
        mut output: output::Output<'_>,
        removal: Option<&Removal>,
        meter: &FileMeter<'_>,
    ) -> Result<(), Error> {
        output.fill(&content.bytes)?;
        if let Some(removal) = removal {
            let read_back = output.read_back()?.unwrap_or_default();
            self.verify(location, content, read_back, meter)?;
            removal.check_unchanged()?;
        }
        output.finish(&content.bytes)
    }

    /// Fails unless an output that an interrupted run left on disk is what would be written now.
    fn confirm(
        &self,
        location: &Location,
        content: &OutputContent,
        earlier: &Path,
        meter: &FileMeter<'_>,
    ) -> Result<(), Error> {
        let output = Location::File(earlier.to_owned());
        let found = reading::read_input(&output, self.coding.limits())?;
        if found.bytes != content.bytes {
            return Err(Error::OutputDiffers {
                path: earlier.to_owned(),
                input: location.clone(),
            });
        }
        self.verify(location, content, found.bytes, meter)
    }

    /// Fails unless the file on disk is what was decoded.
    fn verify(
        &self,
        location: &Location,
        content: &OutputContent,
        read_back: Vec<u8>,
        meter: &FileMeter<'_>,
    ) -> Result<(), Error> {
        require(read_back == content.bytes, location)?;
        match &content.expected {
            Some(expected) => {
                verify_image_file(&self.coding, location, expected.clone(), read_back, meter)
            }
            None => Ok(()),
        }
    }

    /// Reports sizes and times, with -v.
    fn report(
        &self,
        paths: Paths<'_>,
        (bytes_in, content): (usize, &OutputContent),
        begin: Instant,
    ) {
        if !self.command.messages.verbose {
            return;
        }
        let (samples, file) = (content.samples, bytes_in);
        let sizes = Sizes { samples, file };
        say(format_args!("{paths}: {sizes}"));
        say(Speed {
            samples,
            elapsed: begin.elapsed(),
            times: content.times,
        });
    }

    /// Restores the JPEG file that an input holds, if the whole image is wanted.
    fn jpeg(
        &self,
        location: &Location,
        bytes: &[u8],
        meter: &FileMeter<'_>,
    ) -> Result<Option<Restored>, Error> {
        match self.command.extent {
            Extent::Whole | Extent::Undamaged => {
                jpeg::restore(location, bytes, &self.coding, meter)
            }
            Extent::Region(_) | Extent::Thumbnail => Ok(None),
        }
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
        if let (Extent::Whole, Some(format)) = (self.command.extent, described)
            && self.naming.formats.takes_file(target, format, kept)
        {
            return Ok(None);
        }
        // Only PNG files come back as images under the name of another format.
        let kept = kept.filter(|_| described.is_none_or(|format| format == OutputFormat::Png));
        self.naming.formats.format(target, kept).map(Some)
    }

    /// Reports what the output drops.
    fn check_loss(&self, paths: Paths<'_>, content: &OutputContent) -> Result<(), Error> {
        let losses = Losses {
            input: paths.input,
            noted: paths.output,
            keeper: "the format",
            names: &content.dropped,
            may_be_exact: false,
        };
        losses.check(self.command.output, self.command.messages.quiet)
    }
}
