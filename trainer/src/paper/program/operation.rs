//! One operation of a network on maps: its inputs, its kind, and the map that it makes.

use std::ops::Range;

use crate::kernels::extent::Tap;
use crate::kernels::grid::Grid;
use crate::kernels::lstm::walk::Walk;

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
        /// The maps that are concatenated.
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
    /// The sum of a left-to-right map and a right-to-left map that is shifted down by one row; above the first row is
    /// the initial hidden state.
    Join {
        /// The map of [`Walk::Diagonals`].
        left: MapId,
        /// The map of [`Walk::MirroredDiagonals`].
        right: MapId,
    },
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
