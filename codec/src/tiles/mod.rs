//! Cuts an image into tiles and groups, and puts their pixels into coding order.

pub(crate) mod rect;
pub(crate) mod tiling;
pub(crate) mod layout;
pub(crate) mod component;
pub(crate) mod tile;
pub(crate) mod coarse_image;
pub(crate) mod schedule;
pub(crate) mod wavefront;
