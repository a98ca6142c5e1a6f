//! Runs work that cannot be cancelled, such as that of other crates, for a limited time.

use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::Builder;
use std::time::Duration;

/// How much longer work may take that watches the clock itself, so that it can report what it stopped.
const GRACE: Duration = Duration::from_millis(200);

/// Returns the result of work that takes at most `time`; `None` if it takes longer. The work then runs to its end, and
/// its result is discarded. If the system has no more threads, the work runs on this one, without a limit.
pub(crate) fn in_time<T: Send + 'static>(
    time: Duration,
    work: impl FnOnce() -> T + Send + 'static,
) -> Option<T> {
    let (sender, receiver) = channel();
    let shared = Arc::new(Mutex::new(Some(work)));
    let theirs = shared.clone();
    let take = |shared: &Mutex<Option<_>>| {
        let mut work = shared.lock().unwrap_or_else(PoisonError::into_inner);
        work.take()
    };
    let thread = Builder::new().spawn(move || {
        let work = take(&theirs);
        // Nobody receives the result if the caller has left.
        work.map(|work| sender.send(work()).is_ok())
    });
    let Ok(thread) = thread else {
        return take(&shared).map(|work| work());
    };
    match receiver.recv_timeout(time + GRACE) {
        Ok(result) => Some(result),
        Err(RecvTimeoutError::Timeout) => None,
        Err(RecvTimeoutError::Disconnected) => match thread.join() {
            Ok(_) => None,
            Err(panic) => std::panic::resume_unwind(panic),
        },
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    #[test]
    fn long_work_is_left_and_short_work_is_heard() {
        assert_eq!(in_time(Duration::from_secs(60), || 5), Some(5));
        let begin = Instant::now();
        let long = || std::thread::sleep(Duration::from_secs(60));
        assert_eq!(in_time(Duration::from_millis(20), long), None);
        assert!(begin.elapsed() < Duration::from_secs(20));
    }

    #[test]
    #[should_panic(expected = "no")]
    fn panics_go_on() {
        in_time(Duration::from_secs(60), || panic!("no"));
    }
}
