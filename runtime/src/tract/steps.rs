//! Which nodes of a graph are evaluated together: layers on packed integers, sums with the operators that follow them,
//! single operators.

use pxc_model::{Element, Graph, Op, TensorId};

use crate::session::network::Magnitudes;
use crate::tract::graph_view::{GraphView, Rounded};
use crate::tract::layer_end::{LayerEnd, Terms};
use crate::tract::layers::{self, FoundLayer};

/// A node, and the action that replaces it.
pub(crate) struct Step {
    /// The node's index in the graph.
    pub(crate) node: usize,
    pub(crate) action: Action,
}

/// What replaces a node, and the nodes before it that nothing else needs.
pub(crate) enum Action {
    /// The operator itself.
    Op,
    /// A sum, scaled, clipped and rounded.
    LayerEnd(LayerEnd, Vec<TensorId>),
    /// A layer on packed integers.
    Layer(FoundLayer),
}

impl Action {
    fn inputs(&self, op: &Op) -> Vec<TensorId> {
        match self {
            Action::Op => op.inputs().to_vec(),
            Action::LayerEnd(_, inputs) => inputs.clone(),
            Action::Layer(layer) => {
                let operands = layer.operands.iter();
                operands.chain(&layer.residual).copied().collect()
            }
        }
    }
}

/// The steps that compute the outputs, in order. Without magnitudes there are no layers on packed integers.
pub(crate) fn steps(graph: &Graph, magnitudes: Option<&Magnitudes>) -> Vec<Step> {
    let view = GraphView::new(graph, magnitudes);
    let mut needed = vec![false; graph.tensors().len()];
    graph
        .outputs()
        .iter()
        .for_each(|id| needed[id.index()] = true);
    let mut steps = Vec::new();
    for (index, node) in graph.nodes().iter().enumerate().rev() {
        if !needed[node.output.index()] {
            continue;
        }
        let action = action(&view, &node.op);
        let inputs = action.inputs(&node.op).into_iter();
        inputs.for_each(|id| needed[id.index()] = true);
        steps.push(Step {
            node: index,
            action,
        });
    }
    steps.reverse();
    steps
}

fn action(view: &GraphView, op: &Op) -> Action {
    if let Some(layer) = layers::find(view, op) {
        return Action::Layer(layer);
    }
    match op {
        Op::Round { .. } => match view.rounded(op) {
            Some(Rounded { sum, low, high }) => match terms(view, sum) {
                Some((terms, exponent, inputs)) => {
                    Action::LayerEnd(LayerEnd::float(low, high).of(terms, exponent), inputs)
                }
                None => Action::Op,
            },
            None => Action::Op,
        },
        Op::Cast {
            input,
            to: Element::U8,
        } => match view.maker(*input).and_then(|op| view.rounded(op)) {
            Some(Rounded { sum, low, high }) => {
                Action::LayerEnd(LayerEnd::bytes(low, high), vec![sum])
            }
            None => Action::LayerEnd(LayerEnd::bytes(0.0, 255.0), vec![*input]),
        },
        _ => Action::Op,
    }
}

/// The terms of a tensor that is a sum, a product or scaled, with its scale and the operands.
fn terms(view: &GraphView, id: TensorId) -> Option<(Terms, i32, Vec<TensorId>)> {
    let product = |id: TensorId| match view.maker(id) {
        Some(Op::Mul { inputs }) => Some(*inputs),
        _ => None,
    };
    let (sum, exponent) = match view.maker(id)? {
        Op::Scale { input, exponent } => (*input, *exponent),
        Op::Add { .. } | Op::Mul { .. } => (id, 0),
        _ => return None,
    };
    let (terms, inputs) = match view.maker(sum) {
        Some(Op::Add {
            inputs: [left, right],
        }) => match (product(*left), product(*right)) {
            (Some(left), Some(right)) => (Terms::TwoProducts, [left, right].concat()),
            (Some([a, b]), None) => (Terms::ProductAndOne, vec![a, b, *right]),
            (None, Some([a, b])) => (Terms::ProductAndOne, vec![a, b, *left]),
            (None, None) => (Terms::Two, vec![*left, *right]),
        },
        Some(Op::Mul { inputs }) => (Terms::Product, inputs.to_vec()),
        _ => (Terms::One, vec![sum]),
    };
    Some((terms, exponent, inputs))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::embedded::EMBEDDED;
    use crate::registry::model::Model;
    use crate::session::network::Network;

    /// No part of an embedded model falls back to float32 unnoticed: the figures of `docs/benchmarks.md` depend on it.
    #[test]
    fn embedded_models_run_on_packed_integers() {
        for embedded in EMBEDDED {
            let model = Model::from_bytes(embedded.name, embedded.bytes).unwrap();
            let network = Network::new(&model, false).unwrap();
            let magnitudes = network.magnitudes(&model).unwrap();
            for subgraph in &network.subgraphs {
                let steps = steps(&subgraph.graph, Some(&magnitudes));
                let layers = steps.iter();
                let layers = layers.filter(|step| matches!(step.action, Action::Layer(_)));
                let convolutions = subgraph.graph.nodes().iter().filter(|node| {
                    let rows = match &node.op {
                        Op::Conv { weight, .. } => weight.rows(),
                        Op::QLinearConv { weight, .. } => weight.rows(),
                        _ => 0,
                    };
                    // The parts of an own channel's sign need no speed.
                    rows > 2
                });
                assert_eq!(layers.count(), convolutions.count(), "{}", embedded.name);
            }
        }
    }
}
