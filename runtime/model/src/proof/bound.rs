//! How close a node comes to the end of the exact range.

use crate::error::{Error, Result};
use crate::graph::operators::Node;

/// How much of the exact range a node uses at most.
#[derive(Clone, Debug, PartialEq)]
pub struct Bound {
    /// The node's name.
    pub node: String,
    /// The node's ONNX operator.
    pub operator: &'static str,
    /// The largest possible magnitude over all rows, in units of the row's grid.
    pub largest: f64,
    /// The magnitude that it has to stay below.
    pub limit: f64,
}

impl Bound {
    /// Makes the bound of a node; fails when `largest` is not below `limit`.
    pub(crate) fn of(node: &Node, largest: f64, limit: f64) -> Result<Bound> {
        if largest >= limit {
            let expected = format!("magnitudes below {limit} units");
            let found = format!("up to {largest}");
            return Err(Error::not_exact(&node.name, expected, found));
        }
        Ok(Bound {
            node: node.name.clone(),
            operator: node.op.name(),
            largest,
            limit,
        })
    }

    /// The used fraction of the exact range.
    pub fn fraction(&self) -> f64 {
        self.largest / self.limit
    }

    /// How often the largest magnitude could still double.
    pub fn head_room_bits(&self) -> f64 {
        -self.fraction().log2()
    }
}
