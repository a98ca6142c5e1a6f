//! What is kept of the rows of a plane (`docs/format.md`, *Deep method*).
//!
//! In: coded samples, and what was known of them. Out: the neighbourhood of the next sample.

pub(crate) mod window;
pub(crate) mod cells;
pub(crate) mod errors;
pub(crate) mod rows;
