//! The coding methods: how the samples of a component become a stream, and back (`docs/format.md`, *Groups*).

pub(crate) mod method;
pub(crate) mod failure;
pub(crate) mod stored;
mod pixel_tile;
mod tile_neighbors;
pub(crate) mod adaptive;
pub(crate) mod general;
pub(crate) mod network;
pub(crate) mod refined;
pub(crate) mod thorough;
pub(crate) mod deep;
