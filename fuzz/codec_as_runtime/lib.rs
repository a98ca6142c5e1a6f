//! The names of `pxc-runtime` that the readers of the command use, without the networks behind the others.

pub use pxc_codec::{Error as CodecError, *};
