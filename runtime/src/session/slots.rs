//! Slots for the tensors that pass between the runtime and a graph, or from stage to stage.
//!
//! Slot 0 is `context`, slot `1 + k` is `own_k`, the next one `coarse`; maps, logits and intermediate tensors follow.

use std::collections::HashMap;

use pxc_model::contract::{COARSE_INPUT, CONTEXT, own_input};
use pxc_model::{Graph, ModelMetadata, TensorId};

/// The slot of the context.
pub(crate) const CONTEXT_SLOT: usize = 0;

/// The slot of own channel `k`.
pub(crate) fn own_slot(channel: usize) -> usize {
    1 + channel
}

/// The slot of the coarse image, in a model with this number of channels that sees one.
pub(crate) fn coarse_slot(channels: usize) -> usize {
    channels
}

/// Tensor names and their slots.
pub(crate) struct Slots {
    names: HashMap<String, usize>,
}

impl Slots {
    /// The slots of the inputs that the runtime fills.
    pub(crate) fn new(metadata: &ModelMetadata) -> Self {
        let channels = metadata.channels();
        let own = (0..channels - 1).map(|channel| (own_input(channel), own_slot(channel)));
        let context = (CONTEXT.to_owned(), CONTEXT_SLOT);
        let coarse = (COARSE_INPUT.to_owned(), coarse_slot(channels));
        let coarse = metadata.coarse().map(|_| coarse);
        Self {
            names: std::iter::once(context).chain(own).chain(coarse).collect(),
        }
    }

    /// How many slots there are.
    pub(crate) fn count(&self) -> usize {
        self.names.len()
    }

    /// The slots of tensors of a graph, by their names.
    pub(crate) fn all(&mut self, graph: &Graph, ids: &[TensorId]) -> Vec<usize> {
        let slots = ids.iter().map(|&id| self.slot(&graph.tensor(id).name));
        slots.collect()
    }

    /// The slot of a tensor, a new one for a new name.
    pub(crate) fn slot(&mut self, name: &str) -> usize {
        let next = self.count();
        *self.names.entry(name.to_owned()).or_insert(next)
    }
}
