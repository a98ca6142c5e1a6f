//! Sizes that the parts of the thorough refinement share (`docs/format.md`, *Thorough refinement*).

/// Decisions of a sample that are mixed.
pub(crate) const DEPTH: usize = 8;
/// Estimates of a sample that have histograms.
pub(crate) const ESTIMATES: usize = 24;
/// Histograms of each estimate.
pub(crate) const HISTOGRAMS: usize = 2;
/// Contexts that have lists of values.
pub(crate) const LISTS: usize = 24;
