//! Measures time and progress.
//!
//! In: pixels coded and stages finished, from each thread. Out: times by stage, calls of the progress callback, and
//! [`Error::Cancelled`] once it asked to stop.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
#[cfg(not(all(target_family = "wasm", target_os = "unknown")))]
use std::time::Instant;

#[cfg(all(target_family = "wasm", target_os = "unknown"))]
use web_time::Instant;

use crate::error::Error;
use crate::options::{Progress, ProgressCallback};
use crate::stats::Times;

/// Pixels that a thread codes between two calls of the progress callback, unless that takes longer than
/// [`REPORT_TIME`].
const REPORT_PIXELS: u64 = 1 << 14;
/// A request to stop takes effect within a few times this duration.
const REPORT_TIME: Duration = Duration::from_millis(20);

/// The progress of all threads, and whether they must stop.
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

    /// The progress of work before anything is known about the image.
    pub(crate) fn preparing(callback: Option<ProgressCallback<'a>>) -> Monitor<'a> {
        Monitor::new(callback, 1)
    }

    /// A monitor for work that nobody watches.
    pub(crate) fn silent() -> Monitor<'static> {
        Monitor::preparing(None)
    }

    /// Reports the same progress again.
    ///
    /// # Errors
    /// [`Error::Cancelled`] when the callback asks to stop, now or before.
    pub(crate) fn ask(&self) -> Result<(), Error> {
        self.advance(0)
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

/// Counts the pixels and measures the time of one group.
pub(crate) struct WorkMeter<'a> {
    monitor: &'a Monitor<'a>,
    /// Pixels of the group.
    pixels: u64,
    /// How often each pixel is expected to be coded, without small trials.
    passes: u64,
    /// Pixels coded, in all passes.
    coded: u64,
    /// Pixels of the group that were reported to the monitor.
    reported: u64,
    /// Pixels coded since the monitor was last asked.
    unasked: u64,
    /// When the monitor was last asked whether to stop.
    asked: Instant,
    lap: Instant,
    pub(crate) times: Times,
}

impl<'a> WorkMeter<'a> {
    /// The meter of a group of `pixels`, each of which is coded `passes` times.
    pub(crate) fn new(monitor: &'a Monitor<'a>, pixels: u64, passes: u64) -> WorkMeter<'a> {
        WorkMeter {
            monitor,
            pixels,
            passes,
            coded: 0,
            reported: 0,
            unasked: 0,
            asked: Instant::now(),
            lap: Instant::now(),
            times: Times::default(),
        }
    }

    /// Notes that each pixel will be coded once more than expected.
    pub(crate) fn expect_another_pass(&mut self) {
        self.passes += 1;
    }

    /// Counts finished pixels as progress.
    ///
    /// # Errors
    /// [`Error::Cancelled`] when the callback of any thread asked to stop.
    pub(crate) fn pixels(&mut self, pixels: usize) -> Result<(), Error> {
        self.coded += pixels as u64;
        self.trial(pixels)
    }

    /// Counts pixels of a trial, which are no progress.
    ///
    /// # Errors
    /// The same as [`WorkMeter::pixels`].
    pub(crate) fn trial(&mut self, pixels: usize) -> Result<(), Error> {
        self.unasked += pixels as u64;
        match self.unasked < REPORT_PIXELS && self.asked.elapsed() < REPORT_TIME {
            true => Ok(()),
            false => self.report((self.coded / self.passes).min(self.pixels)),
        }
    }

    /// Reports the whole group as done, also where its pixels were not counted one by one.
    pub(crate) fn finish(&mut self) -> Result<(), Error> {
        self.rest();
        self.report(self.pixels)
    }

    fn report(&mut self, done: u64) -> Result<(), Error> {
        self.unasked = 0;
        self.asked = Instant::now();
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
