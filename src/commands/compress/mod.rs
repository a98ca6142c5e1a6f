//! `pxc compress`: images → .pxc files.

mod compression;
mod reports;
mod coded_file;
mod model_use;
mod earlier_output;

use std::time::Instant;

use self::coded_file::coded_file;
use self::compression::Compression;
use self::model_use::check_use_of_model;
use self::reports::{check_loss, report_exactness};
use crate::arguments::compress::CompressArguments;
use crate::coding::batch::Batch;
use crate::coding::batch_results::Outcome;
use crate::coding::engine::Coding;
use crate::commands::preparation::{begin_output, check_options, outcome_without_work};
use crate::commands::verification::verify_coded;
use crate::error::Error;
use crate::exit_code::ExitCode;
use crate::files::inputs::{Job, Jobs};
use crate::files::location::{Location, Paths};
use crate::files::naming::{Direction, Naming, OutputKind};
use crate::files::removal::{self, Removal};
use crate::terminal::console::say;
use crate::terminal::figures::{Samples, Sizes, Speed};
use crate::terminal::progress::FileMeter;
use crate::terminal::standard_output;

/// Compresses every input.
pub(crate) fn run(arguments: &CompressArguments) -> Result<ExitCode, Error> {
    let keeps_jpeg = arguments.strip.is_none();
    let found = Jobs::pictures(&arguments.inputs, arguments.allow_lossy_source, keeps_jpeg)?;
    let kind = OutputKind {
        direction: Direction::Compress,
        format: None,
        part: None,
    };
    let naming = Naming::new(&found.jobs, &arguments.output, kind)?;
    check_options(&found.jobs, &naming, &arguments.output, arguments.batch)?;
    // From here on, links to standard output do not lead there.
    standard_output::reserve().map_err(|source| Error::Write {
        location: Location::Standard,
        source,
    })?;
    let batch = Batch::new(
        found.jobs.len(),
        arguments.coding.threads(),
        arguments.batch,
        Direction::Compress,
        arguments.messages,
    );
    let compression = Compression {
        arguments,
        coding: Coding::new(&arguments.coding, batch.threads)?,
        is_single: found.jobs.len() == 1,
    };
    batch.run(&found, |job, meter| {
        compress(&compression, &naming, job, meter)
    })
}

fn compress(
    compression: &Compression<'_>,
    naming: &Naming<'_>,
    job: &Job,
    meter: &FileMeter<'_>,
) -> Result<Outcome, Error> {
    let (begin, arguments, coding) = (Instant::now(), compression.arguments, &compression.coding);
    let (output, options) = (naming.target(job)?, &arguments.output);
    let (input, target) = (&job.input, &output);
    let paths = Paths {
        input,
        output: target,
    };
    if let Some(earlier) = removal::earlier_output(target, options) {
        return earlier_output::finish(compression, paths, earlier, meter);
    }
    if let Some(outcome) = outcome_without_work(job, target, options, coding)? {
        return Ok(outcome);
    }
    let verify = arguments.verify || options.remove;
    meter.expect_passes(if verify { 2 } else { 1 });
    let mut source = compression.read(paths, meter)?;
    check_loss(arguments, input, &source)?;
    let quiet = arguments.messages.quiet;
    let state = source.file.state.clone();
    let mut unfinished = begin_output(paths, state.as_ref(), options, quiet)?;
    let removal = Removal::of(input, &source.file, options)?;

    let coded = coded_file(compression, paths, &mut source, None, meter)?;
    let (bytes, picture) = (coded.bytes, &source.picture);
    check_use_of_model(arguments, coding, input, &bytes)?;
    unfinished.fill(&bytes)?;
    if verify {
        meter.next_pass();
        let written = unfinished.read_back()?;
        let written = written.as_deref().unwrap_or(&bytes);
        verify_coded(coding, input, (picture, &source.file), written, meter)?;
    }
    if let Some(removal) = &removal {
        removal.check_unchanged()?;
    }
    unfinished.finish(&bytes)?;
    removal.map_or(Ok(()), Removal::remove)?;
    let verbose = arguments.messages.verbose;
    if verbose {
        let (samples, file) = (Samples::of(&picture.image), bytes.len());
        let sizes = Sizes { samples, file };
        say(format_args!("{paths}: {sizes}"));
    }
    report_exactness(compression, input, &coded.exactness);
    if verbose {
        say(Speed {
            samples: Samples::of(&picture.image),
            elapsed: begin.elapsed(),
            times: coded.times,
        });
    }
    Ok(Outcome::Done {
        bytes_in: source.file.bytes.len() as u64,
        bytes_out: bytes.len() as u64,
        output: Some(output),
        exactness: Some(coded.exactness),
        lost: source.picture.dropped,
    })
}
