//! Ctrl-C: the first one asks the work to stop, the second one ends the process.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::error::{Error, Result};

/// The exit code of a program that Ctrl-C ended.
pub(crate) const INTERRUPTED: u8 = 130;

/// Returns a flag that Ctrl-C sets. `message` tells the user what happens then.
pub(crate) fn stop_on_interruption(message: &'static str) -> Arc<AtomicBool> {
    let stop = Arc::new(AtomicBool::new(false));
    let flag = stop.clone();
    let handler = move || {
        if flag.swap(true, Ordering::Relaxed) {
            std::process::exit(INTERRUPTED.into());
        }
        eprintln!("\n{message}");
    };
    // Without it, Ctrl-C ends the process at once.
    let _ = ctrlc::set_handler(handler);
    stop
}

/// Fails if a run was stopped before its end.
pub(crate) fn fail_if_stopped(stop: &AtomicBool, checkpoint: &Path) -> Result<()> {
    match stop.load(Ordering::Relaxed) {
        true => Err(Error::Interrupted {
            checkpoint: checkpoint.into(),
        }),
        false => Ok(()),
    }
}
