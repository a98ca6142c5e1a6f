//! What of a graph is evaluated together: layers on packed integers, sums with all that ends them, single operators.

use std::collections::HashMap;
use std::sync::Arc;

use pxc_model::{Element, Graph, Matrix, Op, TensorId, grid};

use crate::integer_layer::{GROUP, IntegerLayer, Row, Width};
use crate::tract_finish::{Finish, Terms};

/// For each tensor of integers, by name: the largest magnitude.
pub(crate) type Magnitudes = HashMap<String, u32>;

/// A node, and what is done in its place.
pub(crate) struct Step {
    /// The node's place in the graph.
    pub(crate) node: usize,
    pub(crate) action: Action,
}

/// What stands for a node, and for those before it that nothing else needs.
pub(crate) enum Action {
    /// The operator itself.
    Op,
    /// A sum, scaled, clipped and rounded.
    Finish(Finish, Vec<TensorId>),
    /// A layer on packed integers.
    Layer(FoundLayer),
}

/// A layer, and the tensors that it reads.
pub(crate) struct FoundLayer {
    pub(crate) layer: Arc<IntegerLayer>,
    /// Their channels follow one another, each tensor filled up to whole groups.
    pub(crate) operands: Vec<TensorId>,
    pub(crate) residual: Option<TensorId>,
}

impl Action {
    fn inputs(&self, op: &Op) -> Vec<TensorId> {
        match self {
            Action::Op => op.inputs().to_vec(),
            Action::Finish(_, inputs) => inputs.clone(),
            Action::Layer(layer) => {
                let operands = layer.operands.iter();
                operands.chain(&layer.residual).copied().collect()
            }
        }
    }
}

/// What has to be computed for the outputs, in order. Without magnitudes there are no layers on packed integers.
pub(crate) fn steps(graph: &Graph, magnitudes: Option<&Magnitudes>) -> Vec<Step> {
    let mut makers = vec![None; graph.tensors().len()];
    for node in graph.nodes() {
        makers[node.output.index()] = Some(&node.op);
    }
    let finder = Finder {
        graph,
        makers,
        magnitudes,
    };
    let mut needed = vec![false; graph.tensors().len()];
    graph
        .outputs()
        .iter()
        .for_each(|id| needed[id.index()] = true);
    let mut steps = Vec::new();
    for (place, node) in graph.nodes().iter().enumerate().rev() {
        if !needed[node.output.index()] {
            continue;
        }
        let action = finder.action(&node.op);
        let inputs = action.inputs(&node.op).into_iter();
        inputs.for_each(|id| needed[id.index()] = true);
        steps.push(Step {
            node: place,
            action,
        });
    }
    steps.reverse();
    steps
}

struct Finder<'a> {
    graph: &'a Graph,
    /// For each tensor, the operator that makes it.
    makers: Vec<Option<&'a Op>>,
    magnitudes: Option<&'a Magnitudes>,
}

/// A float32 tensor, clipped and rounded.
struct Rounded {
    sum: TensorId,
    low: f32,
    high: f32,
}

