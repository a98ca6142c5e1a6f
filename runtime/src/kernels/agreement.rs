//! Does the portable kernel give plain sums, and do all kernels of this processor give its numbers?

use crate::kernels::layer::{IntegerLayer, Row};
use crate::kernels::layer_kernel::LayerKernel;
use crate::kernels::operands::{Operands, Output};
use crate::kernels::packing::{Width, packed_lanes};
use crate::kernels::{detected, portable};

struct Noise(u32);

impl Noise {
    fn next(&mut self) -> u32 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        self.0 >> 8
    }

    fn below(&mut self, limit: u32) -> i32 {
        (self.next() % limit) as i32
    }

    fn words(&mut self, width: Width, count: usize, largest: u32) -> Vec<u32> {
        let low = if width == Width::Byte {
            0
        } else {
            -(largest as i32)
        };
        let span = (largest as i32 - low + 1) as u32;
        let mut word = || {
            let parts = (0..width.per_word()).map(|j| width.put(low + self.below(span), j));
            parts.fold(0, |word, part| word | part)
        };
        (0..count).map(|_| word()).collect()
    }
}

fn rows(width: Width, inputs: usize, outputs: usize, noise: &mut Noise) -> Vec<Row> {
    let largest = if width == Width::Byte { 64 } else { 1000 };
    let rows = (0..outputs).map(|_| Row {
        weights: (0..inputs)
            .map(|_| (noise.below(2 * largest + 1) - largest as i32) as i16)
            .collect(),
        bias: noise.below(40_000) - 20_000,
        identity: noise.below(65),
        shift: noise.below(9),
    });
    rows.collect()
}

fn layer(width: Width, rows: &[Row]) -> IntegerLayer {
    let [low, high] = match width {
        Width::Byte => [0.0, 255.0],
        Width::Short => [-1023.0, 1023.0],
    };
    IntegerLayer::new(width, rows, low, high)
}

/// In lengths that are no multiples of anything.
const SHAPES: [(usize, usize, usize); 4] = [(1, 1, 1), (5, 7, 24), (96, 96, 64), (98, 66, 40)];

#[test]
fn the_portable_kernel_gives_plain_sums() {
    each_case(|rows, layer, operands, used, case| {
        let mut found = vec![0.0; layer.outputs * used];
        portable::apply(layer, operands, Output::Floats(&mut found, used));
        let outputs = rows.iter().enumerate();
        let expected = outputs.flat_map(|(output, row)| {
            (0..used).map(move |lane| plain(row, output, layer, operands, lane))
        });
        assert_eq!(found, expected.collect::<Vec<f32>>(), "{case}");
    });
}

/// An output of a layer at a lane, channel by channel.
fn plain(row: &Row, output: usize, layer: &IntegerLayer, operands: &Operands, lane: usize) -> f32 {
    let (width, per_word) = (layer.width, layer.width.per_word());
    let value = |words: &[u32], channel: usize| {
        let word = words[channel / per_word * operands.lanes + lane];
        width.get(word, channel % per_word)
    };
    let weights = row.weights.iter().enumerate();
    let products =
        weights.map(|(channel, &weight)| i32::from(weight) * value(operands.input, channel));
    let residual = operands.residual.map_or(0, |words| value(words, output));
    let sum = products.sum::<i32>() + row.bias + row.identity * residual;
    let [low, high] = layer.limits();
    let scaled = sum as f32 / (1 << row.shift) as f32;
    scaled.clamp(low, high).round_ties_even()
}

#[test]
fn kernels_give_the_portable_numbers() {
    for kernel in detected() {
        each_case(|_, layer, operands, used, case| {
            let case = format!("{}, {case}", kernel.name);
            check_words(kernel, layer, operands, &case);
            check_elements(kernel, layer, operands, used, &case);
        });
    }
}

/// Makes layers of both widths and all shapes, with and without a residual.
fn each_case(check: impl Fn(&[Row], &IntegerLayer, &Operands<'_>, usize, &str)) {
    for width in [Width::Byte, Width::Short] {
        for (inputs, outputs, used) in SHAPES {
            let mut noise = Noise(inputs as u32);
            let rows = rows(width, inputs, outputs, &mut noise);
            let layer = layer(width, &rows);
            let lanes = packed_lanes(used);
            let largest = if width == Width::Byte { 255 } else { 100 };
            let input = noise.words(width, layer.inputs * lanes, largest);
            let residual = noise.words(width, width.rows(outputs) * lanes, largest);
            for residual in [None, Some(&residual[..])] {
                let operands = Operands {
                    input: &input,
                    residual,
                    lanes,
                };
                let case = format!("{width:?}: {inputs} to {outputs}, {used} lanes");
                check(&rows, &layer, &operands, used, &case);
            }
        }
    }
}

fn check_words(kernel: LayerKernel, layer: &IntegerLayer, operands: &Operands, case: &str) {
    for to in [Width::Byte, Width::Short] {
        if (layer.width, to) == (Width::Short, Width::Byte) {
            continue;
        }
        let mut found = vec![0; to.rows(layer.outputs) * operands.lanes];
        let mut expected = found.clone();
        portable::apply(layer, operands, Output::Words(&mut expected, to));
        kernel.run(layer, operands, Output::Words(&mut found, to));
        assert_eq!(found, expected, "{case}");
    }
}

/// As float32 and as bytes. Results reach both limits.
fn check_elements(
    kernel: LayerKernel,
    layer: &IntegerLayer,
    operands: &Operands,
    used: usize,
    case: &str,
) {
    let mut found = vec![0.0; layer.outputs * used];
    let mut expected = found.clone();
    portable::apply(layer, operands, Output::Floats(&mut expected, used));
    kernel.run(layer, operands, Output::Floats(&mut found, used));
    assert_eq!(found, expected, "{case}");
    let reached = |limit| expected.contains(&limit);
    let limits = layer.limits();
    assert!(
        layer.outputs == 1 || limits.into_iter().all(reached),
        "{case}"
    );
    if layer.width == Width::Byte {
        let mut bytes = vec![0; layer.outputs * used];
        kernel.run(layer, operands, Output::Bytes(&mut bytes, used));
        let floats: Vec<f32> = bytes.iter().map(|&b| f32::from(b)).collect();
        assert_eq!(floats, expected, "{case}");
    }
}
