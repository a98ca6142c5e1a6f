//! Runs a command on several files with several workers: one progress bar, one summary, one exit code.
//!
//! In: [`Jobs`], and a function for one of them. Out: the highest exit code. Reports failures as they occur.

use std::io::{self, IsTerminal};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread::{Builder, available_parallelism};

use crate::arguments::batch::{BatchArguments, MessageArguments};
use crate::coding::batch_results::{BatchResults, Reporting};
use crate::coding::outcome::Outcome;
use crate::error::Error;
use crate::exit_code::ExitCode;
use crate::files::inputs::{Job, Jobs};
use crate::files::naming::Direction;
use crate::terminal::console::say;
use crate::terminal::figures::Counted;
use crate::terminal::progress::{BatchMeter, FileMeter};

/// How a batch runs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Batch {
    /// Files that are processed at once.
    pub(crate) workers: usize,
    /// Threads for each file.
    pub(crate) threads: usize,
    /// Whether it is said of each file why it is not exact.
    pub(crate) says_why: bool,
    keep_going: bool,
    json: bool,
    direction: Direction,
    messages: MessageArguments,
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
            says_why: messages.verbose,
            keep_going: options.keep_going,
            json: options.json,
            direction,
            messages,
        }
    }

    /// Processes every job. Without `--keep-going` it stops at the first failure.
    pub(crate) fn run(
        &self,
        found: &Jobs,
        handle: impl Fn(&Job, &FileMeter<'_>) -> Result<Outcome, Error> + Sync,
    ) -> Result<ExitCode, Error> {
        let reporting = Reporting {
            json: self.json,
            verbose: self.messages.verbose,
            says_why: self.says_why,
        };
        let mut results = BatchResults::new(self.direction, reporting);
        for skipped in &found.skipped {
            results.ignore(skipped);
        }
        for (location, error) in &found.refused {
            results.fail(location, error);
        }
        if found.refused.is_empty() || self.keep_going {
            results = self.work(&found.jobs, results, handle);
        }
        self.sum_up(found, &mut results);
        Ok(results.exit_code())
    }

    fn work(
        &self,
        jobs: &[Job],
        results: BatchResults,
        handle: impl Fn(&Job, &FileMeter<'_>) -> Result<Outcome, Error> + Sync,
    ) -> BatchResults {
        let meter = BatchMeter::new(jobs, self.messages);
        let (next, stopped) = (AtomicUsize::new(0), AtomicBool::new(false));
        let results = Mutex::new(results);
        let work = || {
            while !stopped.load(Ordering::Relaxed) {
                let Some(job) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) else {
                    break;
                };
                let result = handle(job, &meter.file(job));
                let mut results = results.lock().unwrap_or_else(PoisonError::into_inner);
                if results.add(&job.input, result) && !self.keep_going {
                    stopped.store(true, Ordering::Relaxed);
                }
            }
        };
        std::thread::scope(|scope| {
            // Fewer threads if the system has no more.
            let spawned = |_: &usize| Builder::new().spawn_scoped(scope, work).is_ok();
            (1..self.workers).take_while(spawned).for_each(drop);
            work();
        });
        results.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    fn sum_up(&self, found: &Jobs, results: &mut BatchResults) {
        let all = found.jobs.len() + found.skipped.len() + found.refused.len();
        let remaining = all - results.processed();
        if remaining > 0 {
            say(format_args!(
                "stopped at the first failure: {} not processed (use --keep-going to continue)",
                Counted(remaining, "file")
            ));
        }
        if self.json {
            results.total(remaining);
        }
        if !self.messages.quiet {
            self.report(found, results, all);
        }
    }

    /// Prints the last lines for people.
    fn report(&self, found: &Jobs, results: &BatchResults, all: usize) {
        let is_shown = !self.messages.verbose && io::stderr().is_terminal();
        if found.is_empty() {
            found.report_nothing();
        } else if all > 1 {
            say(results.summary());
            results.exactness().into_iter().for_each(say);
        } else if is_shown {
            results.result().into_iter().for_each(say);
        }
        results.ignored().into_iter().for_each(say);
    }
}
