//! `pxc compress`: images → .pxc files.

use std::time::Instant;

use pxc_picture::{Picture, exact, metadata};
use pxc_runtime::Times;

use crate::arguments::choices::{ExactFileChoice, StripChoice};
use crate::arguments::compress::CompressArguments;
use crate::coding::batch::Batch;
use crate::coding::engine::Coding;
use crate::coding::jpeg;
use crate::coding::tally::Outcome;
use crate::commands::preparation::{check_options, without_work};
use crate::commands::verification::verify_coded;
use crate::error::Error;
use crate::exit_code::ExitCode;
use crate::files::inputs::{Job, Jobs};
use crate::files::location::Location;
use crate::files::naming::{Direction, Naming};
use crate::files::reading::Input;
use crate::files::removal::Removal;
use crate::files::{output, reading};
use crate::terminal::console::say;
use crate::terminal::figures::{Sizes, Speed};
use crate::terminal::progress::FileMeter;

/// Compresses every input.
pub(crate) fn run(arguments: &CompressArguments) -> Result<ExitCode, Error> {
    let keeps_jpeg = arguments.strip.is_none();
    let found = Jobs::pictures(&arguments.inputs, arguments.allow_lossy_source, keeps_jpeg)?;
    let naming = Naming::new(&found.jobs, &arguments.output, Direction::Compress, None)?;
    let json = arguments.batch.json;
    check_options(&found.jobs, &naming, &arguments.output, json)?;
    let batch = Batch::new(
        found.jobs.len(),
        arguments.coding.threads(),
        arguments.batch,
        Direction::Compress,
        arguments.messages,
    );
    let coding = Coding::new(&arguments.coding, batch.threads)?;
    let compressor = Compressor {
        arguments,
        naming,
        coding,
    };
    batch.run(&found, |job, meter| compressor.compress(job, meter))
}

struct Compressor<'a> {
    arguments: &'a CompressArguments,
    naming: Naming<'a>,
    coding: Coding,
}

impl Compressor<'_> {
    fn compress(&self, job: &Job, meter: &FileMeter<'_>) -> Result<Outcome, Error> {
        let (begin, location, arguments) = (Instant::now(), &job.input, self.arguments);
        let (target, options) = (self.naming.target(job)?, &arguments.output);
        if let Some(outcome) = without_work(job, &target, options, &self.coding)? {
            return Ok(outcome);
        }
        let verify = arguments.verify || options.remove;
        meter.expect_passes(if verify { 2 } else { 1 });
        let (picture, input, kept) = self.read(job, meter)?;
        self.check_loss(location, &picture)?;
        let removal = Removal::of(location, input.state.as_ref(), options);
        let mut output = output::begin(&target, input.state.as_ref(), options)?;

        let (bytes, times) = match kept {
            Some(bytes) => (bytes, Times::default()),
            None => {
                let effort = arguments.effort.into();
                let coded = self.coding.compress(location, &picture, effort, meter);
                coded.map(|(bytes, stats)| (bytes, stats.times))?
            }
        };
        output.fill(&bytes)?;
        if verify {
            meter.next_pass();
            let written = output.read_back()?;
            let written = written.as_deref().unwrap_or(&bytes);
            verify_coded(&self.coding, location, (&picture, &input), written, meter)?;
        }
        if let Some(removal) = &removal {
            removal.check_unchanged()?;
        }
        output.finish(&bytes)?;
        removal.map_or(Ok(()), Removal::remove)?;
        if arguments.messages.verbose {
            let sizes = Sizes::new(&picture.image, bytes.len());
            say(format_args!("{location} → {target}: {sizes}"));
            say(Speed {
                samples: picture.image.samples().len(),
                elapsed: begin.elapsed(),
                times,
            });
        }
        Ok(Outcome::Done {
            output: Some(target),
            bytes_in: input.bytes.len() as u64,
            bytes_out: bytes.len() as u64,
        })
    }

    /// The picture with the metadata to keep, its file, and for a JPEG file that is kept the .pxc file.
    fn read(
        &self,
        job: &Job,
        meter: &FileMeter<'_>,
    ) -> Result<(Picture, Input, Option<Vec<u8>>), Error> {
        let (arguments, limits) = (self.arguments, self.coding.limits());
        let input = reading::read_input(&job.input, limits)?;
        let keeps_jpeg = arguments.strip.is_none() && !arguments.allow_lossy_source;
        if keeps_jpeg && jpeg::is_jpeg(&input.bytes) {
            let (bytes, picture) = jpeg::compress(&job.input, &input.bytes, &self.coding, meter)?;
            return Ok((picture, input, Some(bytes)));
        }
        let lossy = arguments.allow_lossy_source;
        let mut picture = reading::picture(&job.input, &input, lossy, limits)?;
        if let Some(when) = arguments.exact_file {
            self.keep_file(&job.input, &mut picture, &input.bytes, when)?;
        } else if let Some(which) = arguments.strip {
            match which {
                StripChoice::All => picture.metadata.clear(),
                StripChoice::Safe => metadata::keep_look(&mut picture.metadata),
            }
            picture.dropped.clear();
        }
        Ok((picture, input, None))
    }

    fn keep_file(
        &self,
        location: &Location,
        picture: &mut Picture,
        bytes: &[u8],
        when: ExactFileChoice,
    ) -> Result<(), Error> {
        match exact::describe(bytes, picture, self.coding.limits()) {
            Ok(chunk) => {
                picture.metadata.push(chunk);
                picture.dropped.clear();
            }
            Err(source) if when == ExactFileChoice::Require => {
                return Err(Error::ExactFile {
                    location: location.clone(),
                    source,
                });
            }
            Err(reason) if !self.arguments.messages.quiet => say(format_args!(
                "{location}: note: the file cannot be restored byte for byte, only its pixels and metadata: {reason}"
            )),
            Err(_) => {}
        }
        Ok(())
    }

    /// Reports what the .pxc file drops. With `--rm` that is an error, since the input is the only copy.
    fn check_loss(&self, location: &Location, picture: &Picture) -> Result<(), Error> {
        let (output, quiet) = (&self.arguments.output, self.arguments.messages.quiet);
        if picture.dropped.is_empty() {
            return Ok(());
        }
        let chunks = picture.dropped.join(", ");
        if output.remove && !output.force {
            return Err(Error::MetadataLoss {
                location: location.clone(),
                chunks,
                keeper: "a .pxc file",
            });
        }
        if !quiet {
            say(format_args!(
                "{location}: note: the .pxc file does not keep {chunks}"
            ));
        }
        Ok(())
    }
}
