//! State that belongs to one process. A forked child has one thread only: a lock that another thread held stays locked
//! in it for ever.
//!
//! In: the state, and what a child inherits of its parent's. Out: the state of the process that asks.

use std::sync::{Mutex, OnceLock, TryLockError};

/// A value of its own for each process.
pub(crate) struct PerProcess<T> {
    process: u32,
    value: T,
    child: OnceLock<Box<PerProcess<T>>>,
}

impl<T> PerProcess<T> {
    /// The value of this process.
    pub(crate) fn new(value: T) -> Self {
        PerProcess {
            process: process_id(),
            value,
            child: OnceLock::new(),
        }
    }

    /// The value of the process that asks. In a child, `inherit` makes it from the parent's, of which every lock may be
    /// held.
    pub(crate) fn get(&self, inherit: impl Fn(&T) -> T) -> &T {
        let process = process_id();
        let mut own = self;
        while own.process != process {
            let made = || Box::new(PerProcess::new(inherit(&own.value)));
            own = own.child.get_or_init(made);
        }
        &own.value
    }
}

impl<T: Default> Default for PerProcess<T> {
    fn default() -> Self {
        PerProcess::new(T::default())
    }
}

/// A copy of what a lock holds; the default if it is held.
pub(crate) fn copied<T: Clone + Default>(mutex: &Mutex<T>) -> Mutex<T> {
    let value = match mutex.try_lock() {
        Ok(value) => value.clone(),
        Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner().clone(),
        Err(TryLockError::WouldBlock) => T::default(),
    };
    Mutex::new(value)
}

/// The id of this process; 0 where processes do not fork.
pub(crate) fn process_id() -> u32 {
    #[cfg(unix)]
    return std::process::id();
    #[cfg(not(unix))]
    0
}
