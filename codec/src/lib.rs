//! The integer half of pxc: image → planes → wavefront → frequencies → range coder → `.pxc` file, and back.
//!
//! This crate knows no neural network and no floating point. A model is whatever implements [`Predictor`]; without one,
//! images are coded adaptively or stored. The modules below stand in the order in which the data flows; `docs/format.md`
//! describes every byte.

pub mod image;
pub mod tiling;
pub mod predictor;
mod prediction;
mod wavefront;
mod model;
pub mod frequencies;
mod range_coder;
mod adaptive;
mod component;
pub mod container;
mod varint;
mod header;
mod digest;
mod network_encoder;
mod network_decoder;
mod group_encoder;
mod group_decoder;
mod encoder;
mod decoder;

mod error;
mod options;
mod workers;

pub use container::{Chunk, Coder, GroupEntry, Header};
pub use decoder::{DamagedGroup, Decoded, Partial, Resolve, decode, decode_partial};
pub use digest::pixel_digest;
pub use encoder::encode;
pub use error::{Error, ErrorKind};
pub use header::read_header;
pub use image::{ColorType, Image};
pub use options::{
    DecodeOptions, DecodeStats, EncodeOptions, EncodeStats, GroupStats, Limits, Progress,
    ProgressCallback, Times,
};
pub use predictor::{ModelId, ModelSpec, Predictor, PredictorError, Session, Tap};
pub use tiling::{Layout, Rect, Tiling};
