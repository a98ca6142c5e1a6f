//! What a training run writes of its reports: rows of `log.tsv`, and a curve.

pub(crate) mod curve;
pub(crate) mod run_log;
