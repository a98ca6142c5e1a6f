//! Models of the paper's networks: the maps that later pixels read, the graph of a step between integers, the model
//! file, and parity vectors.

mod kept_maps;
mod weights;
mod builder;
mod sources;
mod lstm;
mod graph;
pub mod model;
pub mod parity;
