//! Exact files (`docs/format.md`, *Exact files*): what a `.pxc` file carries besides pixels and metadata so that the
//! file comes back byte for byte.
//!
//! [`describe`] puts this into a chunk, which [`find`] finds again. [`restore`] rebuilds a file that is not PNG. A PNG
//! file takes three steps: [`ExactFile::parse`] restores everything but the deflate stream, the caller makes that from
//! [`ExactFile::source`], and [`ExactFile::assemble`] returns the file. The source is a known encoder, which
//! [`KnownStream::make`] runs, or stretches for a [`Recreator`].
//!
//! Only builds with the feature `preflate` (the default) predict the streams of unknown encoders, with preflate-rs.
//!
//! **Hostile stretches can make a [`Recreator`] run for ever and take all memory.** Give it a process with limits, as
//! the `pxc` command does, unless the description comes from a trusted source ([`recreate_trusted`]).

mod stretches;
pub(crate) mod reason;
#[cfg(feature = "preflate")]
mod prediction;
#[cfg(feature = "preflate")]
mod recreation;
#[cfg(not(feature = "preflate"))]
mod unpredicted;
mod bytes;
mod frame;
mod filters;
mod known;
mod png_file;
mod template;
mod description;

pub use description::{Description, describe, extension, extension_chunk, find};
pub use known::stream::KnownStream;
pub use png_file::{ExactFile, Source};
pub use reason::Reason;
#[cfg(feature = "preflate")]
pub use recreation::{Recreator, recreate_trusted};
pub use stretches::{Stretch, Stretches};
pub use template::file::restore;
