//! Rebuilds exact files. Makes the deflate stream of a PNG file whose encoder is not known in a child process,
//! `pxc remake-deflate`, with limits on its memory and time (`docs/format.md`, *Exact files*). Hostile corrections
//! could otherwise take all memory and never end.

pub(crate) mod error;
pub(crate) mod protocol;
pub(crate) mod conversation;
pub(crate) mod parent;
pub(crate) mod child;
pub(crate) mod file;