impl Finder<'_> {
    fn maker(&self, id: TensorId) -> Option<&Op> {
        self.makers[id.index()]
    }

    fn action(&self, op: &Op) -> Action {
        if let Some(layer) = self.layer(op) {
            return Action::Layer(layer);
        }
        match op {
            Op::Round { .. } => match self.rounded(op) {
                Some(Rounded { sum, low, high }) => match self.terms(sum) {
                    Some((terms, exponent, inputs)) => {
                        Action::Finish(Finish::float(low, high).of(terms, exponent), inputs)
                    }
                    None => Action::Op,
                },
                None => Action::Op,
            },
            Op::Cast {
                input,
                to: Element::U8,
            } => match self.maker(*input).and_then(|op| self.rounded(op)) {
                Some(Rounded { sum, low, high }) => {
                    Action::Finish(Finish::bytes(low, high), vec![sum])
                }
                None => Action::Finish(Finish::bytes(0.0, 255.0), vec![*input]),
            },
            _ => Action::Op,
        }
    }

    fn rounded(&self, op: &Op) -> Option<Rounded> {
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

    /// What a tensor is the sum of, its scale and the operands of both, when it is a sum, a product or scaled.
    fn terms(&self, id: TensorId) -> Option<(Terms, i32, Vec<TensorId>)> {
        let product = |id: TensorId| match self.maker(id) {
            Some(Op::Mul { inputs }) => Some(*inputs),
            _ => None,
        };
        let (sum, exponent) = match self.maker(id)? {
            Op::Scale { input, exponent } => (*input, *exponent),
            Op::Add { .. } | Op::Mul { .. } => (id, 0),
            _ => return None,
        };
        let (terms, inputs) = match self.maker(sum) {
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

    /// A `QLinearConv`, or a `Conv` of integers, perhaps with a residual, clipped and rounded.
    fn layer(&self, op: &Op) -> Option<FoundLayer> {
        self.magnitudes?;
        match op {
            Op::QLinearConv {
                input,
                weight,
                bias,
                shifts,
            } => self.byte_layer(*input, weight, bias, shifts),
            Op::Round { .. } => self.short_layer(&self.rounded(op)?),
            Op::Cast {
                input,
                to: Element::U8,
            } => self.short_layer(&self.rounded(self.maker(*input)?)?),
            _ => None,
        }
    }

    fn byte_layer(
        &self,
        input: TensorId,
        weight: &Matrix<i8>,
        bias: &[i32],
        shifts: &[u32],
    ) -> Option<FoundLayer> {
        let mut operands = self.parts(input);
        let outputs = weight.rows();
        let residual = match operands[..] {
            [_, .., last] if self.channels(last) == outputs && ends_in_diagonal(weight) => {
                operands.pop()
            }
            _ => None,
        };
        let products = weight.columns() - residual.map_or(0, |_| outputs);
        let row = |row: usize| {
            let (weights, identity) = weight.row(row).split_at(products);
            let weights: Vec<i16> = weights.iter().map(|&weight| weight.into()).collect();
            Row {
                weights: self.filled_up(&operands, &weights),
                bias: bias[row],
                identity: identity.get(row).map_or(0, |&weight| weight.into()),
                shift: shifts[row] as i32,
            }
        };
        let rows: Vec<Row> = (0..outputs).map(row).collect();
        // Parts that are filled up have other pairs than the model was proven for.
        let width = match rows.iter().all(|row| pairs_fit(&row.weights)) {
            true => Width::Byte,
            false => Width::Short,
        };
        Some(FoundLayer {
            layer: IntegerLayer::new(width, &rows, 0.0, 255.0).into(),
            operands,
            residual,
        })
    }

    fn short_layer(&self, rounded: &Rounded) -> Option<FoundLayer> {
        let (product, residual) = match self.maker(rounded.sum)? {
            Op::Conv { .. } => (rounded.sum, None),
            Op::Add { inputs: [a, b] } => match (self.is_short(*a), self.is_short(*b)) {
                (_, true) => (*a, Some(*b)),
                (true, false) => (*b, Some(*a)),
                (false, false) => return None,
            },
            _ => return None,
        };
        let Some(Op::Conv {
            input,
            weight,
            bias,
        }) = self.maker(product)
        else {
            return None;
        };
        let operands = self.parts(*input);
        if !operands.iter().all(|&id| self.is_short(id)) {
            return None;
        }
        let limits: Vec<i64> = operands
            .iter()
            .flat_map(|&id| {
                let magnitude = self.magnitude(id).unwrap_or(0);
                std::iter::repeat_n(i64::from(magnitude), self.channels(id))
            })
            .collect();
        let residual_limit = residual.and_then(|id| self.magnitude(id)).unwrap_or(0);
        let rows = bias.iter().enumerate().map(|(row, &bias)| {
            let row = short_row(weight.row(row), bias, &limits, residual_limit.into())?;
            Some(Row {
                weights: self.filled_up(&operands, &row.weights),
                ..row
            })
        });
        let rows = rows.collect::<Option<Vec<_>>>()?;
        Some(FoundLayer {
            layer: IntegerLayer::new(Width::Short, &rows, rounded.low, rounded.high).into(),
            operands,
            residual,
        })
    }

    /// The tensors whose channels, one after the other, are those of a tensor.
    fn parts(&self, id: TensorId) -> Vec<TensorId> {
        match self.maker(id) {
            Some(Op::Concat { inputs }) => inputs.iter().flat_map(|&id| self.parts(id)).collect(),
            Some(Op::Cast {
                input,
                to: Element::F32,
            }) => self.parts(*input),
            _ => vec![id],
        }
    }

    fn channels(&self, id: TensorId) -> usize {
        self.graph.tensor(id).channels
    }

    fn magnitude(&self, id: TensorId) -> Option<u32> {
        let tensor = self.graph.tensor(id);
        match tensor.element {
            Element::U8 => Some(255),
            Element::F32 => self.magnitudes?.get(&tensor.name).copied(),
        }
    }

    fn is_short(&self, id: TensorId) -> bool {
        let short = |magnitude| magnitude <= i16::MAX as u32;
        self.magnitude(id).is_some_and(short)
    }

    /// Weights of the channels of tensors, with zeros after those of each to fill up its last group.
    fn filled_up(&self, operands: &[TensorId], mut weights: &[i16]) -> Vec<i16> {
        let mut filled = Vec::new();
        for &id in operands {
            let (own, others) = weights.split_at(self.channels(id));
            filled.extend_from_slice(own);
            filled.resize(filled.len().next_multiple_of(GROUP), 0);
            weights = others;
        }
        filled
    }
}

/// A row of a `Conv` as integers, when its weights are int16 and its sums int32.
fn short_row(weights: &[f32], bias: f32, limits: &[i64], residual: i64) -> Option<Row> {
    let finest = weights
        .iter()
        .chain([&bias])
        .filter_map(|&value| grid(value));
    // A residual counts in ones.
    let shift = finest.max().unwrap_or(0).max(0);
    if shift > 30 {
        return None;
    }
    let unit = f64::from(shift).exp2();
    let scaled = |value: f32| f64::from(value) * unit;
    let mut sum = scaled(bias).abs() + residual as f64 * unit;
    let mut shorts = Vec::with_capacity(weights.len());
    for (&weight, &limit) in weights.iter().zip(limits) {
        let weight = scaled(weight);
        if weight.abs() > f64::from(i16::MAX) {
            return None;
        }
        sum += weight.abs() * limit as f64;
        shorts.push(weight as i16);
    }
    (sum < f64::from(i32::MAX)).then(|| Row {
        weights: shorts,
        bias: scaled(bias) as i32,
        identity: unit as i32,
        shift,
    })
}

/// Whether two adjacent products with bytes stay within int16, as AVX2 adds them.
fn pairs_fit(weights: &[i16]) -> bool {
    weights.chunks(2).all(|pair| {
        let sum: i32 = pair.iter().map(|&weight| i32::from(weight).abs()).sum();
        255 * sum <= i32::from(i16::MAX)
    })
}

/// Whether the last columns of the weights, as many as there are rows, are 0 but for their diagonal: an identity block.
fn ends_in_diagonal(weight: &Matrix<i8>) -> bool {
    let Some(first) = weight.columns().checked_sub(weight.rows()) else {
        return false;
    };
    (0..weight.rows()).all(|row| {
        let mut block = weight.row(row)[first..].iter().enumerate();
        block.all(|(column, &weight)| column == row || weight == 0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::embedded::EMBEDDED;
    use crate::model::Model;
    use crate::model_parts::Network;

    /// The figures of `docs/benchmarks.md` need it: nothing of an embedded model falls back to float32 unnoticed.
    #[test]
    fn embedded_models_run_on_packed_integers() {
        for embedded in EMBEDDED {
            let model = Model::from_bytes(embedded.name, embedded.bytes).unwrap();
            let network = Network::new(&model, false).unwrap();
            let magnitudes = network.magnitudes(&model).unwrap();
            for part in &network.parts {
                let steps = steps(&part.graph, Some(&magnitudes));
                let layers = steps.iter();
                let layers = layers.filter(|step| matches!(step.action, Action::Layer(_)));
                let convolutions = part.graph.nodes().iter().filter(|node| {
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

    #[test]
    fn pairs_of_large_weights_are_no_bytes() {
        assert!(pairs_fit(&[64, -64, 127, 1, 0, -128]));
        assert!(!pairs_fit(&[64, 0, -100, 29]));
    }

    /// Each pair of columns is legal, but not the pair within the second part.
    #[test]
    fn parts_may_pair_other_weights() {
        let mut graph = Graph::new();
        let parts = [1, 2].map(|channels| {
            let name = format!("in_{channels}");
            graph.input(&name, Element::U8, channels).unwrap()
        });
        let joined = graph.concat("joined", parts.to_vec()).unwrap();
        let layer = |weights: [i8; 3]| {
            let mut graph = graph.clone();
            let weight = Matrix::new(1, 3, weights.to_vec()).unwrap();
            let output = graph.qlinear_conv("layer", joined, weight, vec![0], vec![0]);
            graph.output(output.unwrap()).unwrap();
            let steps = steps(&graph, Some(&Magnitudes::new()));
            match &steps[..] {
                [
                    Step {
                        action: Action::Layer(layer),
                        ..
                    },
                ] => layer.layer.width,
                _ => panic!("{} steps", steps.len()),
            }
        };
        assert_eq!(layer([28, 100, 28]), Width::Byte);
        assert_eq!(layer([28, 100, 100]), Width::Short);
    }

    #[test]
    fn rows_whose_integers_are_too_large_stay_float32() {
        let row =
            |weights: &[f32], bias, limit| short_row(weights, bias, &vec![limit; weights.len()], 0);
        let found = row(&[0.75, -2.0], 0.5, 1000).unwrap();
        assert_eq!(
            (found.weights, found.bias, found.shift),
            (vec![3, -8], 2, 2)
        );
        assert!(row(&[32_767.0], 0.0, 1).is_some());
        assert!(row(&[32_768.0], 0.0, 1).is_none());
        assert!(row(&[16_384.5, 1.0], 0.0, 1).is_none());
        assert!(row(&[32_767.0; 3], 0.0, 32_767).is_none());
    }
}
