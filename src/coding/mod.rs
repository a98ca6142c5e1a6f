//! Works on the inputs: one engine for all of them, what each becomes, several files at a time, and exact files.

pub(crate) mod deadline;
pub(crate) mod engine;
pub(crate) mod jpeg;
pub(crate) mod exactness;
pub(crate) mod losses;
pub(crate) mod encoding;
pub(crate) mod decoding;
pub(crate) mod outcome;
pub(crate) mod batch_results;
pub(crate) mod batch;
pub(crate) mod rebuild;
