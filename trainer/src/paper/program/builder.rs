//! Collects the operations of a network: the parts that the blocks of all families share, and the head after them.

use crate::kernels::grid::Grid;
use crate::paper::config::PaperConfig;
use crate::paper::program::operation::{Kind, MapId, Operation};

/// The maps that a block hands to the next layers.
pub(crate) struct Block {
    /// The `2h` features after the block.
    pub(crate) stream: MapId,
    /// The `h` features inside the block.
    pub(crate) hidden: MapId,
}

/// Collects operations.
pub(crate) struct Builder {
    pub(crate) operations: Vec<Operation>,
    /// The upsampled coarse image of Multi-Scale.
    pub(crate) condition: Option<MapId>,
    /// Whether blocks have residual connections.
    pub(crate) residual: bool,
}

impl Builder {
    pub(crate) fn push(&mut self, name: &str, channels: usize, grid: Grid, kind: Kind) -> MapId {
        self.operations.push(Operation {
            name: name.into(),
            channels,
            grid,
            kind,
        });
        self.operations.len() - 1
    }

    /// A 1×1 convolution, mask B.
    pub(crate) fn pointwise(
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

    /// The 1×1 convolution of the `h` hidden features up to the stream's `2h`, added to it if there are residual
    /// connections.
    pub(crate) fn up(&mut self, name: &str, hidden: MapId, stream: MapId) -> Block {
        let channels = self.operations[stream].channels;
        let kind = Kind::Conv {
            inputs: vec![hidden],
            taps: vec![(0, 0)],
            condition: None,
            residual: self.residual.then_some(stream),
        };
        Block {
            stream: self.push(name, channels, Grid::FEATURE, kind),
            hidden,
        }
    }

    /// Two rectified 1×1 layers and the logits (paper, table 1).
    pub(crate) fn head(&mut self, config: &PaperConfig, stream: MapId, skips: Vec<MapId>) {
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
