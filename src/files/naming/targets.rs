//! Decides where results go: the options and the inputs → a target for each input.

use std::collections::HashMap;
use std::path::Path;

use pxc_picture::OutputFormat;

use crate::arguments::files::OutputArguments;
use crate::error::Error;
use crate::files::conflicts::Conflicts;
use crate::files::inputs::Job;
use crate::files::location::{Location, is_special};
use crate::files::naming::formats::{Formats, check_format};
use crate::files::naming::output_kind::{Direction, OutputKind};
use crate::files::naming::renaming::Renaming;
use crate::terminal::standard_output;

/// Where results go.
pub(crate) struct Naming<'a> {
    output: &'a OutputArguments,
    kind: OutputKind,
    /// What the names of the outputs promise.
    pub(crate) formats: Formats,
    /// The outputs of the inputs, as far as they have names. A .pxc file is read only once for the name that it stores.
    targets: HashMap<Job, Location>,
    conflicts: Conflicts,
}

impl<'a> Naming<'a> {
    /// Checks the options against the inputs, and names every output. Reads no more of an input than the header of a
    /// .pxc file.
    pub(crate) fn new(
        jobs: &[Job],
        output: &'a OutputArguments,
        kind: OutputKind,
    ) -> Result<Naming<'a>, Error> {
        check_options(jobs, output, kind.format)?;
        let formats = Formats {
            asked: kind.format,
            is_part: kind.part.is_some(),
            is_named: named(output).is_some(),
        };
        let mut naming = Naming {
            output,
            kind,
            formats,
            targets: HashMap::new(),
            conflicts: Conflicts::default(),
        };
        // An input without a proper name fails by itself.
        let pairs = jobs
            .iter()
            .filter_map(|job| Some((job, naming.through_links(naming.unlinked_target(job).ok()?))));
        let pairs: Vec<(&Job, Location)> = pairs.collect();
        let outputs = pairs.iter().map(|(job, target)| (&job.input, target));
        naming.conflicts = Conflicts::of(jobs.iter().map(|job| &job.input), outputs);
        naming.targets = pairs
            .into_iter()
            .map(|(job, target)| (job.clone(), target))
            .collect();
        Ok(naming)
    }

    /// Fails if an output is an input, or also the output of another input.
    pub(crate) fn check_conflicts(&self, jobs: &[Job]) -> Result<(), Error> {
        let mut checks = jobs.iter().map(|job| self.conflicts.check(&job.input));
        checks.find(Result::is_err).unwrap_or(Ok(()))
    }

    /// Where the output for an input goes. Fails if it would replace an input or the output of another input.
    pub(crate) fn target(&self, job: &Job) -> Result<Location, Error> {
        let target = match self.targets.get(job) {
            Some(target) => target.clone(),
            None => self.unlinked_target(job)?,
        };
        self.conflicts.check(&job.input)?;
        Ok(target)
    }

    /// Whether the output of one of the inputs is standard output.
    pub(crate) fn uses_standard_output(&self) -> bool {
        let mut targets = self.targets.values();
        targets.any(|target| *target == Location::Standard)
    }

    /// Returns standard output for a .pxc file whose target is a link to it, since `compress` moves standard output
    /// away from its descriptor. Images keep their names, which say their formats.
    fn through_links(&self, target: Location) -> Location {
        let is_coded = self.kind.direction == Direction::Compress;
        match &target {
            Location::File(path) if is_coded && standard_output::is_behind(path) => {
                Location::Standard
            }
            _ => target,
        }
    }

    fn unlinked_target(&self, job: &Job) -> Result<Location, Error> {
        let output = self.output.output.as_deref();
        let directory = self.output.out_dir.as_deref();
        match (
            &job.input,
            directory.or(output.filter(|path| path.is_dir())),
        ) {
            (Location::File(path), Some(_)) if is_special(path) => Err(unnamed(&job.input)),
            (Location::File(_), Some(directory)) => {
                let name = match directory == output.unwrap_or(Path::new("")) {
                    true => job
                        .relative
                        .file_name()
                        .map(Path::new)
                        .unwrap_or(&job.relative),
                    false => &job.relative,
                };
                Ok(Location::File(
                    directory.join(self.renaming().renamed(&job.input, name)?),
                ))
            }
            (Location::Standard, Some(_)) => Err(unnamed(&job.input)),
            (Location::File(path), None) => match output {
                Some(output) => Ok(Location::of_output(output)),
                None if is_special(path) => Err(unnamed(&job.input)),
                None => Ok(Location::File(self.renaming().renamed(&job.input, path)?)),
            },
            (Location::Standard, None) => {
                Ok(output.map_or(Location::Standard, Location::of_output))
            }
        }
    }

    fn renaming(&self) -> Renaming<'_> {
        Renaming {
            kind: &self.kind,
            suffix: &self.output.suffix,
        }
    }
}

