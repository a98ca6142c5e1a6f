//! A layer on packed integers in plain Rust: the reference of the other kernels.

use crate::kernels::layer::IntegerLayer;
use crate::kernels::operands::{BlockPosition, Operands, Output, check_lengths};
use crate::kernels::packing::{GROUP, LANE_BLOCK, Width};

/// Evaluates a layer. Panics on operands and outputs of other lengths than the layer's.
pub(crate) fn apply(layer: &IntegerLayer, operands: &Operands<'_>, mut output: Output<'_>) {
    check_lengths(layer, operands, &output);
    let lanes = operands.lanes;
    let layers = layer.weights.chunks_exact(layer.inputs).zip(&layer.ends);
    for (group, (weights, end)) in layers.enumerate() {
        for lane in (0..lanes).step_by(LANE_BLOCK) {
            let position = BlockPosition { group, lane, lanes };
            let mut block = [[0; LANE_BLOCK]; GROUP];
            for (j, results) in block.iter_mut().enumerate() {
                for (i, result) in results.iter_mut().enumerate() {
                    let words = weights.iter().enumerate();
                    let dots = words.map(|(step, weights)| {
                        dot(
                            layer.width,
                            operands.input[step * lanes + lane + i],
                            weights[j],
                        )
                    });
                    let residual = residual(layer, operands, &position, j, i);
                    let sum = dots.sum::<i32>() + end.bias[j] + end.identity[j] * residual;
                    *result = ended(layer, sum, end.factors()[j]);
                }
            }
            output.store(&block, layer.outputs, &position);
        }
    }
}

fn residual(
    layer: &IntegerLayer,
    operands: &Operands<'_>,
    position: &BlockPosition,
    j: usize,
    i: usize,
) -> i32 {
    let Some(words) = operands.residual else {
        return 0;
    };
    let per_word = layer.width.per_word();
    let row = (GROUP * position.group + j) / per_word;
    let word = words[row * position.lanes + position.lane + i];
    layer.width.get(word, j % per_word)
}

fn dot(width: Width, input: u32, weights: i32) -> i32 {
    let products = (0..width.per_word()).map(|j| {
        let weight = match width {
            Width::Byte => i32::from((weights >> (8 * j)) as i8),
            Width::Short => i32::from((weights >> (16 * j)) as i16),
        };
        width.get(input, j) * weight
    });
    products.sum()
}

fn ended(layer: &IntegerLayer, sum: i32, factor: f32) -> i32 {
    let [low, high] = layer.limits();
    let scaled = sum as f32 * factor;
    scaled.clamp(low, high).round_ties_even() as i32
}
