//! What `compress` and `decompress` check before they code an input: options that exclude each other, inputs that need
//! no work, and the file that the output goes to.

use crate::arguments::batch::BatchArguments;
use crate::arguments::files::OutputArguments;
use crate::coding::batch_results::Outcome;
use crate::coding::engine::Coding;
use crate::coding::losses::Losses;
use crate::error::Error;
use crate::files::attributes::FileState;
use crate::files::inputs::Job;
use crate::files::location::{Location, Paths};
use crate::files::naming::Naming;
use crate::files::output::Output;
use crate::files::{existing, output};

/// Checks the options against the inputs.
pub(crate) fn check_options(
    jobs: &[Job],
    naming: &Naming<'_>,
    options: &OutputArguments,
    batch: BatchArguments,
) -> Result<(), Error> {
    for job in jobs {
        output::check_removal(&job.input, options)?;
    }
    if !batch.keep_going {
        naming.check_conflicts(jobs)?;
    }
    if batch.json && naming.uses_standard_output() && !options.dry_run {
        return Err(Error::Usage {
            problem: "--json prints to standard output, and so does the result: name the \
                      output with --output"
                .into(),
        });
    }
    Ok(())
}

/// The outcome of an input that needs no work: its output exists already, or this is a dry run.
pub(crate) fn outcome_without_work(
    job: &Job,
    target: &Location,
    options: &OutputArguments,
    coding: &Coding,
) -> Result<Option<Outcome>, Error> {
    if options.skip_existing && existing::is_up_to_date(&job.input, target, coding.limits()) {
        return Ok(Some(Outcome::Skipped {
            reason: "its output is complete",
        }));
    }
    output::check_target(target, options).map_err(|error| match error {
        Error::Exists { path } if options.skip_existing => Error::Stale { path },
        error => error,
    })?;
    Ok(options.dry_run.then(|| Outcome::Planned {
        output: target.clone(),
    }))
}

/// Begins an output. Reports which extended attributes of the input its file system does not keep.
pub(crate) fn begin_output<'a>(
    paths: Paths<'a>,
    input: Option<&'a FileState>,
    options: &OutputArguments,
    quiet: bool,
) -> Result<Output<'a>, Error> {
    let mut output = output::begin(paths.output, input, options)?;
    Losses::of_attributes(paths.input, &output.missing_attributes()).check(options, quiet)?;
    Ok(output)
}
