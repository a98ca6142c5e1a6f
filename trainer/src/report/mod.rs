//! What a training run reports: a line and a row of `log.tsv` per report, and a curve.

pub(crate) mod curve;
pub(crate) mod run_log;
