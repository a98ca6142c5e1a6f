//! Exact files (`docs/format.md`, *Exact files*): what a `.pxc` file carries besides pixels and metadata so that the file
//! comes back byte for byte.
//!
//! [`describe`] puts this into a chunk, which [`find`] finds again. [`restore`] rebuilds a file that is not PNG. A PNG file takes
//! three steps: [`ExactFile::parse`] restores everything but the deflate stream, the caller makes that from
//! [`ExactFile::stretches`], and [`ExactFile::assemble`] returns the file.
//!
//! **A hostile description of a PNG file can make the middle step run for ever and take all memory.** Give [`Recreator`] a process
//! with limits, as the `pxc` command does, unless the description comes from a trusted source ([`recreate_trusted`]).

mod stretches;
pub(crate) mod reason;
mod prediction;
mod recreation;
mod bytes;
mod frame;
mod file;
mod template;
mod description;

pub use description::{Description, describe, extension, extension_chunk, find};
pub use file::ExactFile;
pub use reason::Reason;
pub use recreation::{Recreator, recreate_trusted};
pub use stretches::{Stretch, Stretches};
pub use template::file::restore;
