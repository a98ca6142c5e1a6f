//! The command line as clap sees it: what each command accepts, and its help.

pub(crate) mod command_line;
pub(crate) mod compress;
pub(crate) mod decompress;
pub(crate) mod inspect;
pub(crate) mod files;
pub(crate) mod batch;
pub(crate) mod coding;
pub(crate) mod choices;
pub(crate) mod limits;
pub(crate) mod region;
pub(crate) mod allowance;
