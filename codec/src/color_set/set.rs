//! The colours of an image by the samples of a pixel in coding order (`docs/format.md`, *Colour set*).
//!
//! In: a set of colours and the order of its planes. Out: the values that a sample may have after the earlier ones.

use crate::color_set::cube::ColorCube;
use crate::model::predictor::SYMBOLS;

/// Words of a value set.
pub(crate) const WORDS: usize = SYMBOLS / u32::BITS as usize;

/// Bytes that the colours of an image take, listed and as a set.
pub(crate) const COLOR_BYTES: u64 = ColorCube::BYTES + ColorSet::BYTES;

/// Bit `v` is set if a sample may have the value `v`.
pub(crate) type ValueSet = [u32; WORDS];

/// The values that a sample may have, by the earlier samples of its pixel.
pub(crate) struct ColorSet {
    /// One set for the first sample; then one for the second by each first; then one for the third by each first and
    /// second.
    value_sets: Vec<ValueSet>,
}

impl ColorSet {
    const VALUE_SETS: usize = 1 + SYMBOLS + SYMBOLS * SYMBOLS;
    /// Bytes of memory.
    pub(crate) const BYTES: u64 = (ColorSet::VALUE_SETS * size_of::<ValueSet>()) as u64;

    /// Sorts the colours of a cube by planes that are coded in `order`.
    pub(crate) fn new(cube: &ColorCube, order: [usize; 3]) -> ColorSet {
        let mut value_sets = vec![[0; WORDS]; ColorSet::VALUE_SETS];
        cube.each(|color| {
            let samples = order.map(|plane| color[plane]);
            for (channel, &sample) in samples.iter().enumerate() {
                let values = &mut value_sets[set_index(channel, [samples[0], samples[1]])];
                values[usize::from(sample) / 32] |= 1 << (sample % 32);
            }
        });
        if is_one_run(&value_sets[0]) {
            value_sets[0] = [u32::MAX; WORDS];
        }
        ColorSet { value_sets }
    }

    /// The values that a sample of a channel may have after the earlier ones.
    #[inline(always)]
    pub(crate) fn values(&self, channel: usize, earlier: [u8; 2]) -> &ValueSet {
        &self.value_sets[set_index(channel, earlier)]
    }

    /// Whether a sample of a channel may be `value` after the earlier ones.
    pub(crate) fn allows(&self, channel: usize, earlier: [u8; 2], value: u8) -> bool {
        self.values(channel, earlier)[usize::from(value) / 32] >> (value % 32) & 1 != 0
    }
}

/// Whether the bits that are set stand side by side.
fn is_one_run(values: &ValueSet) -> bool {
    let bits: Vec<usize> = (0..SYMBOLS)
        .filter(|v| values[v / 32] >> (v % 32) & 1 != 0)
        .collect();
    bits.last()
        .zip(bits.first())
        .is_some_and(|(last, first)| last - first + 1 == bits.len())
}

#[inline(always)]
fn set_index(channel: usize, [first, second]: [u8; 2]) -> usize {
    let (first, second) = (usize::from(first), usize::from(second));
    match channel {
        0 => 0,
        1 => 1 + first,
        _ => 1 + SYMBOLS + first * SYMBOLS + second,
    }
}
