//! The integer half of pxc: image → planes → wavefront → frequencies → range coder → `.pxc` file, and back.
//!
//! ```
//! use pxc_codec::{ColorType, DecodeOptions, EncodeOptions, Image, decode, encode};
//!
//! let image = Image::new(2, 2, ColorType::Gray, vec![10, 20, 30, 40])?;
//! let (bytes, _) = encode(&image, &[], None, &EncodeOptions::default())?;
//! assert_eq!(
//!     bytes,
//!     *b"\x89PXC\r\n\x1a\n\x01\x11\x00\x30\x02\x02\xb3\x72\xef\x98\x40\x5b\xc5\x41\x05\xf0\x8b\x44\x53\xd9\xce\xef\x75\
//!        \x00\x0a\x14\x1e\x28"
//! );
//! let no_model = |_| Ok(None);
//! assert_eq!(decode(&bytes, &no_model, &DecodeOptions::default())?.image, image);
//! # Ok::<(), pxc_codec::Error>(())
//! ```
//!
//! This crate knows no neural network and no floating point. A model is whatever implements [`Predictor`]; without one,
//! images are coded adaptively or stored. The modules below stand in the order in which the data flows; `docs/format.md`
//! describes every byte.

pub mod sample_format;
pub mod palette;
pub mod image;
mod expand;
pub mod tiling;
pub mod predictor;
pub mod prediction;
mod wavefront;
mod fitted_model;
pub mod frequencies;
mod range_coder;
mod logistic;
mod refinement;
mod general;
mod adaptive;
mod component;
mod coarse_image;
mod color_cube;
mod color_set;
mod color_gain;
mod stored;
pub mod container;
pub mod varint;
mod color_field;
mod header;
mod digest;
mod network_lanes;
mod network_encoder;
mod network_decoder;
mod group_encoder;
mod group_decoder;
mod encoder;
mod decoder;

mod error;
mod options;
mod workers;

pub use container::{Chunk, Coder, GroupEntry, Header, SIGNATURE};
pub use decoder::{
    DamagedGroup, Decoded, Partial, Resolve, decode, decode_partial, decode_region,
    decode_thumbnail,
};
pub use digest::pixel_digest;
pub use encoder::encode;
pub use error::{Error, ErrorKind};
pub use header::read_header;
pub use image::Image;
pub use options::{
    DecodeOptions, DecodeStats, Effort, EncodeOptions, EncodeStats, GroupStats, Limits, Progress,
    ProgressCallback, Times,
};
pub use palette::{ColorKey, Palette};
pub use predictor::{
    COARSE_TAPS, KeptMaps, LanePlace, ModelId, ModelSpec, Predictor, PredictorError, Session,
    SymbolRule, Tap, TileSize,
};
pub use sample_format::{BitDepth, ColorType, SampleFormat};
pub use tiling::{Layout, Rect, Tiling};
