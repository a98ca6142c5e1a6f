//! Groups over threads, the clock and the progress.
//!
//! In: the number of groups and what to do with one. Out: the results in order; which one fails does not depend on the number of
//! threads.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::error::Error;
use crate::options::{Progress, ProgressCallback, Times};

/// Pixels between two calls of the progress callback by one thread.
const REPORT_PIXELS: u64 = 1 << 14;

/// Shared by the threads: how far they are, and whether to stop.
pub(crate) struct Monitor<'a> {
    callback: Option<ProgressCallback<'a>>,
    total: u64,
    done: AtomicU64,
    cancelled: AtomicBool,
}

impl<'a> Monitor<'a> {
    pub(crate) fn new(callback: Option<ProgressCallback<'a>>, total: u64) -> Monitor<'a> {
        Monitor {
            callback,
            total,
            done: AtomicU64::new(0),
            cancelled: AtomicBool::new(false),
        }
    }

    fn advance(&self, pixels: u64) -> Result<(), Error> {
        let done = self.done.fetch_add(pixels, Ordering::Relaxed) + pixels;
        let progress = Progress {
            done: done.min(self.total),
            total: self.total,
        };
        if self
            .callback
            .is_some_and(|callback| callback(progress).is_break())
        {
            self.cancelled.store(true, Ordering::Relaxed);
        }
        match self.cancelled.load(Ordering::Relaxed) {
            true => Err(Error::Cancelled),
            false => Ok(()),
        }
    }
}

/// One thread's account of pixels and time.
pub(crate) struct Account<'a> {
    monitor: &'a Monitor<'a>,
    /// Pixels of the group.
    pixels: u64,
    /// How often each pixel is expected to be coded, in trials that are not small.
    passes: u64,
    /// Pixels coded, in all passes.
    coded: u64,
    /// Pixels of the group that the monitor knows of.
    reported: u64,
    /// Pixels coded since the monitor was asked.
    unasked: u64,
    lap: Instant,
    pub(crate) times: Times,
}

impl<'a> Account<'a> {
    /// The account of a group of `pixels`, each of which is coded `passes` times.
    pub(crate) fn new(monitor: &'a Monitor<'a>, pixels: u64, passes: u64) -> Account<'a> {
        Account {
            monitor,
            pixels,
            passes,
            coded: 0,
            reported: 0,
            unasked: 0,
            lap: Instant::now(),
            times: Times::default(),
        }
    }

    /// Each pixel is coded once more than was said.
    pub(crate) fn expect_another_pass(&mut self) {
        self.passes += 1;
    }

    /// Counts finished pixels.
    ///
    /// # Errors
    /// [`Error::Cancelled`] when the callback of any thread asked to stop.
    pub(crate) fn pixels(&mut self, pixels: usize) -> Result<(), Error> {
        self.coded += pixels as u64;
        self.trial(pixels)
    }

    /// Pixels of a trial, which are no progress.
    ///
    /// # Errors
    /// As [`Account::pixels`].
    pub(crate) fn trial(&mut self, pixels: usize) -> Result<(), Error> {
        self.unasked += pixels as u64;
        match self.unasked < REPORT_PIXELS {
            true => Ok(()),
            false => self.report((self.coded / self.passes).min(self.pixels)),
        }
    }

    /// Ends the account of the group, whether its pixels were counted one by one or not.
    pub(crate) fn finish(&mut self) -> Result<(), Error> {
        self.rest();
        self.report(self.pixels)
    }

    fn report(&mut self, done: u64) -> Result<(), Error> {
        self.unasked = 0;
        let fresh = done.saturating_sub(self.reported);
        self.reported += fresh;
        self.monitor.advance(fresh)
    }

    fn lap(&mut self) -> Duration {
        let now = Instant::now();
        let elapsed = now - self.lap;
        self.lap = now;
        elapsed
    }

    pub(crate) fn network(&mut self) {
        let lap = self.lap();
        self.times.network += lap;
    }

    pub(crate) fn frequencies(&mut self) {
        let lap = self.lap();
        self.times.frequencies += lap;
    }

    pub(crate) fn entropy_coder(&mut self) {
        let lap = self.lap();
        self.times.entropy_coder += lap;
    }

    pub(crate) fn rest(&mut self) {
        let lap = self.lap();
        self.times.rest += lap;
    }
}

/// Runs `work` for each group on `threads` threads, the calling one among them; each has its own state from `start`.
///
/// # Errors
/// That of the lowest group that failed.
pub(crate) fn each_group<S, T: Send>(
    groups: u64,
    threads: usize,
    start: impl Fn() -> S + Sync,
    work: impl Fn(&mut S, u64) -> Result<T, Error> + Sync,
) -> Result<Vec<T>, Error> {
    let next = AtomicU64::new(0);
    let failed = AtomicU64::new(u64::MAX);
    let results = Mutex::new(Vec::new());
    let run = || {
        let mut state = start();
        loop {
            let group = next.fetch_add(1, Ordering::Relaxed);
            if group >= groups || group > failed.load(Ordering::Relaxed) {
                break;
            }
            let result = work(&mut state, group);
            if result.is_err() {
                failed.fetch_min(group, Ordering::Relaxed);
            }
            lock(&results).push((group, result));
        }
    };
    let helpers = (threads as u64).min(groups).saturating_sub(1);
    std::thread::scope(|scope| {
        (0..helpers).for_each(|_| drop(scope.spawn(run)));
        run();
    });
    let mut results = results
        .into_inner()
        .unwrap_or_else(|poisoned| poisoned.into_inner());
    results.sort_unstable_by_key(|&(group, _)| group);
    results.into_iter().map(|(_, result)| result).collect()
}

/// Runs two pieces of work, side by side when there is more than one thread.
pub(crate) fn both<A: Send, B>(
    threads: usize,
    first: impl FnOnce() -> A + Send,
    second: impl FnOnce() -> B,
) -> (A, B) {
    if threads < 2 {
        return (first(), second());
    }
    std::thread::scope(|scope| {
        let first = scope.spawn(first);
        let second = second();
        match first.join() {
            Ok(first) => (first, second),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}

/// Locks; a thread that panicked leaves data that is not used any more.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(|poisoned| poisoned.into_inner())
}
