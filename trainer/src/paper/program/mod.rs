//! A network as a list of operations on maps: the same list is trained, evaluated and exported.
//!
//! The channels of every map are split into as many groups as a pixel has channels. Group `g` may depend on the pixel's
//! own channels before `g` (masks A and B, paper section 3.4).

use crate::kernels::grid::Grid;
use crate::paper::config::{Family, PaperConfig};
use crate::paper::program::builder::Builder;
use crate::paper::program::operation::{Kind, Operation};

pub mod operation;
mod builder;
mod upsampling;
mod pixel_cnn;
mod row_lstm;
mod diagonal_bilstm;

/// The operations of a network, each after those it reads; the last makes the logits, `levels` of each channel in turn.
#[derive(Clone, Debug)]
pub struct Program {
    /// The operations.
    pub operations: Vec<Operation>,
}

impl Program {
    /// The network of a configuration.
    pub fn new(config: &PaperConfig) -> Program {
        let mut builder = Builder {
            operations: Vec::new(),
            condition: None,
            residual: config.residual,
        };
        if let Some((_, maps)) = config.coarse() {
            builder.condition = Some(upsampling::layers(&mut builder, maps));
        }
        let wide = 2 * config.hidden;
        let mut stream = builder.push("first", wide, Grid::FEATURE, Kind::First);
        let mut skips = Vec::new();
        for layer in 0..config.layers {
            let block = match config.family {
                Family::PixelCnn => pixel_cnn::block(&mut builder, config, layer, stream),
                Family::RowLstm => row_lstm::layer(&mut builder, config, layer, stream),
                Family::DiagonalBilstm => {
                    diagonal_bilstm::layer(&mut builder, config, layer, stream)
                }
            };
            stream = block.stream;
            skips.push(block.hidden);
        }
        builder.head(config, stream, skips);
        Program {
            operations: builder.operations,
        }
    }
}
