//! Finds the layers of a graph that can run on packed integers, and packs their weights.

use std::sync::Arc;

use pxc_model::{Element, Matrix, Op, TensorId, grid};

use crate::kernels::layer::{IntegerLayer, Row};
use crate::kernels::packing::{GROUP, Width};
use crate::tract::graph_view::{GraphView, Rounded};

/// A layer, and the tensors that it reads.
pub(crate) struct FoundLayer {
    pub(crate) layer: Arc<IntegerLayer>,
    /// The operands. Their channels follow one another, each tensor filled up to whole groups.
    pub(crate) operands: Vec<TensorId>,
    pub(crate) residual: Option<TensorId>,
}

/// Finds a layer: a `QLinearConv`, or a `Conv` of integers, perhaps with a residual, clipped and rounded.
pub(crate) fn find(view: &GraphView, op: &Op) -> Option<FoundLayer> {
    if !view.has_magnitudes() {
        return None;
    }
    match op {
        Op::QLinearConv {
            input,
            weight,
            bias,
            shifts,
        } => byte_layer(view, *input, weight, bias, shifts),
        Op::Round { .. } => short_layer(view, &view.rounded(op)?),
        Op::Cast {
            input,
            to: Element::U8,
        } => short_layer(view, &view.rounded(view.maker(*input)?)?),
        _ => None,
    }
}

fn byte_layer(
    view: &GraphView,
    input: TensorId,
    weight: &Matrix<i8>,
    bias: &[i32],
    shifts: &[u32],
) -> Option<FoundLayer> {
    let mut operands = view.parts(input);
    let outputs = weight.rows();
    let residual = match operands[..] {
        [_, .., last] if view.channels(last) == outputs && ends_in_diagonal(weight) => {
            operands.pop()
        }
        _ => None,
    };
    let products = weight.columns() - residual.map_or(0, |_| outputs);
    let row = |row: usize| {
        let (weights, identity) = weight.row(row).split_at(products);
        let weights: Vec<i16> = weights.iter().map(|&weight| weight.into()).collect();
        Row {
            weights: filled_up(view, &operands, &weights),
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

fn short_layer(view: &GraphView, rounded: &Rounded) -> Option<FoundLayer> {
    let (product, residual) = product_and_residual(view, rounded.sum)?;
    let Some(Op::Conv {
        input,
        weight,
        bias,
    }) = view.maker(product)
    else {
        return None;
    };
    let operands = view.parts(*input);
    if !operands.iter().all(|&id| view.is_short(id)) {
        return None;
    }
    let magnitude = |id| i64::from(view.magnitude(id).unwrap_or(0));
    let limits = operands
        .iter()
        .flat_map(|&id| std::iter::repeat_n(magnitude(id), view.channels(id)));
    let limits: Vec<i64> = limits.collect();
    let residual_limit = residual.map_or(0, magnitude);
    let rows = bias.iter().enumerate().map(|(row, &bias)| {
        let row = short_row(weight.row(row), bias, &limits, residual_limit)?;
        Some(Row {
            weights: filled_up(view, &operands, &row.weights),
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

/// A convolution's result, or the sum of one with a tensor of int16.
fn product_and_residual(view: &GraphView, sum: TensorId) -> Option<(TensorId, Option<TensorId>)> {
    match view.maker(sum)? {
        Op::Conv { .. } => Some((sum, None)),
        Op::Add { inputs: [a, b] } => match (view.is_short(*a), view.is_short(*b)) {
            (_, true) => Some((*a, Some(*b))),
            (true, false) => Some((*b, Some(*a))),
            (false, false) => None,
        },
        _ => None,
    }
}

/// Weights of the channels of tensors, with zeros after those of each to fill up its last group.
fn filled_up(view: &GraphView, operands: &[TensorId], mut weights: &[i16]) -> Vec<i16> {
    let mut filled = Vec::new();
    for &id in operands {
        let (own, others) = weights.split_at(view.channels(id));
        filled.extend_from_slice(own);
        filled.resize(filled.len().next_multiple_of(GROUP), 0);
        weights = others;
    }
    filled
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

/// Whether the last columns of the weights, as many as there are rows, are 0 but for their diagonal: an identity
/// block.
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
    use pxc_model::Graph;

    use super::*;
    use crate::session::network::Magnitudes;

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
            let (magnitudes, last) = (Magnitudes::new(), graph.nodes().last().unwrap());
            let view = GraphView::new(&graph, Some(&magnitudes));
            find(&view, &last.op).unwrap().layer.width
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
