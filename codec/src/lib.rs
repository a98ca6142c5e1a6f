//! The codec of pxc, all in integers: image → planes → wavefront → frequencies → range coder → `.pxc` file, and back.
//!
//! ```
//! use pxc_codec::{ColorType, DecodeOptions, EncodeOptions, Image, decode, encode};
//!
//! let image = Image::new(2, 2, ColorType::Gray, vec![10, 20, 30, 40])?;
//! let (bytes, _) = encode(&image, &[], None, &EncodeOptions::default())?;
//! assert_eq!(
//!     bytes,
//!     *b"\x89PXC\r\n\x1a\n\x01\x11\x00\x30\x02\x02\xb3\x72\xef\x98\x40\x5b\xc5\x41\x05\xf0\x8b\x44\x53\xd9\xce\xef\
//!        \x75\x00\x0a\x14\x1e\x28"
//! );
//! let no_model = |_| Ok(None);
//! assert_eq!(decode(&bytes, &no_model, &DecodeOptions::default())?.image, image);
//! # Ok::<(), pxc_codec::Error>(())
//! ```
//!
//! This crate contains no neural network and no floating point. A model is any type that implements [`Predictor`];
//! without one, images are coded with the methods *general*, *adaptive* and *deep*, or stored. The modules below are
//! listed in the order in which data flows; `docs/format.md` describes every byte.

#![deny(clippy::float_arithmetic)]

mod image;
mod sample_map;
mod tiles;
pub mod model;
#[cfg(feature = "benchable")]
pub mod entropy;
#[cfg(not(feature = "benchable"))]
#[allow(unreachable_pub)] // Public with the feature.
mod entropy;
mod color_set;
mod coders;
pub mod container;
mod preview;
mod encode;
mod decode;

mod error;
mod full_message;
mod options;
mod limits;
mod stats;
pub mod simd;
mod work_meter;
mod workers;

pub use coders::method::CodingMethod;
pub use container::header::{GroupEntry, Header, MetadataChunk, PREVIEW_SIDE, Preview, SIGNATURE};
pub use container::header_reader::read_header;
pub use container::jpeg_file::JpegFile;
pub use container::other_metadata::with_metadata;
pub use decode::checks::check_file;
pub use decode::{
    DamagedGroup, Decoded, Partial, Resolve, decode, decode_partial, decode_preview, decode_region,
    decode_thumbnail,
};
pub use encode::encode;
pub use entropy::frequencies::EXP2;
pub use error::{Error, ErrorKind};
pub use full_message::full_message;
pub use image::digest::pixel_digest;
pub use image::palette::{ColorKey, Palette};
pub use image::raster::Image;
pub use image::sample_format::{BitDepth, ColorType, SampleFormat};
pub use limits::Limits;
pub use model::error::PredictorError;
pub use model::id::ModelId;
pub use model::predictor::{COARSE_TAPS, KeptMaps, ModelSpec, Predictor, SymbolRule, Tap};
pub use model::session::{LanePosition, Session, TileSize};
pub use options::{DecodeOptions, Effort, EncodeOptions, Progress, ProgressCallback};
pub use sample_map::coded_format;
pub use sample_map::map::SampleMap;
pub use stats::{DecodeStats, EncodeStats, GroupStats, Times};
pub use tiles::layout::Layout;
pub use tiles::rect::Rect;
pub use tiles::tiling::Tiling;
