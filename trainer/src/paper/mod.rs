//! The networks of the paper (van den Oord, Kalchbrenner and Kavukcuoglu 2016, arXiv 1601.06759): PixelCNN, Row LSTM
//! and Diagonal BiLSTM, and Multi-Scale of two of them, over bilevel, gray and RGB images of one size.
//!
//! A [`PaperConfig`](config::PaperConfig) becomes a [`Program`](program::Program), a list of operations on maps, to
//! which each family adds its layers. A [`PaperNetwork`](network::PaperNetwork) holds the parameters; it runs the list
//! in real numbers, to be trained, or in the integers of the exported model.

pub mod config;
pub mod presets;
pub mod program;
pub mod network;
pub mod evaluation;
pub mod checkpoint;
mod deepening;
mod epochs;
pub mod training;
pub mod sampling;
pub mod sheet;
