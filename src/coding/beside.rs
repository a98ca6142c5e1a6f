//! Work beside other work.

use std::sync::{Mutex, PoisonError};
use std::thread::Builder;

/// Runs two pieces of work side by side; one after the other where the system has no more threads.
pub(crate) fn beside<A: Send, B>(
    first: impl FnOnce() -> A + Send,
    second: impl FnOnce() -> B,
) -> (A, B) {
    let first = Mutex::new(Some(first));
    let take = || {
        let mut first = first.lock().unwrap_or_else(PoisonError::into_inner);
        first.take().map(|first| first())
    };
    std::thread::scope(|scope| {
        let spawned = Builder::new().spawn_scoped(scope, take);
        let second = second();
        let first = match spawned.map(|thread| thread.join()) {
            Ok(Ok(first)) => first,
            Ok(Err(panic)) => std::panic::resume_unwind(panic),
            Err(_) => take(),
        };
        (first.expect("it was run once"), second)
    })
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    #[test]
    fn both_are_run_at_the_same_time() {
        let (sender, receiver) = channel();
        // The first waits for the second.
        let (first, second) = beside(move || receiver.recv(), move || sender.send(5));
        assert_eq!((first, second), (Ok(5), Ok(())));
    }
}
