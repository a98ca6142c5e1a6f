//! What the coding methods *refined* and *thorough* are built of (`docs/format.md`, *Refinement*).
//!
//! In: the lanes of a wavefront step with the network's running sums, and coded samples. Out: batches of samples with
//! their distributions, contexts, counters, seen colours and linear predictions, from which each method mixes the
//! probabilities of its decisions.

pub(crate) mod dimensions;
pub(crate) mod cells;
pub(crate) mod distribution;
mod large_pages;
pub(crate) mod counters;
pub(crate) mod seen_colors;
pub(crate) mod linear;
pub(crate) mod contexts;
pub(crate) mod batches;
