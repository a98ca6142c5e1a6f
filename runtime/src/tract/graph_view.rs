//! Queries on a graph for the search for steps: which operator makes a tensor, which tensors it joins, how
//! large its integers are.

use pxc_model::{Element, Graph, Op, TensorId};

use crate::session::network::Magnitudes;

/// A graph, and what is known of its tensors.
pub(crate) struct GraphView<'a> {
    graph: &'a Graph,
    /// For each tensor, the operator that makes it.
    makers: Vec<Option<&'a Op>>,
    magnitudes: Option<&'a Magnitudes>,
}

/// A float32 tensor, clipped and rounded.
pub(crate) struct Rounded {
    pub(crate) sum: TensorId,
    pub(crate) low: f32,
    pub(crate) high: f32,
}

impl<'a> GraphView<'a> {
    /// Without magnitudes there are no layers on packed integers.
    pub(crate) fn new(graph: &'a Graph, magnitudes: Option<&'a Magnitudes>) -> Self {
        let mut makers = vec![None; graph.tensors().len()];
        for node in graph.nodes() {
            makers[node.output.index()] = Some(&node.op);
        }
        GraphView {
            graph,
            makers,
            magnitudes,
        }
    }

    /// Whether layers may run on packed integers.
    pub(crate) fn has_magnitudes(&self) -> bool {
        self.magnitudes.is_some()
    }

    /// The operator that makes a tensor; `None` for an input of the graph.
    pub(crate) fn maker(&self, id: TensorId) -> Option<&Op> {
        self.makers[id.index()]
    }

    /// The tensor that an operator rounds, if it is a clipped one.
    pub(crate) fn rounded(&self, op: &Op) -> Option<Rounded> {
        let Op::Round { input } = op else { return None };
        match self.maker(*input)? {
            &Op::Clip { input, low, high } => Some(Rounded {
                sum: input,
                low,
                high,
            }),
            _ => None,
        }
    }

    /// The tensors whose channels, one after the other, are those of a tensor.
    pub(crate) fn parts(&self, id: TensorId) -> Vec<TensorId> {
        match self.maker(id) {
            Some(Op::Concat { inputs }) => inputs.iter().flat_map(|&id| self.parts(id)).collect(),
            Some(Op::Cast {
                input,
                to: Element::F32,
            }) => self.parts(*input),
            _ => vec![id],
        }
    }

    /// The channels of a tensor.
    pub(crate) fn channels(&self, id: TensorId) -> usize {
        self.graph.tensor(id).channels
    }

    /// The proven limit of a tensor of integers.
    pub(crate) fn magnitude(&self, id: TensorId) -> Option<u32> {
        let tensor = self.graph.tensor(id);
        match tensor.element {
            Element::U8 => Some(255),
            Element::F32 => self.magnitudes?.get(&tensor.name).copied(),
        }
    }

    /// Whether a tensor's integers are int16.
    pub(crate) fn is_short(&self, id: TensorId) -> bool {
        let short = |magnitude| magnitude <= i16::MAX as u32;
        self.magnitude(id).is_some_and(short)
    }
}
