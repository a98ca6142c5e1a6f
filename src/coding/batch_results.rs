//! The results of the files of a batch: counts and sizes, for people and, with `--json`, for programs.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::coding::exactness::Exactness;
use crate::error::Error;
use crate::exit_code::ExitCode;
use crate::files::inputs::walk::Skipped;
use crate::files::location::Location;
use crate::files::naming::Direction;
use crate::terminal::console::{print, report, say};
use crate::terminal::figures::{Counted, Ratio};

/// The result of one file.
#[derive(Clone, Debug)]
pub(crate) enum Outcome {
    /// The output is written.
    Done {
        /// Where the output is; `None` if the command writes none.
        output: Option<Location>,
        /// Bytes of the input.
        bytes_in: u64,
        /// Bytes of the output.
        bytes_out: u64,
        /// Whether a .pxc file keeps its input byte for byte; `None` for other outputs.
        exactness: Option<Exactness>,
        /// Names of what the output does not keep.
        lost: Vec<String>,
    },
    /// There was nothing to do.
    Skipped {
        /// Why the file was skipped.
        reason: &'static str,
    },
    /// `--dry-run`: the output would be written.
    Planned {
        /// Where the output would be.
        output: Location,
    },
}

/// Counts and sizes of a batch.
#[derive(Debug)]
pub(crate) struct BatchResults {
    json: bool,
    verbose: bool,
    direction: Direction,
    done: usize,
    planned: usize,
    skipped: usize,
    failed: usize,
    /// Files of which only the image and its metadata are kept, though the options do not say so.
    not_exact: usize,
    /// Images that were skipped, by kind.
    skipped_by_kind: BTreeMap<&'static str, usize>,
    /// The result of the last file, in words.
    result: Option<String>,
    bytes_in: u64,
    bytes_out: u64,
    exit_code: ExitCode,
}

impl BatchResults {
    /// Results before any file has been processed.
    pub(crate) fn new(direction: Direction, json: bool, verbose: bool) -> BatchResults {
        BatchResults {
            json,
            verbose,
            direction,
            done: 0,
            planned: 0,
            skipped: 0,
            failed: 0,
            not_exact: 0,
            skipped_by_kind: BTreeMap::new(),
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
            Ok(Outcome::Done {
                output,
                bytes_in,
                bytes_out,
                exactness,
                lost,
            }) => {
                let kept = (exactness, lost);
                self.finish(input, output.as_ref(), [bytes_in, bytes_out], kept);
                false
            }
            Ok(Outcome::Skipped { reason }) => {
                self.skip(input, reason);
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

    fn finish(
        &mut self,
        input: &Location,
        output: Option<&Location>,
        [bytes_in, bytes_out]: [u64; 2],
        (exactness, lost): (Option<Exactness>, Vec<String>),
    ) {
        self.done += 1;
        self.bytes_in += bytes_in;
        self.bytes_out += bytes_out;
        self.not_exact += usize::from(matches!(exactness, Some(Exactness::Pixels(_))));
        self.result = output.map(|output| {
            let ratio = self.ratio(bytes_in, bytes_out);
            format!("{input} → {output}: {bytes_in} → {bytes_out} bytes, {ratio}")
        });
        let mut object = json!({
            "status": "done",
            "output": null,
            "bytes_in": bytes_in,
            "bytes_out": bytes_out,
            "lost": lost,
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
    pub(crate) fn skip_found(&mut self, skipped: &Skipped) {
        if let Some(format) = skipped.image {
            *self.skipped_by_kind.entry(format).or_default() += 1;
        }
        let reason = match skipped.image {
            Some(format) => format!("{format}: {}", skipped.reason),
            None => skipped.reason.to_owned(),
        };
        self.skip(&Location::File(skipped.path.clone()), &reason);
    }

    /// Counts a file that is not processed.
    pub(crate) fn skip(&mut self, input: &Location, reason: &str) {
        self.skipped += 1;
        if self.verbose {
            say(format_args!("{input}: skipped: {reason}"));
        }
        self.file_line(input, json!({"status": "skipped", "reason": reason}));
    }

    /// Counts and reports a failure.
    pub(crate) fn fail(&mut self, input: &Location, error: &Error) {
        self.failed += 1;
        self.exit_code = self.exit_code.max(report(error));
        self.file_line(input, json!({"status": "failed", "error": error.message()}));
    }

    fn plan(&mut self, input: &Location, output: &Location) {
        self.planned += 1;
        if self.json {
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
        let advice = if self.verbose { "" } else { " (-v says why)" };
        (self.not_exact > 0).then(|| {
            format!(
                "{} of {}: only the image and its metadata are kept, not the file's bytes{advice}",
                self.not_exact,
                Counted(self.done, "file")
            )
        })
    }

    /// The images that were skipped, by kind, if there are any.
    pub(crate) fn skipped_by_kind(&self) -> Option<String> {
        let kinds = self.skipped_by_kind.iter();
        let kinds: Vec<String> = kinds
            .map(|(kind, count)| format!("{count} {kind}"))
            .collect();
        let advice = if self.verbose { "" } else { " (-v names them)" };
        (!kinds.is_empty()).then(|| {
            format!(
                "skipped images that pxc does not keep: {}{advice}",
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
            "left": remaining,
            "bytes_in": self.bytes_in,
            "bytes_out": self.bytes_out,
            "ratio": self.ratio(self.bytes_in, self.bytes_out).0.map(|ratio| (ratio * 1000.0).round() / 1000.0),
            "not_exact": self.not_exact,
            "left_out": self.skipped_by_kind,
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

    fn file_line(&mut self, input: &Location, mut object: Value) {
        input.name_in(&mut object, "file");
        self.line(&object);
    }

    fn line(&mut self, object: &Value) {
        if self.json {
            self.print(format!("{object}\n"));
        }
    }

    fn print(&mut self, text: String) {
        if let Err(error) = print(text) {
            self.exit_code = self.exit_code.max(report(&error));
        }
    }
}
