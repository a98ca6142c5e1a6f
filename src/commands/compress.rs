//! `pxc compress`: images → .pxc files.

use std::time::Instant;

use pxc_picture::{Picture, exact, metadata};

use crate::arguments::choices::{ExactFileChoice, StripChoice};
use crate::arguments::compress::CompressArguments;
use crate::coding::batch::{Batch, Outcome};
use crate::coding::engine::Coding;
use crate::error::Error;
use crate::exit_code::ExitCode;
use crate::files::inputs::{Job, Jobs};
use crate::files::location::Location;
use crate::files::naming::{Direction, Naming};
use crate::files::{output, reading};
use crate::terminal::console::say;
use crate::terminal::figures::{Sizes, Speed};
use crate::terminal::progress::FileMeter;

/// Compresses every input.
pub(crate) fn run(arguments: &CompressArguments) -> Result<ExitCode, Error> {
    let found = Jobs::pictures(&arguments.inputs, arguments.allow_lossy_source)?;
    let naming = Naming::new(&found.jobs, &arguments.output, Direction::Compress, None)?;
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
    Ok(batch.run(&found, |job, meter| compressor.compress(job, meter)))
}

struct Compressor<'a> {
    arguments: &'a CompressArguments,
    naming: Naming<'a>,
    coding: Coding,
}

impl Compressor<'_> {
    fn compress(&self, job: &Job, meter: &FileMeter<'_>) -> Result<Outcome, Error> {
        let (begin, location, arguments) = (Instant::now(), &job.input, self.arguments);
        let target = self.naming.target(job)?;
        output::check_target(&target, &arguments.output)?;
        meter.expect_passes(if arguments.verify { 2 } else { 1 });
        let (picture, bytes_in) = self.read(job)?;
        self.check_loss(location, &picture)?;

        let (bytes, stats) =
            self.coding
                .compress(location, &picture, arguments.effort.into(), meter)?;
        if arguments.verify {
            meter.next_pass();
            self.verify(location, &picture, &bytes, meter)?;
        }
        output::write(&target, &bytes, &arguments.output)?;
        if arguments.output.remove {
            reading::remove(location)?;
        }
        if arguments.messages.verbose {
            say(format_args!(
                "{location} → {target}: {}",
                Sizes::new(&picture.image, bytes.len())
            ));
            say(Speed {
                samples: picture.image.samples().len(),
                elapsed: begin.elapsed(),
                times: stats.times,
            });
        }
        Ok(Outcome {
            bytes_in,
            bytes_out: bytes.len() as u64,
        })
    }

    /// The picture with the metadata to keep, and the size of its file.
    fn read(&self, job: &Job) -> Result<(Picture, u64), Error> {
        let arguments = self.arguments;
        let (mut picture, bytes) = reading::read_image(
            &job.input,
            arguments.allow_lossy_source,
            self.coding.limits(),
        )?;
        let size = bytes.len() as u64;
        if let Some(when) = arguments.exact_file {
            self.keep_file(&job.input, &mut picture, &bytes, when)?;
        } else if let Some(which) = arguments.strip {
            picture
                .metadata
                .retain(|chunk| which == StripChoice::Safe && metadata::changes_look(&chunk.tag));
            picture.dropped.clear();
        }
        Ok((picture, size))
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

    fn verify(
        &self,
        location: &Location,
        picture: &Picture,
        bytes: &[u8],
        meter: &FileMeter<'_>,
    ) -> Result<(), Error> {
        let decoded = self.coding.decompress(location, bytes, meter)?;
        if decoded.image != picture.image || decoded.header.metadata != picture.metadata {
            return Err(Error::Verification {
                location: location.clone(),
            });
        }
        Ok(())
    }
}
