//! Compresses and decompresses images with pxc models, on tract or ONNX Runtime.
//!
//! A complete program:
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
//! The default models are embedded; a [`Registry`] finds others by name or id. An [`Engine`] keeps models and plans
//! for many images and runs them on a [`Backend`]; every backend writes the same bytes. A [`Model`] is an ONNX file as
//! `docs/model.md` describes it. No model runs before it is proven exact.
//!
//! Features:
//!
//! - `models-gray`, `models-rgb` (on by default): the models of photos. Without them an engine writes larger files, and
//!   reads only what needs no model, or one that it was given.
//! - `jpeg` (on by default): `.pxc` files that hold JPEG files.
//! - `exact`: image files → `.pxc` files and back, byte for byte.
//! - `onnxruntime`, `cuda`: the backends of these names.

mod process;
mod registry;
mod maps;
mod session;
mod kernels;
mod tract;
mod onnxruntime;
mod backend;
mod engine;
mod error;

pub use backend::open;
pub use backend::options::{Arithmetic, Backend, BackendOptions};
#[cfg(feature = "exact")]
pub use engine::file::ExactChoice;
pub use engine::options::{CompressOptions, DecompressOptions};
pub use engine::original::has_original;
pub use engine::{Engine, compress, decompress};
pub use error::{Error, Result};
pub use registry::directory::default_models_directory;
pub use registry::entry::{ModelEntry, Origin};
pub use registry::model::{Model, id_of, parse_id};
pub use registry::{Registry, embedded_models, is_path};

pub use pxc_codec::{
    BitDepth, CodingMethod, ColorKey, ColorType, DamagedGroup, DecodeStats, Decoded, Effort,
    EncodeStats, Error as CodecError, ErrorKind, GroupEntry, Header, Image, Limits, MetadataChunk,
    ModelId, PREVIEW_SIDE, Palette, Partial, Predictor, Preview, Progress, ProgressCallback, Rect,
    SIGNATURE, SampleFormat, Session, Tiling, Times, check_file, full_message, read_header,
};
pub use pxc_model::{Bound, ConvForm, ModelFile, ModelMetadata};
