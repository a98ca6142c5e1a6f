//! Models of photographs: the graph between integers, the model file, and parity vectors.

mod weights;
mod graph;
pub mod model;
pub mod parity;
