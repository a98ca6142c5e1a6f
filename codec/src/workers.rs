//! Distributes groups over threads.
//!
//! In: the number of groups and the work for one. Out: the results in order, or an error that does not depend on the
//! number of threads.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::Builder;

use crate::error::Error;

/// Runs `work` for each group on `threads` threads, the calling one included, or on fewer if the system has no more.
/// `start` makes the state of each thread.
///
/// # Errors
/// The error of the first group, in order, that failed.
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
        let spawned = |_: &u64| Builder::new().spawn_scoped(scope, run).is_ok();
        (0..helpers).take_while(spawned).for_each(drop);
        run();
    });
    let mut results = results
        .into_inner()
        .unwrap_or_else(|poisoned| poisoned.into_inner());
    results.sort_unstable_by_key(|&(group, _)| group);
    results.into_iter().map(|(_, result)| result).collect()
}

/// Runs two pieces of work: side by side with two threads or more, one after the other with one, or if the system has
/// no more.
pub(crate) fn both<A: Send, B>(
    threads: usize,
    first: impl FnOnce() -> A + Send,
    second: impl FnOnce() -> B,
) -> (A, B) {
    if threads < 2 {
        return (first(), second());
    }
    let first = Mutex::new(Some(first));
    let take = || lock(&first).take().map(|first| first());
    std::thread::scope(|scope| {
        let spawned = Builder::new().spawn_scoped(scope, take);
        let second = second();
        let first = match spawned.map(|thread| thread.join()) {
            Ok(Ok(first)) => first,
            Ok(Err(panic)) => std::panic::resume_unwind(panic),
            // The system has no more threads.
            Err(_) => take(),
        };
        (first.expect("it was run once"), second)
    })
}

/// Locks, also after a panic: a panic ends the work, so the data are not used.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(|poisoned| poisoned.into_inner())
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    #[test]
    fn both_are_run_at_the_same_time_or_in_order() {
        let (sender, receiver) = channel();
        // The first waits for the second.
        let (first, second) = both(2, move || receiver.recv(), move || sender.send(5));
        assert_eq!((first, second), (Ok(5), Ok(())));
        let (sender, receiver) = channel();
        let (first, second) = both(1, move || sender.send(5), move || receiver.recv());
        assert_eq!((first, second), (Ok(()), Ok(5)));
    }
}
