//! The results of the files of a batch: counts and sizes, for people and, with `--json`, for programs.

use serde_json::{Value, json};

use crate::error::Error;
use crate::exit_code::ExitCode;
use crate::files::location::Location;
use crate::files::naming::Direction;
use crate::terminal::console::{print, report, say};
use crate::terminal::figures::Counted;

/// The result of one file.
#[derive(Clone, Debug)]
pub(crate) enum Outcome {
    /// The output is written.
    Done {
        /// Where; `None` if the command writes none.
        output: Option<Location>,
        /// Bytes of the input.
        bytes_in: u64,
        /// Bytes of the output.
        bytes_out: u64,
    },
    /// There was nothing to do.
    Skipped {
        /// Why.
        reason: &'static str,
    },
    /// `--dry-run`: the output would be written.
    Planned {
        /// Where.
        output: Location,
    },
}

/// Counts and sizes of a batch.
#[derive(Debug)]
pub(crate) struct Tally {
    json: bool,
    verbose: bool,
    direction: Direction,
    done: usize,
    planned: usize,
    skipped: usize,
    failed: usize,
    bytes_in: u64,
    bytes_out: u64,
    exit_code: ExitCode,
}

impl Tally {
    /// Nothing has been processed yet.
    pub(crate) fn new(direction: Direction, json: bool, verbose: bool) -> Tally {
        Tally {
            json,
            verbose,
            direction,
            done: 0,
            planned: 0,
            skipped: 0,
            failed: 0,
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
            }) => {
                self.done += 1;
                self.bytes_in += bytes_in;
                self.bytes_out += bytes_out;
                let output = output.map(|output| output.to_string());
                self.line(&json!({"file": input.to_string(), "status": "done", "output": output, "bytes_in": bytes_in, "bytes_out": bytes_out}));
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

    /// Counts a file that is not processed.
    pub(crate) fn skip(&mut self, input: &Location, reason: &str) {
        self.skipped += 1;
        if self.verbose {
            say(format_args!("{input}: skipped: {reason}"));
        }
        self.line(&json!({"file": input.to_string(), "status": "skipped", "reason": reason}));
    }

    /// Counts and reports a failure.
    pub(crate) fn fail(&mut self, input: &Location, error: &Error) {
        self.failed += 1;
        self.exit_code = self.exit_code.max(report(error));
        self.line(
            &json!({"file": input.to_string(), "status": "failed", "error": error.to_string()}),
        );
    }

    fn plan(&mut self, input: &Location, output: &Location) {
        self.planned += 1;
        if self.json {
            let output = output.to_string();
            self.line(&json!({"file": input.to_string(), "status": "planned", "output": output}));
        } else {
            self.print(format!("{input} → {output}\n"));
        }
    }

    /// The summary for people.
    pub(crate) fn summary(&self) -> String {
        let mut line = match self.planned {
            0 => format!(
                "{}, {} bytes in, {} bytes out, ratio {:.3}",
                Counted(self.done, "file"),
                self.bytes_in,
                self.bytes_out,
                self.ratio()
            ),
            planned => format!("{} to process", Counted(planned, "file")),
        };
        if self.skipped > 0 {
            line += &format!("; {} skipped", self.skipped);
        }
        if self.failed > 0 {
            line += &format!("; {} failed", self.failed);
        }
        line
    }

    /// Prints the total for machines. `left` files were not processed.
    pub(crate) fn total(&mut self, left: usize) {
        self.line(&json!({"total": {
            "done": self.done,
            "planned": self.planned,
            "skipped": self.skipped,
            "failed": self.failed,
            "left": left,
            "bytes_in": self.bytes_in,
            "bytes_out": self.bytes_out,
            "ratio": (self.ratio() * 1000.0).round() / 1000.0,
            "exit_code": self.exit_code as i32,
        }}));
    }

    /// Bytes of images per byte of .pxc files.
    fn ratio(&self) -> f64 {
        let (image, coded) = match self.direction {
            Direction::Compress => (self.bytes_in, self.bytes_out),
            Direction::Decompress => (self.bytes_out, self.bytes_in),
        };
        image as f64 / coded.max(1) as f64
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
