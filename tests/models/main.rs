//! Do models work as documented? Cost of coding, the paper's networks, thumbnails of models of two scales.

mod pixel;
mod coding_cost;
mod by_hand;
mod paper_networks;
mod thumbnails;
