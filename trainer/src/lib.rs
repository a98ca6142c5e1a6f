//! Trains the probability models of pxc with Candle.
//!
//! The modules are listed in the order in which data flows. Images ([`data`]) become the batches of a network: the
//! photo network ([`photo`]) or one of the paper's ([`paper`]). Both compute with the same fused operations
//! ([`kernels`]), which round as the exported model will. The optimiser ([`optim`]) lowers the code length, the loop
//! ([`training`]) repeats that and writes checkpoints, and a run reports its progress (`report`).
//!
//! A network is trained, measured and exported from one list of layers. Here one of the paper's networks gives each
//! pixel of an image a code length, before any training:
//!
//! ```
//! use candle_core::Device;
//! use pxc_trainer::paper::network::{ImageBatch, PaperNetwork};
//! use pxc_trainer::paper::presets::Preset;
//!
//! # fn main() -> pxc_trainer::Result<()> {
//! let mut config = Preset::find("mnist-row").expect("a preset").network();
//! (config.width, config.height, config.layers) = (4, 3, 1);
//! let network = PaperNetwork::new(&config, 1, &Device::Cpu)?;
//!
//! let image: [u8; 12] = [0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1, 0];
//! let batch = ImageBatch::new(&config, &[&image], &Device::Cpu)?;
//! let bits = network.code_lengths(&batch)?.flatten_all()?.to_vec1::<f32>()?;
//! assert_eq!(bits.len(), 12);
//! assert!(bits.iter().all(|&bits| bits > 0.0));
//! # Ok(())
//! # }
//! ```

pub mod data;
pub mod kernels;
pub mod photo;
pub mod paper;
pub mod optim;
pub mod training;
mod report;
pub mod files;
mod error;

pub use error::{Error, Result};

pub use pxc_codec::{ErrorKind, full_message};
