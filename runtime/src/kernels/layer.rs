//! A layer of a network on packed integers: its weights in the order in which kernels read them.

use crate::kernels::packing::{GROUP, Width};

/// `round(clip((weights · input + bias + identity · residual) · 2^−shift))`, ties to even.
///
/// Sums stay within int32. As float32 they are exact: they are below 2^24 in units of their greatest common power of
/// two.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct IntegerLayer {
    /// Of input, residual and weights.
    pub(crate) width: Width,
    /// Rows of words of an input.
    pub(crate) inputs: usize,
    /// Output channels.
    pub(crate) outputs: usize,
    /// For each group of outputs and each row of the input, a word of weights for each of the outputs.
    pub(crate) weights: Vec<[i32; GROUP]>,
    /// For each group of outputs.
    pub(crate) ends: Vec<End>,
    /// Bits of the smallest and the largest result.
    limits: [u32; 2],
}

/// The constants that end a group of outputs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct End {
    pub(crate) bias: [i32; GROUP],
    pub(crate) identity: [i32; GROUP],
    /// Bits of the powers of two.
    factor: [u32; GROUP],
}

/// An output of a layer: its weights in the order of the packed input, missing channels included, and its constants.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) weights: Vec<i16>,
    pub(crate) bias: i32,
    pub(crate) identity: i32,
    /// −126 to 126
    pub(crate) shift: i32,
}

impl IntegerLayer {
    /// A layer whose rows have equally many weights, at least one, that fit the width: int8 for bytes.
    pub(crate) fn new(width: Width, rows: &[Row], low: f32, high: f32) -> Self {
        let per_word = width.per_word();
        let inputs = rows.first().map_or(0, |row| row.weights.len());
        let inputs = inputs.div_ceil(per_word);
        let mut weights = Vec::new();
        let mut ends = Vec::new();
        for group in rows.chunks(GROUP) {
            let mut words = vec![[0; GROUP]; inputs];
            let mut end = End::default();
            for (output, row) in group.iter().enumerate() {
                for (words, weights) in words.iter_mut().zip(row.weights.chunks(per_word)) {
                    let parts = weights.iter().enumerate();
                    let parts = parts.map(|(j, &weight)| width.put(weight.into(), j));
                    words[output] = parts.fold(0, |word, part| word | part).cast_signed();
                }
                end.bias[output] = row.bias;
                end.identity[output] = row.identity;
                end.factor[output] = ((-f64::from(row.shift)).exp2() as f32).to_bits();
            }
            weights.extend(words);
            ends.push(end);
        }
        Self {
            width,
            inputs,
            outputs: rows.len(),
            weights,
            ends,
            limits: [low.to_bits(), high.to_bits()],
        }
    }

    /// The smallest and the largest result.
    #[inline(always)]
    pub(crate) fn limits(&self) -> [f32; 2] {
        self.limits.map(f32::from_bits)
    }
}

impl End {
    #[inline(always)]
    pub(crate) fn factors(&self) -> [f32; GROUP] {
        self.factor.map(f32::from_bits)
    }
}
