//! Do models do what they promise? Cost of coding, the paper's networks, thumbnails of models of two scales.

#[path = "../harness/mod.rs"]
mod harness;

mod pixel;
mod coding_cost;
mod paper_networks;
mod thumbnails;
