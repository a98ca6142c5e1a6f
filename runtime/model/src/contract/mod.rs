//! What `docs/model.md` asks of a model file: its metadata, the names of its tensors, its limits.

pub(crate) mod names;
pub(crate) mod rules;
pub(crate) mod maps;
pub(crate) mod photo;
pub(crate) mod paper;
pub(crate) mod metadata;

pub use names::{
    COARSE_INPUT, COARSE_PREFIX, CONTEXT, logits_output, map_output, map_row_tap, map_tap,
    own_input,
};
