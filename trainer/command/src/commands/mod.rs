//! The commands of `pxc-train`: arguments in, calls of the library out.

mod arguments;
mod progress_bar;
mod run_display;
pub(crate) mod interruption;
mod provenance;
mod drawing;
pub(crate) mod tune;
pub(crate) mod photo;
pub(crate) mod paper;
pub(crate) mod evaluate;
pub(crate) mod sample;
pub(crate) mod complete;
