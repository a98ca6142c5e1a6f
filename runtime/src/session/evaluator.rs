//! What a backend does for a session: it stores tensors and runs subgraphs.

use crate::error::Result;
use crate::session::lanes::Sizes;

/// Runs the subgraphs of a [`Network`](crate::session::network::Network). A tensor has a row of `lanes` values for each
/// channel; the shape around that is the backend's own.
pub(crate) trait Evaluator: Send + Sync {
    /// A tensor in the backend's own form.
    type Value;
    /// What one session needs to run plans.
    type Runner;

    /// The backend's name and version, for errors.
    fn name(&self) -> String;

    /// Creates the runner of a new session.
    fn runner(&self) -> Result<Self::Runner>;

    /// The run sizes of a subgraph.
    fn sizes(&self, subgraph: usize) -> Sizes;

    /// Whether a subgraph's plan of that size exists already.
    fn is_planned(&self, subgraph: usize, lanes: usize) -> bool;

    /// Makes a float32 tensor, filled by `fill`. It may reuse the tensor `spare` if that has the same shape.
    fn input(
        &self,
        spare: Option<Self::Value>,
        channels: usize,
        lanes: usize,
        fill: impl FnOnce(&mut [f32]),
    ) -> Result<Self::Value>;

    /// Runs a subgraph. Inputs and outputs are in the order of its graph.
    fn run(
        &self,
        runner: &mut Self::Runner,
        subgraph: usize,
        lanes: usize,
        inputs: &[&Self::Value],
    ) -> Result<Vec<Self::Value>>;

    /// The elements of a uint8 tensor.
    fn bytes<'v>(&self, value: &'v Self::Value) -> Result<&'v [u8]>;

    /// The elements of a float32 tensor.
    fn floats<'v>(&self, value: &'v Self::Value) -> Result<&'v [f32]>;
}
