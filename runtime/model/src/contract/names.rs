//! What all of the contract shares: keys, tensor names, the largest legal sizes (`docs/model.md`).

/// The key of the `metadata_props` entry that makes an ONNX file a pxc model.
pub(crate) const KEY: &str = "pxc.model";
/// The ONNX operator set of the files that pxc writes.
pub(crate) const OPSET: i64 = 17;
/// The operator sets in which the operators mean the same.
pub(crate) const OPSETS: std::ops::RangeInclusive<i64> = 13..=22;
/// The ONNX IR version of the files that pxc writes.
pub(crate) const IR_VERSION: i64 = 8;
/// The name of the context input.
pub const CONTEXT: &str = "context";
/// The name of the input that carries the coarse image, in a model of version 3.
pub const COARSE_INPUT: &str = "coarse";
/// What the names of the tensors of the network of the coarse image begin with, in a model of version 3.
pub const COARSE_PREFIX: &str = "coarse.";
/// Pixels of the coarse image that a model of version 3 sees: those of 3 × 3 blocks.
pub(crate) const COARSE_TAP_COUNT: usize = 9;

/// The largest legal number of taps.
pub(crate) const MAX_TAPS: usize = 1024;
/// The furthest legal row or column of a tap.
pub(crate) const MAX_TAP_DISTANCE: i32 = 64;
/// The largest legal length of the JSON, in bytes.
pub(crate) const MAX_METADATA_BYTES: usize = 1 << 20;

/// The name of the input that carries channel `k`'s difference.
pub fn own_input(channel: usize) -> String {
    format!("own_{channel}")
}

/// The name of the output that carries channel `k`'s logits.
pub fn logits_output(channel: usize) -> String {
    format!("logits_{channel}")
}

/// The name of the output that carries map `j`.
pub fn map_output(map: usize) -> String {
    format!("map_{map}")
}

/// The name of the input that carries map `j` at its tap `i`.
pub fn map_tap(map: usize, tap: usize) -> String {
    format!("map_{map}_tap_{tap}")
}

/// The name of the input that carries map `j` at its row tap `i`.
pub fn map_row_tap(map: usize, tap: usize) -> String {
    format!("map_{map}_row_tap_{tap}")
}
