//! The coding methods: how the samples of a component become a stream, and back (`docs/format.md`, *Groups*).
//!
//! What several methods share comes first. A method imports from another only where it continues its work: the network
//! method hands its distributions to the refined or the thorough one.

pub(crate) mod method;
pub(crate) mod failure;
pub(crate) mod stored;
mod pixel_tile;
mod tile_neighbors;
pub(crate) mod numbers;
pub(crate) mod lists;
mod linear;
mod mixing;
pub(crate) mod refinement;
pub(crate) mod adaptive;
pub(crate) mod general;
pub(crate) mod network;
pub(crate) mod refined;
pub(crate) mod thorough;
pub(crate) mod deep;
