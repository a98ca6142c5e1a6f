//! The codec's sessions over any backend: a model cut to subgraphs, a step's lanes cut to runs, tensors passed
//! between them.

pub(crate) mod exact_floats;
pub(crate) mod lanes;
pub(crate) mod slots;
pub(crate) mod network;
pub(crate) mod evaluator;
mod staged;
pub(crate) mod predictor;
