//! `pxc compress`: images → .pxc files.

use std::time::Instant;

use crate::arguments::{CompressArguments, ExactFile};
use crate::atomic_output;
use crate::batch::{Batch, Outcome};
use crate::coding::Coding;
use crate::console::{Sizes, Speed, say};
use crate::error::{Error, ExitCode, Place};
use crate::exact_file;
use crate::files::{self, Direction, Naming};
use crate::formats::Source;
use crate::inputs::{Job, Jobs};
use crate::metadata;
use crate::picture::Picture;
use crate::progress::FileMeter;

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
        let (begin, place, arguments) = (Instant::now(), &job.input, self.arguments);
        let target = self.naming.target(job)?;
        atomic_output::check_target(&target, &arguments.output)?;
        meter.expect_passes(if arguments.verify { 2 } else { 1 });
        let (picture, bytes_in) = self.read(job)?;
        self.check_loss(place, &picture)?;

        let (bytes, stats) =
            self.coding
                .compress(place, &picture, arguments.effort.into(), meter)?;
        if arguments.verify {
            meter.next_pass();
            self.verify(place, &picture, &bytes, meter)?;
        }
        atomic_output::write(&target, &bytes, &arguments.output)?;
        if arguments.output.remove {
            files::remove(place)?;
        }
        if arguments.messages.verbose {
            say(format_args!(
                "{place} → {target}: {}",
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

    /// The picture with the metadata that is wanted, and the size of its file.
    fn read(&self, job: &Job) -> Result<(Picture, u64), Error> {
        let arguments = self.arguments;
        let (mut picture, bytes) =
            job.picture(arguments.allow_lossy_source, self.coding.limits())?;
        let size = bytes.len() as u64;
        if let Some(when) = arguments.exact_file {
            self.keep_file(&job.input, &mut picture, &bytes, when)?;
        } else if let Some(which) = arguments.strip {
            metadata::strip(&mut picture.metadata, which);
            picture.left_out.clear();
        }
        Ok((picture, size))
    }

    fn keep_file(
        &self,
        place: &Place,
        picture: &mut Picture,
        bytes: &[u8],
        when: ExactFile,
    ) -> Result<(), Error> {
        match exact_file::describe(bytes, picture, self.coding.limits()) {
            Ok(chunk) => {
                picture.metadata.push(chunk);
                picture.left_out.clear();
            }
            Err(reason) if when == ExactFile::Require => {
                return Err(Error::ExactFile {
                    place: place.clone(),
                    reason,
                });
            }
            Err(reason) if !self.arguments.messages.quiet => say(format_args!(
                "{place}: note: the file cannot be kept bit by bit, its pixels and metadata are: {reason}"
            )),
            Err(_) => {}
        }
        Ok(())
    }

    /// Says what the .pxc file will not have; refuses to remove the only copy of it.
    fn check_loss(&self, place: &Place, picture: &Picture) -> Result<(), Error> {
        let (output, quiet) = (&self.arguments.output, self.arguments.messages.quiet);
        if picture.source == Source::Jpeg && !quiet {
            say(format_args!(
                "{place}: note: the pixels are kept, the JPEG file is not"
            ));
        }
        if picture.left_out.is_empty() {
            return Ok(());
        }
        let chunks = picture.left_out.join(", ");
        if output.remove && !output.force {
            return Err(Error::MetadataLoss {
                place: place.clone(),
                chunks,
                keeper: "a .pxc file",
            });
        }
        if !quiet {
            say(format_args!(
                "{place}: note: the .pxc file does not keep {chunks}"
            ));
        }
        Ok(())
    }

    fn verify(
        &self,
        place: &Place,
        picture: &Picture,
        bytes: &[u8],
        meter: &FileMeter<'_>,
    ) -> Result<(), Error> {
        let decoded = self.coding.decompress(place, bytes, meter)?;
        if decoded.image != picture.image || decoded.header.metadata != picture.metadata {
            return Err(Error::Verification {
                place: place.clone(),
            });
        }
        Ok(())
    }
}
