//! The results of the files of a batch: counts and sizes, for people and, with `--json`, for programs.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::coding::exactness::Exactness;
use crate::coding::outcome::{Done, Outcome};
use crate::error::Error;
use crate::exit_code::ExitCode;
use crate::files::inputs::walk::Skipped;
use crate::files::location::Location;
use crate::files::naming::Direction;
use crate::terminal::console::{print, print_line, report, report_failure, say};
use crate::terminal::figures::{Counted, Ratio};

/// What is reported of the files of a batch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reporting {
    /// Lines of JSON.
    pub(crate) json: bool,
    /// What is skipped, and why.
    pub(crate) verbose: bool,
    /// Whether it is said of each file why it is not exact.
    pub(crate) says_why: bool,
}

/// Counts and sizes of a batch.
#[derive(Debug)]
pub(crate) struct BatchResults {
    reporting: Reporting,
    direction: Direction,
    done: usize,
    planned: usize,
    skipped: usize,
    failed: usize,
    /// Files that do not come back byte for byte.
    not_exact: usize,
    /// Those of which the options do not say so.
    missed: usize,
    /// Images that were skipped, by kind.
    ignored: BTreeMap<String, usize>,
    /// Other files of directories that were skipped.
    others: usize,
    /// The result of the last file, in words.
    result: Option<String>,
    bytes_in: u64,
    bytes_out: u64,
    exit_code: ExitCode,
}

impl BatchResults {
    /// Results before any file has been processed.
    pub(crate) fn new(direction: Direction, reporting: Reporting) -> BatchResults {
        BatchResults {
            reporting,
            direction,
            done: 0,
            planned: 0,
            skipped: 0,
            failed: 0,
            not_exact: 0,
            missed: 0,
            ignored: BTreeMap::new(),
            others: 0,
            result: None,
            bytes_in: 0,
            bytes_out: 0,
            exit_code: ExitCode::Done,
        }
    }

    /// Files that were processed, with or without success.
    pub(crate) fn processed(&self) -> usize {
        self.done + self.planned + self.skipped + self.failed
    }

    /// The highest exit code.
    pub(crate) fn exit_code(&self) -> ExitCode {
        self.exit_code
    }

    /// Counts and reports a file. Returns whether it failed.
    pub(crate) fn add(&mut self, input: &Location, result: Result<Outcome, Error>) -> bool {
        match result {
            Ok(Outcome::Done(done)) => {
                self.finish(input, done);
                false
            }
            Ok(Outcome::Skipped { reason }) => {
                self.skip(input, reason);
                false
            }
            Ok(Outcome::Ignored { kind, reason }) => {
                *self.ignored.entry(kind).or_default() += 1;
                self.skip(input, &reason);
                false
            }
            Ok(Outcome::Planned { output }) => {
                self.plan(input, &output);
                false
            }
            Err(error) => {
                self.fail(input, &error);
                true
            }
        }
    }

    fn finish(&mut self, input: &Location, done: Done) {
        let Done {
            output,
            bytes_in,
            bytes_out,
            exactness,
            lost,
            removed,
        } = done;
        self.done += 1;
        self.bytes_in += bytes_in;
        self.bytes_out += bytes_out;
        self.missed += usize::from(matches!(exactness, Some(Exactness::Pixels(_))));
        self.not_exact += usize::from(
            exactness
                .as_ref()
                .is_some_and(|kept| kept.reason().is_some()),
        );
        self.result = output.as_ref().map(|output| {
            let ratio = self.ratio(bytes_in, bytes_out);
            format!("{input} → {output}: {bytes_in} → {bytes_out} bytes, {ratio}")
        });
        let mut object = json!({
            "status": "done",
            "output": null,
            "bytes_in": bytes_in,
            "bytes_out": bytes_out,
            "lost": lost,
            "removed": removed,
        });
        if let Some(output) = output {
            output.name_in(&mut object, "output");
        }
        if let Some(exactness) = exactness {
            object["exact"] = exactness.reason().is_none().into();
            object["not_exact"] = exactness.reason().into();
        }
        self.file_line(input, object);
    }

    /// Counts a file of a directory that is not processed.
    pub(crate) fn ignore(&mut self, skipped: &Skipped) {
        match skipped.image {
            Some(format) => *self.ignored.entry(format.into()).or_default() += 1,
            None => self.others += 1,
        }
        let path = skipped.path.clone();
        self.skip(&Location::File(path), &skipped.whole_reason());
    }

