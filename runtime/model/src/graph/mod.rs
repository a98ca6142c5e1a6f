//! A typed graph: its operators, its shapes, and how it is read from and written as ONNX.

pub(crate) mod power_of_two;
pub(crate) mod operators;
pub(crate) mod limits;
mod shapes;
pub(crate) mod typed_graph;
mod subgraphs;
mod constants;
mod advice;
pub(crate) mod node_view;
mod reader;
pub(crate) mod writer;
