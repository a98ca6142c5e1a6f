//! The largest legal graphs: what a model may cost in memory and time.

/// The largest legal number of nodes of a graph.
pub(crate) const MAX_NODES: usize = 4096;
/// The largest legal number of nodes in a row that are neither convolutions nor tables.
pub(crate) const MAX_CHAIN: u64 = 256;
/// The largest legal sum of the channels of all tensors: what a lane costs in memory.
pub(crate) const MAX_CHANNELS: usize = 1 << 17;
/// The largest legal sum of the weights of all convolutions; a weight that several nodes use counts for each of them.
pub(crate) const MAX_WEIGHTS: usize = 1 << 24;
/// The largest legal number of values of a table.
pub(crate) const MAX_TABLE: usize = 1 << 16;
/// The largest legal sum of the values of all tables; values that several nodes use count for each of them.
pub(crate) const MAX_TABLE_VALUES: usize = 1 << 22;
