//! The inputs of a command: the files it names and, with `--recursive`, the suitable files in the directories it names.
//!
//! In: the paths of the command line. Out: a list of [`Job`]s, what was skipped, and what cannot be read.

pub(crate) mod kind;
pub(crate) mod walk;

use std::path::{Path, PathBuf};

use serde_json::json;

use crate::arguments::files::{ImageInputArguments, InputArguments};
use crate::error::Error;
use crate::exit_code::ExitCode;
use crate::files::inputs::kind::has_extension;
use crate::files::inputs::walk::{Entry, Skipped, Wanted, is_coded, walk};
use crate::files::location::Location;
use crate::terminal::console::{print_failure, print_line, report, say};
use crate::terminal::figures::Counted;

/// One input.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Job {
    /// The file.
    pub(crate) input: Location,
    /// Its path below the output directory.
    pub(crate) relative: PathBuf,
    /// Its size, for the progress bar; at least 1.
    pub(crate) bytes: u64,
    /// Whether it was found in a directory.
    pub(crate) is_found: bool,
}

/// The inputs of a command.
#[derive(Debug, Default)]
pub(crate) struct Jobs {
    /// The inputs in the order of the command line, and by name in directories.
    pub(crate) jobs: Vec<Job>,
    /// Files in directories that the command cannot use.
    pub(crate) skipped: Vec<Skipped>,
    /// Inputs that cannot be processed, and why: directories without `--recursive`, entries of directories that cannot
    /// be read.
    pub(crate) refused: Vec<(Location, Error)>,
}

impl Jobs {
    /// Lists .pxc files.
    pub(crate) fn coded(arguments: &InputArguments) -> Result<Jobs, Error> {
        Jobs::find(&arguments.inputs, arguments.recursive, Wanted::Coded)
    }

    /// Lists images. Skips lossy ones in directories unless `allow_lossy` is set, or they are JPEG files and
    /// `allow_jpeg` is.
    pub(crate) fn pictures(
        arguments: &ImageInputArguments,
        allow_lossy: bool,
        allow_jpeg: bool,
    ) -> Result<Jobs, Error> {
        let wanted = Wanted::Pictures {
            allow_lossy,
            allow_jpeg,
        };
        Jobs::find(&arguments.inputs, arguments.recursive, wanted)
    }

    fn find(inputs: &[PathBuf], recursive: bool, wanted: Wanted) -> Result<Jobs, Error> {
        if inputs.iter().filter(|path| path.as_os_str() == "-").count() > 1 {
            return Err(Error::Usage {
                problem: "standard input can be read only once".into(),
            });
        }
        check_output_among(inputs, wanted)?;
        let mut found = Jobs::default();
        for input in inputs {
            match Location::new(input) {
                Location::File(path) if path.is_dir() && recursive => found.walk(&path, wanted),
                location if input.is_dir() => {
                    let path = input.clone();
                    found.refused.push((location, Error::Directory { path }));
                }
                location => found.jobs.push(Job {
                    relative: input.file_name().map(PathBuf::from).unwrap_or_default(),
                    bytes: size(input),
                    is_found: false,
                    input: location,
                }),
            }
        }
        Ok(found)
    }

    fn walk(&mut self, root: &Path, wanted: Wanted) {
        for entry in walk(root, wanted) {
            match entry {
                Entry::File(path) => self.jobs.push(Job {
                    relative: path.strip_prefix(root).unwrap_or(&path).to_owned(),
                    bytes: size(&path),
                    is_found: true,
                    input: Location::File(path),
                }),
                Entry::Skipped(skipped) => self.skipped.push(skipped),
                Entry::Unreadable(path, source) => {
                    let location = Location::File(path);
                    let error = Error::Read {
                        location: location.clone(),
                        source,
                    };
                    self.refused.push((location, error));
                }
            }
        }
    }

    /// Skips .pxc files that were named beside images, as `compress *` does the second time, and says so.
    pub(crate) fn skip_coded(&mut self) {
        let is_coded = |job: &Job| matches!(&job.input, Location::File(path) if is_coded(path));
        if self.jobs.iter().all(is_coded) {
            return;
        }
        for job in self.jobs.extract_if(.., |job| is_coded(job)) {
            say(format_args!(
                "{}: skipped: is a .pxc file already",
                job.input
            ));
            if let Location::File(path) = job.input {
                self.skipped.push(Skipped::coded(path));
            }
        }
    }

    /// Whether no input was found.
    pub(crate) fn is_empty(&self) -> bool {
        self.jobs.is_empty() && self.refused.is_empty()
    }

    /// Says that no input was found.
    pub(crate) fn report_nothing(&self) {
        say(format_args!(
            "nothing to do: {} found, none to process",
            Counted(self.skipped.len(), "file")
        ));
    }

    /// Reports what is refused, or that nothing was found, for commands that process every file one after the other;
    /// with `is_json` also what is skipped, in lines of JSON.
    pub(crate) fn report_unprocessed(&self, is_json: bool) -> ExitCode {
        if self.is_empty() {
            self.report_nothing();
        }
        let codes = self.refused.iter().map(|(_, error)| report(error));
        codes.fold(self.print_unprocessed(is_json), Ord::max)
    }

    /// With `is_json`, prints a line of JSON about everything that is skipped or refused.
    pub(crate) fn print_unprocessed(&self, is_json: bool) -> ExitCode {
        let skipped = self.skipped.iter().map(|skipped| {
            let line = json!({"status": "skipped", "reason": skipped.whole_reason()});
            print_line(&Location::File(skipped.path.clone()), line, is_json)
        });
        let refused = self.refused.iter();
        let refused = refused.map(|(input, error)| print_failure(input, error, is_json));
        skipped.chain(refused).fold(ExitCode::Done, Ord::max)
    }
}

/// Refuses `compress IN OUT`, which other tools accept: an absent file whose name is that of an output.
fn check_output_among(inputs: &[PathBuf], wanted: Wanted) -> Result<(), Error> {
    let [_, output] = inputs else {
        return Ok(());
    };
    let is_coded = has_extension(output, &["pxc"]);
    let is_output = is_coded != (wanted == Wanted::Coded);
    let is_absent = output.as_os_str() != "-" && output.symlink_metadata().is_err();
    match is_output && is_absent {
        true => Err(Error::Usage {
            problem: format!(
                "{output}: does not exist; pxc takes every name for an input (use -o {output} to name the output)",
                output = Location::new(output)
            ),
        }),
        false => Ok(()),
    }
}

fn size(path: &Path) -> u64 {
    path.metadata().map_or(1, |metadata| metadata.len().max(1))
}
