//! From an image to the order in which its pixels are coded: tiles, their components, the wavefront, coarse images.

pub mod tiling;
pub(crate) mod component;
pub(crate) mod tile;
pub(crate) mod wavefront;
pub(crate) mod coarse_image;
