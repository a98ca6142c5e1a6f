//! Runs work that nothing can interrupt so that its caller can leave.
//!
//! In: the work, and a callback. Out: its result, or [`pxc_codec::Error::Cancelled`] soon after the callback asked to
//! stop. The work then runs to its end, and its result is discarded.

use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::Builder;
use std::time::Duration;

use pxc_codec::{Progress, ProgressCallback};

use crate::error::{Error, Result};

/// Time between two calls of the callback.
const REPORT_TIME: Duration = Duration::from_millis(20);

/// Runs work that begins when `progress` is reached, and reports that progress until it ends. Without a callback, and
/// if the system has no more threads, it runs on this thread.
pub(crate) fn run<T: Send + 'static>(
    callback: Option<ProgressCallback<'_>>,
    progress: Progress,
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    let Some(callback) = callback else {
        return work();
    };
    ask(callback, progress)?;
    let (sender, receiver) = channel();
    let shared = Arc::new(Mutex::new(Some(work)));
    let take = |shared: &Mutex<Option<_>>| {
        let mut work = shared.lock().unwrap_or_else(PoisonError::into_inner);
        work.take()
    };
    let theirs = shared.clone();
    let thread = Builder::new().spawn(move || {
        let work = take(&theirs);
        // Nobody receives the result if the caller has left.
        work.map(|work| sender.send(work()).is_ok())
    });
    if thread.is_err() {
        return take(&shared).map_or_else(|| Err(failed()), |work| work());
    }
    loop {
        match receiver.recv_timeout(REPORT_TIME) {
            Ok(result) => return result,
            Err(RecvTimeoutError::Timeout) => ask(callback, progress)?,
            Err(RecvTimeoutError::Disconnected) => return Err(failed()),
        }
    }
}

/// Reports progress.
///
/// # Errors
/// [`pxc_codec::Error::Cancelled`] when the callback asks to stop.
pub(crate) fn ask(callback: ProgressCallback<'_>, progress: Progress) -> Result<()> {
    match callback(progress).is_break() {
        true => Err(pxc_codec::Error::Cancelled.into()),
        false => Ok(()),
    }
}

fn failed() -> Error {
    Error::damaged("its decoder failed")
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::time::Instant;

    use super::*;

    const PROGRESS: Progress = Progress { done: 3, total: 9 };

    #[test]
    fn a_caller_leaves_long_work() {
        let calls = AtomicU32::new(0);
        let callback = |progress| {
            assert_eq!(progress, PROGRESS);
            match calls.fetch_add(1, Ordering::Relaxed) {
                0..3 => ControlFlow::Continue(()),
                _ => ControlFlow::Break(()),
            }
        };
        let begin = Instant::now();
        let long = || {
            std::thread::sleep(Duration::from_secs(60));
            Ok(())
        };
        let left = run(Some(&callback), PROGRESS, long);
        assert!(left.is_err_and(|error| error.kind() == pxc_codec::ErrorKind::Cancelled));
        assert!(begin.elapsed() < Duration::from_secs(5));
    }

    #[test]
    fn results_and_panics_come_back() {
        let callback = |_| ControlFlow::Continue(());
        assert_eq!(run(Some(&callback), PROGRESS, || Ok(5)).ok(), Some(5));
        let panics = || {
            let guarded = crate::guarded::guarded(|| panic!("no"));
            guarded.map_err(|panicked| Error::undecodable("its work", panicked))
        };
        assert!(run::<()>(Some(&callback), PROGRESS, panics).is_err());
    }
}
