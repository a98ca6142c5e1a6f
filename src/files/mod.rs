//! Inputs and outputs: which files a command reads, what its outputs are called, and how they are written.

pub(crate) mod location;
pub(crate) mod extended;
pub(crate) mod attributes;
pub(crate) mod inputs;
pub(crate) mod beginning;
pub(crate) mod reading;
pub(crate) mod naming;
pub(crate) mod conflicts;
pub(crate) mod existing;
pub(crate) mod output;
pub(crate) mod unfinished;
pub(crate) mod finished;
pub(crate) mod removal;
