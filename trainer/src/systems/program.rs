//! A network as a list of operations on maps: the same list is trained, evaluated and exported.
//!
//! Every map has its channels split into as many groups as a pixel has channels; what belongs to group `g` may depend on the
//! pixel's own channels before `g` (masks A and B, paper section 3.4).

use std::ops::Range;

use super::extent::Tap;
use super::system_config::{Family, SystemConfig};
use super::walk::Walk;
use super::{diagonal_bilstm, pixel_cnn, row_lstm, upsampling};
use crate::numeric::Grid;

/// A map: the index of the operation that makes it.
pub type MapId = usize;

/// A map's name, size and values.
#[derive(Clone, Debug)]
pub struct Operation {
    /// Unique; also the name of its tensors in a checkpoint and of its nodes in the model.
    pub name: String,
    /// Channels of the map.
    pub channels: usize,
    /// Its values.
    pub grid: Grid,
    /// How it is made.
    pub kind: Kind,
}

/// How a map is made. What lies outside the image reads as 0.
#[derive(Clone, Debug)]
pub enum Kind {
    /// The masked convolution (A) of the image: its taps, and the pixel's own channels of earlier groups.
    First,
    /// The deconvolution of the coarse image (Multi-Scale).
    Upsample,
    /// A masked convolution (B).
    Conv {
        /// What is concatenated.
        inputs: Vec<MapId>,
        /// The neighbours read, (0, 0) among them.
        taps: Vec<Tap>,
        /// An upsampled map that every group sees whole, at its own pixel.
        condition: Option<MapId>,
        /// A map that is added.
        residual: Option<MapId>,
    },
    /// The positive part of a map.
    Rectify(MapId),
    /// The hidden states of an LSTM with a masked (B) input-to-state convolution.
    Lstm {
        /// The input map.
        input: MapId,
        /// The neighbours that the input-to-state convolution reads, (0, 0) among them.
        taps: Vec<Tap>,
        /// An upsampled map that every group sees whole, at its own pixel.
        condition: Option<MapId>,
        /// The order of the recurrence.
        walk: Walk,
    },
    /// The sum of a left-to-right map and a right-to-left map that is shifted down by one row; above the first row is the
    /// initial hidden state.
    Join {
        /// The map of [`Walk::Diagonals`].
        left: MapId,
        /// The map of [`Walk::MirroredDiagonals`].
        right: MapId,
    },
}

/// The operations of a network, each after those it reads; the last makes the logits, `levels` of each channel in turn.
#[derive(Clone, Debug)]
pub struct Program {
    /// The operations.
    pub operations: Vec<Operation>,
}

impl Program {
    /// The network of a configuration.
    pub fn new(config: &SystemConfig) -> Program {
        let mut builder = Builder {
            operations: Vec::new(),
            condition: None,
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

/// What a block gives on.
pub(super) struct Block {
    /// The `2h` features with the block's added.
    pub(super) stream: MapId,
    /// The `h` features inside the block.
    pub(super) hidden: MapId,
}

/// Collects operations.
pub(super) struct Builder {
    operations: Vec<Operation>,
    /// The upsampled coarse image, if there is one.
    pub(super) condition: Option<MapId>,
}

impl Builder {
    pub(super) fn push(&mut self, name: &str, channels: usize, grid: Grid, kind: Kind) -> MapId {
        self.operations.push(Operation {
            name: name.into(),
            channels,
            grid,
            kind,
        });
        self.operations.len() - 1
    }

    /// A 1×1 convolution, mask B.
    pub(super) fn pointwise(
        &mut self,
        name: &str,
        channels: usize,
        grid: Grid,
        inputs: Vec<MapId>,
    ) -> MapId {
        let kind = Kind::Conv {
            inputs,
            taps: vec![(0, 0)],
            condition: None,
            residual: None,
        };
        self.push(name, channels, grid, kind)
    }

    /// The 1×1 convolution of the `h` hidden features up to the stream's `2h`, added to it.
    pub(super) fn up(&mut self, name: &str, hidden: MapId, stream: MapId) -> Block {
        let channels = self.operations[stream].channels;
        let kind = Kind::Conv {
            inputs: vec![hidden],
            taps: vec![(0, 0)],
            condition: None,
            residual: Some(stream),
        };
        Block {
            stream: self.push(name, channels, Grid::FEATURE, kind),
            hidden,
        }
    }

    /// Two rectified 1×1 layers and the logits (paper, table 1).
    fn head(&mut self, config: &SystemConfig, stream: MapId, skips: Vec<MapId>) {
        let channels = self.operations[stream].channels;
        let kind = Kind::Rectify(stream);
        let mut inputs = vec![self.push("head.rectified", channels, Grid::RECTIFIED, kind)];
        if config.skip {
            inputs.extend(skips);
        }
        let first = self.pointwise("head.0", config.head, Grid::RECTIFIED, inputs);
        let second = self.pointwise("head.1", config.head, Grid::RECTIFIED, vec![first]);
        let logits = config.channels() * config.samples.levels();
        self.pointwise("logits", logits, Grid::LOGIT, vec![second]);
    }
}

/// The channels of group `group` of `groups` in a map: as even as possible, one after the other.
pub fn group_range(channels: usize, groups: usize, group: usize) -> Range<usize> {
    channels * group / groups..channels * (group + 1) / groups
}

/// The group of every channel of a map.
pub fn groups_of(channels: usize, groups: usize) -> Vec<usize> {
    let range = |group| std::iter::repeat_n(group, group_range(channels, groups, group).len());
    (0..groups).flat_map(range).collect()
}
