//! Works on the inputs: one engine for all of them, several files at a time, and exact files.

pub(crate) mod deadline;
pub(crate) mod engine;
pub(crate) mod jpeg;
pub(crate) mod exactness;
pub(crate) mod preserved;
pub(crate) mod losses;
pub(crate) mod rebuild;
pub(crate) mod damage;
pub(crate) mod decoded;
pub(crate) mod output_content;
pub(crate) mod batch_results;
pub(crate) mod batch;
