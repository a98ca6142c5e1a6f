//! The networks of the paper (van den Oord, Kalchbrenner and Kavukcuoglu 2016, arXiv 1601.06759): PixelCNN, Row LSTM and
//! Diagonal BiLSTM, and Multi-Scale of two of them, over bilevel, gray and RGB images of one size.
//!
//! A [`SystemConfig`](system_config::SystemConfig) becomes a [`Program`](program::Program), a list of operations on maps, to
//! which each family adds its layers (`pixel_cnn`, `row_lstm`, `diagonal_bilstm`). A [`System`](system::System) holds the
//! parameters; it runs the list in reals, to be trained, or in the integers of the exported model.

pub mod system_config;
pub mod extent;
pub mod walk;
pub mod program;
mod pixel_cnn;
mod row_lstm;
mod diagonal_bilstm;
mod upsampling;
pub mod image_batch;
pub mod small_images;
mod matrix;
pub mod tap_conv;
pub mod activations;
pub mod lstm_scan;
pub mod system;
mod rounding;
mod execution;
pub mod system_evaluation;
mod deepening;
pub mod system_training;
pub mod sampling;
pub mod presets;

pub use rounding::RoundedSystem;