fn unnamed(input: &Location) -> Error {
    Error::Unnamed {
        location: input.clone(),
    }
}

/// Fails for options that contradict one another or the inputs.
fn check_options(
    jobs: &[Job],
    output: &OutputArguments,
    format: Option<OutputFormat>,
) -> Result<(), Error> {
    let usage = |problem: String| Err(Error::Usage { problem });
    let suffix = &output.suffix;
    if suffix.len() < 2 || !suffix.starts_with('.') || suffix.contains('/') {
        return usage(format!(
            "--suffix {suffix:?}: expected a dot and a name, as in .pxc"
        ));
    }
    match named(output) {
        Some(_) if jobs.len() > 1 => usage(
            "several inputs cannot go to one output: name a directory with --out-dir, or omit --output"
                .into(),
        ),
        Some(path) => check_format(path, format),
        None => Ok(()),
    }
}

/// The output file that the options name.
fn named(output: &OutputArguments) -> Option<&Path> {
    output.output.as_deref().filter(|path| !path.is_dir())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn output() -> OutputArguments {
        OutputArguments {
            output: None,
            out_dir: None,
            suffix: ".pxc".into(),
            force: false,
            skip_existing: false,
            dry_run: false,
            remove: false,
            allow_loss: false,
        }
    }

    fn job(input: &str) -> Job {
        Job {
            input: Location::new(Path::new(input)),
            relative: input.into(),
            bytes: 1,
        }
    }

    fn kind(direction: Direction) -> OutputKind {
        OutputKind {
            direction,
            format: None,
            part: None,
        }
    }

    fn file(path: &str) -> Location {
        Location::File(path.into())
    }

    #[test]
    fn outputs_stand_beside_their_inputs() {
        let output = output();
        for (input, target) in [("a/img.png", file("a/img.pxc")), ("-", Location::Standard)] {
            let jobs = [job(input)];
            let naming = Naming::new(&jobs, &output, kind(Direction::Compress)).expect("legal");
            assert_eq!(naming.target(&jobs[0]).expect("a name"), target);
            assert_eq!(naming.uses_standard_output(), input == "-");
        }
    }

    #[test]
    fn directories_keep_the_tree_and_suffixes_are_what_is_asked_for() {
        let output = OutputArguments {
            out_dir: Some("out".into()),
            suffix: ".small".into(),
            ..output()
        };
        let jobs = [Job {
            input: file("photos/a/b.png"),
            relative: "a/b.png".into(),
            bytes: 1,
        }];
        let naming = Naming::new(&jobs, &output, kind(Direction::Compress)).expect("legal");
        assert_eq!(
            naming.target(&jobs[0]).expect("a name"),
            file("out/a/b.small")
        );
        let jobs = [job("b.small"), job("c.pxc")];
        let naming = Naming::new(&jobs, &output, kind(Direction::Decompress)).expect("legal");
        assert_eq!(naming.target(&jobs[0]).expect("a name"), file("out/b.png"));
        assert_eq!(naming.target(&jobs[1]).expect("a name"), file("out/c.png"));
    }

    #[test]
    fn two_inputs_do_not_become_one_output() {
        let (jobs, output) = ([job("a.pxc"), job("b.pxc"), job("a.PXC")], output());
        let naming = Naming::new(&jobs, &output, kind(Direction::Decompress));
        let naming = naming.expect("the others go on");
        assert!(naming.check_conflicts(&jobs).is_err());
        for (job, is_refused) in jobs.iter().zip([true, false, true]) {
            let found = naming.target(job);
            let is_shared = matches!(found, Err(Error::SharedOutput { .. }));
            assert_eq!(is_shared, is_refused, "{}", job.input);
        }
    }

    #[test]
    fn a_kept_name_is_read_once() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("a.pxc");
        let golden = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/fixtures/golden/v1/jpeg-baseline.pxc"
        );
        std::fs::copy(golden, &path).expect("a copy");
        let (jobs, output) = ([job(&path.display().to_string())], output());
        let naming = Naming::new(&jobs, &output, kind(Direction::Decompress)).expect("legal");
        std::fs::write(&path, "another file").expect("a file");
        let target = naming.target(&jobs[0]).expect("a name");
        assert_eq!(target, Location::File(path.with_extension("jpg")));
    }
}