    /// Counts a file that is not processed.
    pub(crate) fn skip(&mut self, input: &Location, reason: &str) {
        self.skipped += 1;
        if self.reporting.verbose {
            say(format_args!("{input}: skipped: {reason}"));
        }
        self.file_line(input, json!({"status": "skipped", "reason": reason}));
    }

    /// Counts and reports a failure.
    pub(crate) fn fail(&mut self, input: &Location, error: &Error) {
        self.failed += 1;
        let exit_code = report_failure(input, error, self.reporting.json);
        self.exit_code = self.exit_code.max(exit_code);
    }

    fn plan(&mut self, input: &Location, output: &Location) {
        self.planned += 1;
        if self.reporting.json {
            let mut object = json!({"status": "planned"});
            output.name_in(&mut object, "output");
            self.file_line(input, object);
        } else {
            self.print(format!("{input} → {output}\n"));
        }
    }

    /// The summary for people.
    pub(crate) fn summary(&self) -> String {
        let done = Counted(self.done, "file");
        let mut line = match (self.planned, self.done) {
            (0, 0) => done.to_string(),
            // The command writes nothing.
            (0, _) if self.result.is_none() => format!("{done} intact"),
            (0, _) => format!(
                "{done}, {} bytes in, {} bytes out, {}",
                self.bytes_in,
                self.bytes_out,
                self.ratio(self.bytes_in, self.bytes_out)
            ),
            (planned, _) => format!("{} to process", Counted(planned, "file")),
        };
        if self.skipped > 0 {
            line += &format!("; {} skipped", self.skipped);
        }
        if self.failed > 0 {
            line += &format!("; {} failed", self.failed);
        }
        line
    }

    /// How many files do not come back byte for byte, if there are any.
    pub(crate) fn exactness(&self) -> Option<String> {
        let advice = if self.reporting.says_why {
            ""
        } else {
            " (-v says why)"
        };
        (self.missed > 0).then(|| {
            format!(
                "{} of {}: only the image and its metadata are kept, not the file's bytes{advice}",
                self.missed,
                Counted(self.done, "file")
            )
        })
    }

    /// The images that were skipped, by kind, if there are any.
    pub(crate) fn ignored(&self) -> Option<String> {
        let kinds = self.ignored.iter();
        let kinds: Vec<String> = kinds
            .map(|(kind, count)| format!("{count} {kind}"))
            .collect();
        let advice = if self.reporting.verbose {
            ""
        } else {
            " (-v names them)"
        };
        let others = match self.others {
            0 => String::new(),
            1 => "; and 1 other file".into(),
            count => format!("; and {count} other files"),
        };
        (!kinds.is_empty()).then(|| {
            format!(
                "skipped images that pxc does not keep: {}{others}{advice}",
                kinds.join(", ")
            )
        })
    }

    /// The result of a single file that has an output, in words.
    pub(crate) fn result(&self) -> Option<&str> {
        self.result.as_deref()
    }

    /// Prints the total for machines. `remaining` files were not processed.
    pub(crate) fn total(&mut self, remaining: usize) {
        self.line(&json!({"total": {
            "done": self.done,
            "planned": self.planned,
            "skipped": self.skipped,
            "failed": self.failed,
            "remaining": remaining,
            "bytes_in": self.bytes_in,
            "bytes_out": self.bytes_out,
            "ratio": self.ratio(self.bytes_in, self.bytes_out).0.map(|ratio| (ratio * 1000.0).round() / 1000.0),
            "not_exact": self.not_exact,
            "ignored": self.ignored,
            "exit_code": self.exit_code as i32,
        }}));
    }

    /// Bytes of images per byte of .pxc files.
    fn ratio(&self, bytes_in: u64, bytes_out: u64) -> Ratio {
        match self.direction {
            Direction::Compress => Ratio::new(bytes_in, bytes_out),
            Direction::Decompress => Ratio::new(bytes_out, bytes_in),
        }
    }

    fn file_line(&mut self, input: &Location, object: Value) {
        let exit_code = print_line(input, object, self.reporting.json);
        self.exit_code = self.exit_code.max(exit_code);
    }

    fn line(&mut self, object: &Value) {
        if self.reporting.json {
            self.print(format!("{object}\n"));
        }
    }

    fn print(&mut self, text: String) {
        if let Err(error) = print(text) {
            self.exit_code = self.exit_code.max(report(&error));
        }
    }
}
