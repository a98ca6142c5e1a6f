//! Ctrl-C: the first one asks the work to stop, the second one ends the process.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Returns a flag that Ctrl-C sets. `message` tells the user what happens then.
pub(crate) fn stop_on_interruption(message: &'static str) -> Arc<AtomicBool> {
    let stop = Arc::new(AtomicBool::new(false));
    let flag = stop.clone();
    let handler = move || {
        if flag.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
        eprintln!("\n{message}");
    };
    // Without it, Ctrl-C ends the process at once.
    let _ = ctrlc::set_handler(handler);
    stop
}

/// Says how to continue a run that was stopped.
pub(crate) fn say_if_stopped(stop: &AtomicBool, checkpoint: &Path) {
    if stop.load(Ordering::Relaxed) {
        let checkpoint = checkpoint.display();
        eprintln!("stopped; the same command resumes from {checkpoint}");
    }
}
