//! The progress bar of commands that measure or draw.

use std::io::IsTerminal;

use indicatif::{ProgressBar, ProgressStyle};

/// Whether to show progress: on a terminal, unless the user asked for none.
pub(crate) fn is_shown(hidden: bool) -> bool {
    !hidden && std::io::stderr().is_terminal()
}

/// Makes a bar of `length` units.
pub(crate) fn bar(length: usize, hidden: bool) -> ProgressBar {
    if !is_shown(hidden) {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(length as u64);
    if let Ok(style) = ProgressStyle::with_template("{bar:32} {pos}/{len} {eta}") {
        bar.set_style(style);
    }
    bar
}
