//! Runs a command on several files with several workers: one progress bar, one summary, one exit code.
//!
//! In: [`Jobs`], and a function for one of them. Out: the highest exit code. Reports failures as they occur.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::available_parallelism;

use crate::arguments::batch::{BatchArguments, MessageArguments};
use crate::error::Error;
use crate::exit_code::ExitCode;
use crate::files::inputs::{Job, Jobs};
use crate::files::naming::Direction;
use crate::terminal::console::{report, say};
use crate::terminal::figures::Counted;
use crate::terminal::progress::{BatchMeter, FileMeter};

/// The result for one file.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Outcome {
    /// Bytes of the input.
    pub(crate) bytes_in: u64,
    /// Bytes of the output.
    pub(crate) bytes_out: u64,
}

/// How a batch runs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Batch {
    /// Files that are processed at once.
    pub(crate) workers: usize,
    /// Threads for each file.
    pub(crate) threads: usize,
    keep_going: bool,
    direction: Direction,
    messages: MessageArguments,
}

#[derive(Debug, Default)]
struct Tally {
    handled: usize,
    failed: usize,
    bytes_in: u64,
    bytes_out: u64,
    exit_code: Option<ExitCode>,
}

impl Batch {
    /// Divides `threads` threads (0: one per core) among the files that are processed at once.
    pub(crate) fn new(
        files: usize,
        threads: usize,
        options: BatchArguments,
        direction: Direction,
        messages: MessageArguments,
    ) -> Batch {
        let threads = match threads {
            0 => available_parallelism().map_or(1, usize::from),
            threads => threads,
        };
        let workers = options.jobs.map_or(threads, usize::from).min(files).max(1);
        Batch {
            workers,
            threads: (threads / workers).max(1),
            keep_going: options.keep_going,
            direction,
            messages,
        }
    }

    /// Processes every job. Without `--keep-going` it stops at the first failure.
    pub(crate) fn run(
        &self,
        found: &Jobs,
        handle: impl Fn(&Job, &FileMeter<'_>) -> Result<Outcome, Error> + Sync,
    ) -> ExitCode {
        let meter = BatchMeter::new(&found.jobs, self.messages);
        let (next, stopped) = (AtomicUsize::new(0), AtomicBool::new(false));
        let tally = Mutex::new(Tally::default());
        let work = || {
            while !stopped.load(Ordering::Relaxed) {
                let Some(job) = found.jobs.get(next.fetch_add(1, Ordering::Relaxed)) else {
                    break;
                };
                let result = handle(job, &meter.file(job));
                let failed = tally
                    .lock()
                    .unwrap_or_else(std::sync::PoisonError::into_inner)
                    .count(result);
                if failed && !self.keep_going {
                    stopped.store(true, Ordering::Relaxed);
                }
            }
        };
        std::thread::scope(|scope| {
            (1..self.workers).for_each(|_| drop(scope.spawn(work)));
            work();
        });
        drop(meter);
        let tally = tally
            .into_inner()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        self.sum_up(found, &tally);
        tally.exit_code.unwrap_or(ExitCode::Done)
    }

    fn sum_up(&self, found: &Jobs, tally: &Tally) {
        let left = found.jobs.len() - tally.handled - tally.failed;
        if left > 0 {
            say(format_args!(
                "stopped at the first failure: {} left (use --keep-going to process them)",
                Counted(left, "file")
            ));
        }
        if self.messages.quiet || found.jobs.len() + found.skipped < 2 {
            return;
        }
        let (image, coded) = match self.direction {
            Direction::Compress => (tally.bytes_in, tally.bytes_out),
            Direction::Decompress => (tally.bytes_out, tally.bytes_in),
        };
        let mut line = format!(
            "{}, {} bytes in, {} bytes out, ratio {:.3}",
            Counted(tally.handled, "file"),
            tally.bytes_in,
            tally.bytes_out,
            image as f64 / coded.max(1) as f64
        );
        if found.skipped > 0 {
            line += &format!("; {} skipped", found.skipped);
        }
        if tally.failed > 0 {
            line += &format!("; {} failed", tally.failed);
        }
        say(line);
    }
}

impl Tally {
    /// Counts a result and reports a failure. Returns whether it was one.
    fn count(&mut self, result: Result<Outcome, Error>) -> bool {
        match result {
            Ok(outcome) => {
                self.handled += 1;
                self.bytes_in += outcome.bytes_in;
                self.bytes_out += outcome.bytes_out;
                false
            }
            Err(error) => {
                self.failed += 1;
                self.exit_code = self.exit_code.max(Some(report(&error)));
                true
            }
        }
    }
}
