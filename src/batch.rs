//! Several files over several workers: one bar, one summary, one exit code.
//!
//! In: [`Jobs`] and what to do with one. Out: the highest exit code; failures are reported as they come.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::available_parallelism;

use crate::arguments::{BatchArguments, MessageArguments};
use crate::console::{Counted, say};
use crate::error::{Error, ExitCode};
use crate::files::Direction;
use crate::inputs::{Job, Jobs};
use crate::progress::{BatchMeter, FileMeter};
use crate::report;

/// What a file came to.
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
    /// Files at the same time.
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
    /// `threads` threads (0: one per core), shared by the files that are handled at the same time.
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

    /// Handles every job, or those until the first failure.
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
                "stopped after the first failure: {} left (--keep-going handles all)",
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
    /// Reports a failure; says whether it was one.
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
