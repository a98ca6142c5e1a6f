//! Work on a thread of its own, while the caller's thread serves Python: signals and the progress callback.

use std::ops::ControlFlow;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread::{self, Builder, Thread};
use std::time::Duration;

use pxc_runtime::{Progress, ProgressCallback, Result};
use pyo3::prelude::*;

use crate::error::failure;

/// How long the caller's thread waits between two looks at signals and progress.
const PAUSE: Duration = Duration::from_millis(50);

/// What the threads share.
#[derive(Default)]
struct State {
    done: AtomicU64,
    total: AtomicU64,
    is_stopped: AtomicBool,
    is_finished: AtomicBool,
}

impl State {
    /// The progress callback of the runtime. It never waits for the interpreter.
    fn advance(&self, progress: Progress) -> ControlFlow<()> {
        self.total.store(progress.total, Ordering::Relaxed);
        self.done.fetch_max(progress.done, Ordering::Relaxed);
        match self.is_stopped.load(Ordering::Relaxed) {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    }

    /// Passes progress to `callback` if there is more than it knows.
    fn report(&self, callback: Option<&Bound<'_, PyAny>>, known: &mut u64) -> PyResult<()> {
        let (done, total) = (
            self.done.load(Ordering::Relaxed),
            self.total.load(Ordering::Relaxed),
        );
        if let Some(callback) = callback
            && done > *known
        {
            *known = done;
            callback.call1((done, total))?;
        }
        Ok(())
    }
}

/// Wakes the caller's thread at the end of the work, and when that panics.
struct Finish<'a>(&'a State, Thread);

impl Drop for Finish<'_> {
    fn drop(&mut self) {
        self.0.is_finished.store(true, Ordering::Release);
        self.1.unpark();
    }
}

/// Does work without the interpreter's lock. Calls `progress` with the pixels that are done and those of the image, in
/// the thread of the caller. An exception that it raises, or that the handler of a signal raises, stops the work and is
/// returned.
///
/// If the system refuses another thread, works in that of the caller, without progress and signals.
pub(crate) fn call<T: Send>(
    py: Python<'_>,
    progress: Option<&Bound<'_, PyAny>>,
    work: impl FnOnce(ProgressCallback<'_>) -> Result<T> + Send,
) -> PyResult<T> {
    let state = State::default();
    let callback = |progress: Progress| state.advance(progress);
    let work = Mutex::new(Some(work));
    let work_once = || {
        let work = work.lock().unwrap_or_else(PoisonError::into_inner).take();
        work.expect("one thread takes it")(&callback)
    };
    thread::scope(|scope| {
        let finish = Finish(&state, thread::current());
        let spawned = Builder::new().spawn_scoped(scope, || {
            let _finish = finish;
            work_once()
        });
        let Ok(worker) = spawned else {
            return py.detach(work_once).map_err(|error| failure(py, &error));
        };
        let (mut served, mut known) = (Ok(()), 0);
        while !state.is_finished.load(Ordering::Acquire) {
            py.detach(|| thread::park_timeout(PAUSE));
            if served.is_ok() {
                served = py
                    .check_signals()
                    .and_then(|()| state.report(progress, &mut known));
                state.is_stopped.store(served.is_err(), Ordering::Relaxed);
            }
        }
        let result = py.detach(|| worker.join());
        served.and_then(|()| state.report(progress, &mut known))?;
        let result = result.unwrap_or_else(|panicked| resume_unwind(panicked));
        result.map_err(|error| failure(py, &error))
    })
}
