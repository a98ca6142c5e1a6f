//! Models of photographs: the graph between integers, the model file, the way back, and parity.

mod weights;
mod graph;
pub mod model;
pub mod reading;
pub mod parity;
