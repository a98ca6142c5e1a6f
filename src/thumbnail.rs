//! `pxc thumbnail`: the coarse image of a .pxc file that was compressed with a model of two scales.

use std::time::Instant;

use crate::arguments::{BatchArguments, InputArguments, OutputArguments, ThumbnailArguments};
use crate::atomic_output;
use crate::batch::{Batch, Outcome};
use crate::coding::Coding;
use crate::console::{Sizes, Speed, say};
use crate::error::{Error, ExitCode};
use crate::files::{self, Direction, Naming};
use crate::inputs::{Job, Jobs};
use crate::picture_writer::write_picture;
use crate::progress::FileMeter;

/// Decodes the thumbnail of the input.
pub(crate) fn run(arguments: &ThumbnailArguments) -> Result<ExitCode, Error> {
    let found = Jobs::coded(&InputArguments {
        inputs: vec![arguments.input.clone()],
        recursive: false,
    })?;
    let output = OutputArguments {
        output: Some(arguments.output.clone()),
        out_dir: None,
        suffix: ".pxc".into(),
        force: arguments.force,
        remove: false,
    };
    let direction = Direction::Decompress;
    let options = BatchArguments {
        jobs: None,
        keep_going: false,
    };
    let naming = Naming::new(&found.jobs, &output, direction, arguments.format)?;
    let threads = arguments.coding.threads();
    let batch = Batch::new(1, threads, options, direction, arguments.messages);
    let coding = Coding::new(&arguments.coding, batch.threads)?;
    Ok(batch.run(&found, |job, meter| {
        write(job, arguments, &output, &naming, &coding, meter)
    }))
}

fn write(
    job: &Job,
    arguments: &ThumbnailArguments,
    output: &OutputArguments,
    naming: &Naming<'_>,
    coding: &Coding,
    meter: &FileMeter<'_>,
) -> Result<Outcome, Error> {
    let (begin, place) = (Instant::now(), &job.input);
    let target = naming.target(job)?;
    atomic_output::check_target(&target, output)?;
    let bytes = files::read(place)?;
    let decoded = coding.thumbnail(place, &bytes, meter)?;
    let sizes = Sizes::new(&decoded.image, bytes.len());
    let format = naming.format(&target);
    let written = write_picture(decoded.image, &decoded.header.chunks, format);
    let written = written.map_err(|source| Error::Target {
        place: target.clone(),
        source,
    })?;
    atomic_output::write(&target, &written.bytes, output)?;
    if arguments.messages.verbose {
        say(format_args!("{place} → {target}"));
        say(Speed {
            samples: sizes.samples(),
            elapsed: begin.elapsed(),
            times: decoded.stats.times,
        });
    }
    Ok(Outcome {
        bytes_in: bytes.len() as u64,
        bytes_out: written.bytes.len() as u64,
    })
}
