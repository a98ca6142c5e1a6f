//! What a training run says: a line and a row of `log.tsv` per report, and a curve.

pub mod curve;
pub mod run_log;
