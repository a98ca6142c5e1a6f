//! Turns a checkpoint into one integer-exact ONNX file (`docs/model.md`), proves that it is exact, and writes parity
//! vectors.
//!
//! Tensors of the trainer hold `integer · 2^−step`. [`photo`] and [`paper`] rewrite the layers of their networks so
//! that the tensors hold the integers themselves. The parity vectors are the logits that the trainer's rounded network
//! gives some pixels; the runtime must return the same.
//!
//! ```
//! use candle_core::Device;
//! use pxc_export::paper::model::export;
//! use pxc_trainer::data::digest::DataDigest;
//! use pxc_trainer::paper::checkpoint::PaperCheckpoint;
//! use pxc_trainer::paper::network::PaperNetwork;
//! use pxc_trainer::paper::presets::Preset;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let preset = Preset::find("mnist-row").ok_or("no such preset")?;
//! let mut config = preset.network();
//! (config.width, config.height, config.layers) = (4, 3, 1);
//! let network = PaperNetwork::new(&config, 1, &Device::Cpu)?;
//! let checkpoint = PaperCheckpoint {
//!     version: 1,
//!     network: config,
//!     training: preset.training(),
//!     data: DataDigest { files: 0, pixels: 0, digest: String::new() },
//!     commit: "unknown".into(),
//!     step: 0,
//!     minutes: 0.0,
//!     validation: None,
//! };
//! let model = export(&network, &checkpoint)?;
//! // Every sum stays below the largest integer that its type holds exactly.
//! assert!(model.prove()?.iter().all(|bound| bound.fraction() < 1.0));
//! # Ok(())
//! # }
//! ```

pub mod photo;
pub mod paper;
pub mod importer;
mod error;

pub use error::{Error, Result};

pub use pxc_model::{ErrorKind, full_message};
