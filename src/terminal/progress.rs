//! One progress bar per command: processed bytes of input, rate and time left.
//!
//! In: progress within files, from any thread. Out: a bar on standard error, if that is a terminal and the work takes
//! long.

use std::fmt;
use std::io::{self, IsTerminal};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use indicatif::{
    HumanBytes, HumanDuration, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle,
};
use pxc_runtime::Progress;

use crate::arguments::batch::MessageArguments;
use crate::files::inputs::Job;
use crate::terminal::console;

/// The time after which work shows a progress bar.
const LONG: Duration = Duration::from_secs(1);

const TEMPLATE: &str =
    "{msg} {wide_bar} {percent:>3} % {bytes}/{total_bytes} {rate} {remaining:>4}";

/// The progress of all files.
pub(crate) struct BatchMeter {
    visible: bool,
    begin: Instant,
    name: String,
    files: usize,
    files_done: AtomicUsize,
    total: u64,
    done: AtomicU64,
    bar: OnceLock<ProgressBar>,
}

impl BatchMeter {
    /// Starts a meter for these files.
    pub(crate) fn new(jobs: &[Job], messages: MessageArguments) -> BatchMeter {
        BatchMeter {
            visible: !messages.quiet && !messages.no_progress && io::stderr().is_terminal(),
            begin: Instant::now(),
            name: match jobs {
                [job] => job.input.to_string(),
                _ => String::new(),
            },
            files: jobs.len(),
            files_done: AtomicUsize::new(0),
            total: jobs.iter().map(|job| job.bytes).sum(),
            done: AtomicU64::new(0),
            bar: OnceLock::new(),
        }
    }

    /// The meter of one of the files.
    pub(crate) fn file(&self, job: &Job) -> FileMeter<'_> {
        FileMeter {
            batch: self,
            bytes: job.bytes,
            passes: AtomicU64::new(1),
            pass: AtomicU64::new(0),
            reported: AtomicU64::new(0),
            begin: Instant::now(),
        }
    }

    fn advance(&self, bytes: u64) {
        let done = self.done.fetch_add(bytes, Ordering::Relaxed) + bytes;
        if !self.visible || self.begin.elapsed() < LONG {
            return;
        }
        let bar = self.bar.get_or_init(|| self.show());
        if self.files > 1 {
            let files = self.files_done.load(Ordering::Relaxed);
            bar.set_message(format!("{files}/{} files", self.files));
        }
        bar.set_position(done.min(self.total));
    }

    fn show(&self) -> ProgressBar {
        let bar = ProgressBar::with_draw_target(Some(self.total), ProgressDrawTarget::stderr())
            .with_elapsed(self.begin.elapsed());
        if let Ok(style) = ProgressStyle::with_template(TEMPLATE) {
            bar.set_style(
                style
                    .with_key("rate", write_rate)
                    .with_key("remaining", write_remaining),
            );
        }
        bar.set_message(self.name.clone());
        console::speak_above(Some(bar.clone()));
        bar
    }
}

/// Writes the bytes per second since the work began.
fn write_rate(state: &ProgressState, out: &mut dyn fmt::Write) {
    let seconds = state.elapsed().as_secs_f64().max(f64::MIN_POSITIVE);
    let rate = HumanBytes((state.pos() as f64 / seconds) as u64);
    // A progress bar cannot report an error.
    let _ = write!(out, "{rate}/s");
}

/// Writes the time that the rest takes at the rate since the work began; nothing before there is a rate.
fn write_remaining(state: &ProgressState, out: &mut dyn fmt::Write) {
    let (done, total) = (state.pos() as f64, state.len().unwrap_or(0) as f64);
    if done > 0.0 {
        let left = state.elapsed().mul_f64((total - done).max(0.0) / done);
        let _ = write!(out, "{:#}", HumanDuration(left));
    }
}

impl Drop for BatchMeter {
    fn drop(&mut self) {
        if let Some(bar) = self.bar.get() {
            console::speak_above(None);
            bar.finish_and_clear();
        }
    }
}

/// The progress of one file, which may take several passes.
pub(crate) struct FileMeter<'a> {
    batch: &'a BatchMeter,
    bytes: u64,
    passes: AtomicU64,
    pass: AtomicU64,
    reported: AtomicU64,
    begin: Instant,
}

impl FileMeter<'_> {
    /// The time since the work on the file began.
    pub(crate) fn elapsed(&self) -> Duration {
        self.begin.elapsed()
    }

    /// Sets the number of passes over the pixels.
    pub(crate) fn expect_passes(&self, passes: u64) {
        self.passes.store(passes, Ordering::Relaxed);
    }

    /// Ends a pass.
    pub(crate) fn next_pass(&self) {
        self.pass.fetch_add(1, Ordering::Relaxed);
    }

    /// Records progress in a pass.
    pub(crate) fn advance(&self, progress: Progress) {
        let passes = self.passes.load(Ordering::Relaxed).max(1) as f64;
        let pass = self.pass.load(Ordering::Relaxed) as f64;
        let part = progress.done as f64 / progress.total.max(1) as f64;
        self.reach(((pass + part) / passes * self.bytes as f64) as u64);
    }

    fn reach(&self, bytes: u64) {
        let bytes = bytes.min(self.bytes);
        let before = self.reported.fetch_max(bytes, Ordering::Relaxed);
        if bytes > before {
            self.batch.advance(bytes - before);
        }
    }
}

impl Drop for FileMeter<'_> {
    fn drop(&mut self) {
        self.batch.files_done.fetch_add(1, Ordering::Relaxed);
        self.reach(self.bytes);
    }
}
