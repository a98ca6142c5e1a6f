//! Compresses and decompresses images with pxc models, on tract or ONNX Runtime.
//!
//! An application's whole program:
//!
//! ```
//! use pxc_runtime::{ColorType, CompressOptions, DecompressOptions, Image, compress, decompress};
//!
//! let image = Image::new(2, 2, ColorType::Rgb, vec![10, 20, 30, 10, 20, 31, 11, 20, 30, 11, 21, 30])?;
//! let bytes = compress(&image, &CompressOptions::default())?;
//! assert_eq!(decompress(&bytes, &DecompressOptions::default())?, image);
//! # Ok::<(), pxc_runtime::Error>(())
//! ```
//!
//! Models are embedded; others are found by name or id in a [`Registry`]. An [`Engine`] keeps models and plans for many
//! images and chooses the [`Backend`]; all of them make the same bytes. A [`Model`] is an ONNX file that `docs/model.md`
//! describes; it is proven to be exact before it is run.

mod model;
mod embedded;
mod registry;
mod model_parts;
mod lanes;
mod map_wiring;
mod map_store;
mod staging;
mod integer_layer;
#[cfg(target_arch = "x86_64")]
mod integer_kernels;
mod wide;
mod tract_finish;
mod tract_layer;
mod plan_steps;
mod tract_table;
mod tract_plan;
mod tract_backend;
#[cfg(feature = "onnxruntime")]
mod onnxruntime_library;
#[cfg(feature = "onnxruntime")]
mod onnxruntime_backend;
#[cfg(not(feature = "onnxruntime"))]
#[path = "onnxruntime_disabled.rs"]
mod onnxruntime_backend;
mod backend;
mod engine;
mod error;

pub use backend::{Arithmetic, Backend, BackendOptions, open};
pub use engine::{CompressOptions, DecompressOptions, Engine, compress, decompress};
pub use error::{Error, Result};
pub use model::{Model, id_of};
pub use registry::{ModelEntry, Origin, Registry, default_models_directory, parse_id};

pub use pxc_codec::{
    BitDepth, CodingMethod, ColorKey, ColorType, DamagedGroup, DecodeStats, Decoded, Effort,
    EncodeStats, Error as CodecError, ErrorKind, GroupEntry, Header, Image, Limits, MetadataChunk,
    ModelId, Palette, Partial, Predictor, Progress, ProgressCallback, Rect, SIGNATURE,
    SampleFormat, Session, Tiling, Times, read_header,
};
pub use pxc_model::{Bound, ConvForm, ModelMetadata};
