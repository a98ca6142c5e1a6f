//! The codec's sessions over any backend: a model cut to subgraphs, a step's lanes divided into runs, tensors passed
//! between them.

pub(crate) mod exact_floats;
pub(crate) mod lanes;
pub(crate) mod slots;
pub(crate) mod network;
pub(crate) mod evaluator;
pub(crate) mod self_test;
mod staged;
pub(crate) mod predictor;
