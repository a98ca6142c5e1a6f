//! `pxc compress`: images → .pxc files.

mod report;
mod foresight;
mod leftover;
mod model_use;

use std::time::Instant;

use crate::arguments::choices::ExactFileChoice;
use crate::arguments::compress::CompressArguments;
use crate::coding::batch::Batch;
use crate::coding::encoding::coded::encode;
use crate::coding::encoding::task::EncodingTask;
use crate::coding::encoding::{image_file, losses};
use crate::coding::engine::Coding;
use crate::coding::outcome::{Done, Outcome};
use crate::commands::compress::foresight::{foresee, ignored};
use crate::commands::compress::leftover::finish_earlier;
use crate::commands::compress::model_use::check_use_of_model;
use crate::commands::compress::report::Report;
use crate::commands::preparation::{Need, begin_output, check_options, need};
use crate::commands::verification::verify_coded;
use crate::error::Error;
use crate::exit_code::ExitCode;
use crate::files::inputs::{Job, Jobs};
use crate::files::location::{Location, Paths};
use crate::files::naming::{Direction, Naming, OutputKind};
use crate::files::reading::read_input;
use crate::files::removal::{self, Removal};
use crate::terminal::progress::FileMeter;
use crate::terminal::standard_output;

/// Compresses every input.
pub(crate) fn run(arguments: &CompressArguments) -> Result<ExitCode, Error> {
    let mut found = Jobs::pictures(&arguments.inputs, arguments.allow_lossy_source, true)?;
    if !arguments.output.force {
        found.skip_coded();
    }
    let kind = OutputKind {
        direction: Direction::Compress,
        format: None,
        part: None,
    };
    let naming = Naming::new(&found.jobs, &arguments.output, kind)?;
    check_options(&found.jobs, &naming, &arguments.output, arguments.batch)?;
    // From here on, only `standard_output` reaches standard output; what is written to `/dev/stdout` is discarded.
    standard_output::reserve().map_err(|source| Error::Write {
        location: Location::Standard,
        source,
    })?;
    let mut batch = Batch::new(
        found.jobs.len(),
        arguments.coding.threads(),
        arguments.batch,
        Direction::Compress,
        arguments.messages,
    );
    batch.says_why |= arguments.exact_file == ExactFileChoice::Always;
    let coding = Coding::new(&arguments.coding, batch.threads)?;
    let compressor = Compressor {
        arguments,
        naming,
        coding,
        is_single: found.jobs.len() == 1,
    };
    batch.run(&found, |job, meter| {
        let result = compressor.compress(job, meter);
        result.or_else(|error| ignore(job, error))
    })
}

/// Ignores an image that `--recursive` found if its kind is the reason why it cannot be kept. What fails for other
/// reasons, and what the command line names, fails.
fn ignore(job: &Job, error: Error) -> Result<Outcome, Error> {
    let kind = match &error {
        _ if !job.is_found => None,
        Error::Picture { source, .. } => source.unkept_kind(),
        Error::UnsupportedFormat { format, .. } => Some((*format).to_owned()),
        _ => None,
    };
    match kind {
        Some(kind) => Ok(Outcome::Ignored {
            kind,
            reason: error.reason(&job.input),
        }),
        None => Err(error),
    }
}

struct Compressor<'a> {
    arguments: &'a CompressArguments,
    naming: Naming<'a>,
    coding: Coding,
    /// Whether there is no other input.
    is_single: bool,
}

impl Compressor<'_> {
    fn compress(&self, job: &Job, meter: &FileMeter<'_>) -> Result<Outcome, Error> {
        let target = self.naming.target(job)?;
        let options = &self.arguments.output;
        let task = EncodingTask {
            paths: Paths {
                input: &job.input,
                output: &target,
            },
            arguments: self.arguments,
            coding: &self.coding,
            meter,
        };
        let report = Report {
            input: &job.input,
            arguments: self.arguments,
            is_single: self.is_single,
        };
        if let Some(earlier) = removal::earlier_output(&target, options) {
            return finish_earlier(&task, earlier, report);
        }
        let requires_file = self.arguments.exact_file == ExactFileChoice::Require;
        let limits = self.coding.limits();
        match need(task.paths, &self.naming, options, limits, requires_file)? {
            Need::Nothing(planned @ Outcome::Planned { .. }) => {
                Ok(foresee(&task, job)?.unwrap_or(planned))
            }
            Need::Nothing(outcome) => Ok(outcome),
            Need::Work { may_replace } => work(&task, job, may_replace, report),
        }
    }
}

/// Writes a .pxc file and, with `--rm`, removes its input.
fn work(
    task: &EncodingTask<'_>,
    job: &Job,
    may_replace: bool,
    report: Report<'_>,
) -> Result<Outcome, Error> {
    let (begin, paths, options) = (Instant::now(), task.paths, &task.arguments.output);
    let verify = task.arguments.verify || options.remove;
    task.meter.expect_passes(if verify { 2 } else { 1 });
    let file = image_file::read(task, read_input(paths.input, task.coding.limits())?)?;
    if let Some(outcome) = ignored(task, job, &file.picture) {
        return Ok(outcome);
    }
    losses::check_file(task, &file)?;
    let state = file.input.state.clone();
    let quiet = task.arguments.messages.quiet;
    let mut output = begin_output(paths, state.as_ref(), may_replace, options, quiet)?;
    let removal = Removal::of(paths.input, &file.input, options)?;

    let coded = encode(task, file, None)?;
    check_use_of_model(task, &coded.bytes)?;
    output.fill(&coded.bytes)?;
    if verify {
        task.meter.next_pass();
        let written = output.read_back()?;
        verify_coded(task, &coded, written.as_deref().unwrap_or(&coded.bytes))?;
    }
    if let Some(removal) = &removal {
        removal.check_unchanged()?;
    }
    let finished = output.finish(&coded.bytes)?;
    removal.map_or(Ok(()), |removal| removal.remove(finished.as_ref()))?;
    report.coded(paths.output, &coded, begin);
    Ok(Outcome::Done(Done {
        output: Some(paths.output.clone()),
        bytes_in: coded.input.bytes.len() as u64,
        bytes_out: coded.bytes.len() as u64,
        exactness: Some(coded.exactness),
        lost: coded.picture.dropped,
        removed: options.remove,
    }))
}
