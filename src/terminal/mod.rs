//! What the user sees while a command runs: messages, results, figures and a progress bar.

pub(crate) mod escaping;
pub(crate) mod hints;
pub(crate) mod version;
pub(crate) mod figures;
pub(crate) mod standard_output;
pub(crate) mod console;
pub(crate) mod progress;
