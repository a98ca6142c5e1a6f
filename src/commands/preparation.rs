//! What `compress` and `decompress` check before they code an input: options that exclude each other, inputs that need
//! no work, and the file that the output goes to.

use pxc_runtime::Limits;

use crate::arguments::batch::BatchArguments;
use crate::arguments::files::OutputArguments;
use crate::coding::losses::Losses;
use crate::coding::outcome::Outcome;
use crate::error::Error;
use crate::files::attributes::FileState;
use crate::files::existing::Existing;
use crate::files::finished;
use crate::files::inputs::Job;
use crate::files::location::{Location, Paths};
use crate::files::naming::Naming;
use crate::files::output;
use crate::files::output::Output;

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

/// What an input needs.
pub(crate) enum Need {
    /// Nothing: its output exists already, or this is a dry run.
    Nothing(Outcome),
    /// To be coded.
    Work {
        /// Whether its output may replace a file.
        may_replace: bool,
    },
}

/// The work that an input needs. With `requires_file`, a file that exists but does not keep the input byte for byte is
/// written again. Fails if the output cannot be written.
pub(crate) fn need(
    paths: Paths<'_>,
    naming: &Naming<'_>,
    options: &OutputArguments,
    limits: &Limits,
    requires_file: bool,
) -> Result<Need, Error> {
    let target = paths.output;
    let existing = options
        .skip_existing
        .then(|| Existing::of(paths, requires_file, limits));
    if existing == Some(Existing::Done) && !is_from_this_run(target) {
        return Ok(Need::Nothing(Outcome::Skipped {
            reason: "its output is complete",
        }));
    }
    let force = options.force || existing == Some(Existing::Unfinished);
    output::check_target(target, force, options).map_err(|error| match error {
        Error::Exists { path } if options.skip_existing => Error::Stale { path },
        error => error,
    })?;
    Ok(match options.dry_run {
        true => Need::Nothing(Outcome::Planned {
            output: target.clone(),
        }),
        false => Need::Work {
            may_replace: force && !naming.was_free(target),
        },
    })
}

/// Whether another input of this run has made the output: some file systems take `A` for `a`.
fn is_from_this_run(target: &Location) -> bool {
    match target {
        Location::File(path) => finished::is_of_this_run(path),
        Location::Standard => false,
    }
}

/// Begins an output. Reports which extended attributes of the input its file system does not keep.
pub(crate) fn begin_output<'a>(
    paths: Paths<'a>,
    input: Option<&'a FileState>,
    may_replace: bool,
    options: &OutputArguments,
    quiet: bool,
) -> Result<Output<'a>, Error> {
    let mut output = output::begin(paths, input, may_replace, options)?;
    Losses::of_attributes(paths.input, &output.missing_attributes()).check(options, quiet)?;
    Ok(output)
}
