//! [`IntegerLayer`] on x86-64: int8 and int16 dot products of AVX-512 VNNI, AVX-VNNI or AVX2.
//!
//! The kernel of 512 bits has its own file; here are those of 256 bits, and which of all a processor has.

#![allow(unsafe_code)]

use std::arch::x86_64::*;
use std::sync::LazyLock;

use pxc_codec::simd::InstructionSet;

use crate::kernels::avx512;
use crate::kernels::layer::{End, IntegerLayer};
use crate::kernels::operands::{BlockPosition, Operands, Output, check_lengths};
use crate::kernels::packing::{GROUP, LANE_BLOCK, Width};

/// Lanes of a register.
const LANES: usize = 8;
/// Registers of a block of lanes.
const BLOCK: usize = LANE_BLOCK / LANES;

/// Results or sums of a group of outputs and a block of lanes.
type Block = [[__m256i; BLOCK]; GROUP];

type Function = unsafe fn(&IntegerLayer, &Operands<'_>, Output<'_>);

/// A way to evaluate layers that this processor has: only [`detected`](LayerKernel::detected) makes one.
#[derive(Clone, Copy)]
pub(crate) struct LayerKernel {
    #[cfg_attr(
        not(test),
        allow(dead_code, reason = "tests name the kernel that fails")
    )]
    name: &'static str,
    bytes: Function,
    shorts: Function,
}

impl LayerKernel {
    /// The fastest kernel of this processor.
    pub(crate) fn detected() -> Option<LayerKernel> {
        static DETECTED: LazyLock<Option<LayerKernel>> =
            LazyLock::new(|| LayerKernel::all_detected().next());
        *DETECTED
    }

    /// All kernels of this processor, the fastest first.
    fn all_detected() -> impl Iterator<Item = LayerKernel> {
        let instructions = InstructionSet::detect();
        let avx2 = instructions != InstructionSet::Portable;
        let short = is_x86_feature_detected!("avx512vnni") && is_x86_feature_detected!("avx512vl");
        let long = short && matches!(instructions, InstructionSet::Avx512(_));
        let avxvnni = is_x86_feature_detected!("avxvnni");
        let kernel = |is_present: bool, name, bytes, shorts| {
            (avx2 && is_present).then_some(LayerKernel {
                name,
                bytes,
                shorts,
            })
        };
        let kernels = [
            kernel(long, "AVX-512 VNNI", avx512::bytes, avx512::shorts),
            kernel(short, "AVX-512 VNNI, 256 bits", bytes_avx512, shorts_avx512),
            kernel(avxvnni, "AVX-VNNI", bytes_avxvnni, shorts_avxvnni),
            kernel(avx2, "AVX2", bytes_avx2, shorts_avx2),
        ];
        kernels.into_iter().flatten()
    }

    /// Evaluates a layer. Panics on operands and outputs of other lengths than the layer's.
    pub(crate) fn run(self, layer: &IntegerLayer, operands: &Operands<'_>, output: Output<'_>) {
        check_lengths(layer, operands, &output);
        let function = match layer.width {
            Width::Byte => self.bytes,
            Width::Short => self.shorts,
        };
        // SAFETY: the processor has the kernel, or it would not have been made; the lengths were just checked.
        unsafe { function(layer, operands, output) }
    }
}

macro_rules! kernel {
    ($name:ident, $features:literal, $dot:ident) => {
        /// # Safety
        /// The lengths are those that [`check_lengths`] checks.
        #[target_feature(enable = $features)]
        unsafe fn $name(layer: &IntegerLayer, operands: &Operands<'_>, mut output: Output<'_>) {
            let lanes = operands.lanes;
            let groups = layer.weights.chunks_exact(layer.inputs).zip(&layer.ends);
            for (group, (weights, end)) in groups.enumerate() {
                for lane in (0..lanes).step_by(LANE_BLOCK) {
                    let mut sums = end.bias.map(|bias| [_mm256_set1_epi32(bias); BLOCK]);
                    for (step, weights) in weights.iter().enumerate() {
                        // SAFETY: row `step` of the input has `lanes` words, LANE_BLOCK of them from `lane`.
                        let words = unsafe {
                            let words = operands.input.as_ptr().add(step * lanes + lane);
                            [
                                _mm256_loadu_si256(words.cast()),
                                _mm256_loadu_si256(words.add(LANES).cast()),
                            ]
                        };
                        for (sums, &weight) in sums.iter_mut().zip(weights) {
                            let weight = _mm256_set1_epi32(weight);
                            for (sum, words) in sums.iter_mut().zip(words) {
                                *sum = $dot(*sum, words, weight);
                            }
                        }
                    }
                    let position = BlockPosition { group, lane, lanes };
                    if let Some(residual) = operands.residual {
                        // SAFETY: a residual has the rows of all outputs, of `lanes` words each.
                        unsafe { add_residual(&mut sums, layer.width, residual, end, &position) };
                    }
                    let results = ended(layer, &sums, end);
                    // SAFETY: an output has the rows of all outputs.
                    unsafe { store(&mut output, &results, layer.outputs, &position) };
                }
            }
        }
    };
}

kernel!(
    bytes_avx512,
    "avx2,avx512vnni,avx512vl",
    _mm256_dpbusd_epi32
);
kernel!(bytes_avxvnni, "avx2,avxvnni", _mm256_dpbusd_avx_epi32);
kernel!(bytes_avx2, "avx2", add_byte_products);
kernel!(
    shorts_avx512,
    "avx2,avx512vnni,avx512vl",
    _mm256_dpwssd_epi32
);
kernel!(shorts_avxvnni, "avx2,avxvnni", _mm256_dpwssd_avx_epi32);
kernel!(shorts_avx2, "avx2", add_short_products);

/// Models are proven to keep sums of two adjacent products within int16, so nothing saturates.
#[target_feature(enable = "avx2")]
#[inline]
fn add_byte_products(sums: __m256i, bytes: __m256i, weights: __m256i) -> __m256i {
    let pairs = _mm256_maddubs_epi16(bytes, weights);
    _mm256_add_epi32(sums, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)))
}

#[target_feature(enable = "avx2")]
#[inline]
fn add_short_products(sums: __m256i, shorts: __m256i, weights: __m256i) -> __m256i {
    _mm256_add_epi32(sums, _mm256_madd_epi16(shorts, weights))
}

/// # Safety
/// `residual` has the rows of all outputs, of as many words as there are lanes.
#[target_feature(enable = "avx2")]
#[inline]
unsafe fn add_residual(
    sums: &mut Block,
    width: Width,
    residual: &[u32],
    end: &End,
    position: &BlockPosition,
) {
    let per_word = width.per_word();
    for (j, (sums, identity)) in sums.iter_mut().zip(end.identity).enumerate() {
        let row = (GROUP * position.group + j) / per_word;
        let identity = _mm256_set1_epi32(identity);
        for (i, sum) in sums.iter_mut().enumerate() {
            let start = row * position.lanes + position.lane + i * LANES;
            // SAFETY: the caller's.
            let words = unsafe { _mm256_loadu_si256(residual.as_ptr().add(start).cast()) };
            let values = match width {
                Width::Byte => {
                    let moved = _mm256_srl_epi32(words, _mm_cvtsi32_si128(8 * j as i32));
                    _mm256_and_si256(moved, _mm256_set1_epi32(255))
                }
                Width::Short if j % 2 == 0 => {
                    _mm256_srai_epi32::<16>(_mm256_slli_epi32::<16>(words))
                }
                Width::Short => _mm256_srai_epi32::<16>(words),
            };
            *sum = _mm256_add_epi32(*sum, _mm256_mullo_epi32(values, identity));
        }
    }
}

/// Scales, clips and rounds. The rounding mode is to nearest, ties to even, as everywhere in Rust.
#[target_feature(enable = "avx2")]
#[inline]
fn ended(layer: &IntegerLayer, sums: &Block, end: &End) -> Block {
    let [low, high] = layer.limits().map(|limit| _mm256_set1_ps(limit));
    let mut results = *sums;
    for (sums, factor) in results.iter_mut().zip(end.factors()) {
        let factor = _mm256_set1_ps(factor);
        for sum in sums {
            let scaled = _mm256_mul_ps(_mm256_cvtepi32_ps(*sum), factor);
            let clipped = _mm256_min_ps(_mm256_max_ps(scaled, low), high);
            *sum = _mm256_cvtps_epi32(clipped);
        }
    }
    results
}

/// # Safety
/// `output` has the rows of all outputs: of as many words as there are lanes, or of as many elements as it says.
#[target_feature(enable = "avx2")]
#[inline]
unsafe fn store(
    output: &mut Output<'_>,
    results: &Block,
    outputs: usize,
    position: &BlockPosition,
) {
    let (first, lane) = (GROUP * position.group, position.lane);
    // SAFETY: the caller's promise; of elements, the block ends within the row.
    unsafe {
        match output {
            Output::Words(words, Width::Byte) => store_packed_bytes(words, results, position),
            Output::Words(words, Width::Short) => store_packed_shorts(words, results, position),
            Output::Bytes(bytes, used) if lane + LANE_BLOCK <= *used => {
                for (values, row) in results.iter().zip(first..outputs) {
                    store_bytes(&mut bytes[row * *used + lane..][..LANE_BLOCK], values);
                }
            }
            Output::Floats(floats, used) if lane + LANE_BLOCK <= *used => {
                for (values, row) in results.iter().zip(first..outputs) {
                    store_floats(&mut floats[row * *used + lane..][..LANE_BLOCK], values);
                }
            }
            Output::Bytes(..) | Output::Floats(..) => {
                output.store(&plain(results), outputs, position);
            }
        }
    }
}

/// # Safety
/// `words` has a row of `lanes` words for each group.
#[target_feature(enable = "avx2")]
#[inline]
unsafe fn store_packed_bytes(words: &mut [u32], results: &Block, position: &BlockPosition) {
    let &BlockPosition { group, lane, lanes } = position;
    for i in 0..BLOCK {
        let [a, b, c, d] = results.map(|row| row[i]);
        let low = _mm256_or_si256(a, _mm256_slli_epi32::<8>(b));
        let high = _mm256_or_si256(c, _mm256_slli_epi32::<8>(d));
        let packed = _mm256_or_si256(low, _mm256_slli_epi32::<16>(high));
        let start = group * lanes + lane + i * LANES;
        // SAFETY: the caller's promise.
        unsafe { _mm256_storeu_si256(words.as_mut_ptr().add(start).cast(), packed) };
    }
}

/// # Safety
/// `words` has two rows of `lanes` words for each group.
#[target_feature(enable = "avx2")]
#[inline]
unsafe fn store_packed_shorts(words: &mut [u32], results: &Block, position: &BlockPosition) {
    let &BlockPosition { group, lane, lanes } = position;
    for (pair, rows) in results.chunks_exact(2).enumerate() {
        for (i, (&low, &high)) in rows[0].iter().zip(&rows[1]).enumerate() {
            let high = _mm256_slli_epi32::<16>(high);
            let packed = _mm256_blend_epi16::<0xaa>(low, high);
            let start = (2 * group + pair) * lanes + lane + i * LANES;
            // SAFETY: the caller's promise.
            unsafe { _mm256_storeu_si256(words.as_mut_ptr().add(start).cast(), packed) };
        }
    }
}

#[target_feature(enable = "avx2")]
#[inline]
fn store_bytes(row: &mut [u8], values: &[__m256i; BLOCK]) {
    assert_eq!(row.len(), LANE_BLOCK);
    let shorts = _mm256_packs_epi32(values[0], values[1]);
    let shorts = _mm256_permute4x64_epi64::<0b11_01_10_00>(shorts);
    let low = _mm256_castsi256_si128(shorts);
    let high = _mm256_extracti128_si256::<1>(shorts);
    let packed = _mm_packus_epi16(low, high);
    // SAFETY: the row has LANE_BLOCK bytes, as many as the register.
    unsafe { _mm_storeu_si128(row.as_mut_ptr().cast(), packed) };
}

#[target_feature(enable = "avx2")]
#[inline]
fn store_floats(row: &mut [f32], values: &[__m256i; BLOCK]) {
    for (row, &values) in row.chunks_exact_mut(LANES).zip(values) {
        // SAFETY: the chunk has LANES floats, as many as the register.
        unsafe { _mm256_storeu_ps(row.as_mut_ptr(), _mm256_cvtepi32_ps(values)) };
    }
}

/// The results in memory.
#[target_feature(enable = "avx2")]
#[inline]
fn plain(results: &Block) -> [[i32; LANE_BLOCK]; GROUP] {
    results.map(|row| {
        let mut values = [0; LANE_BLOCK];
        for (values, register) in values.chunks_exact_mut(LANES).zip(row) {
            // SAFETY: the chunk has LANES integers, as many as the register.
            unsafe { _mm256_storeu_si256(values.as_mut_ptr().cast(), register) };
        }
        values
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::layer::Row;
    use crate::kernels::packing::packed_lanes;
    use crate::kernels::portable;

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

    fn layer(width: Width, inputs: usize, outputs: usize, noise: &mut Noise) -> IntegerLayer {
        let largest = if width == Width::Byte { 64 } else { 1000 };
        let rows: Vec<Row> = (0..outputs)
            .map(|_| Row {
                weights: (0..inputs)
                    .map(|_| (noise.below(2 * largest + 1) - largest as i32) as i16)
                    .collect(),
                bias: noise.below(40_000) - 20_000,
                identity: noise.below(65),
                shift: noise.below(9),
            })
            .collect();
        let low = if width == Width::Byte { 0.0 } else { -1023.0 };
        let high = if width == Width::Byte { 255.0 } else { 1023.0 };
        IntegerLayer::new(width, &rows, low, high)
    }

    /// In lengths that are no multiples of anything.
    const SHAPES: [(usize, usize, usize); 4] = [(1, 1, 1), (5, 7, 24), (96, 96, 64), (98, 66, 40)];

    #[test]
    fn kernels_give_the_portable_numbers() {
        for kernel in LayerKernel::all_detected() {
            for width in [Width::Byte, Width::Short] {
                for shape in SHAPES {
                    check(kernel, width, shape);
                }
            }
        }
    }

    /// Checks a kernel with and without a residual.
    fn check(kernel: LayerKernel, width: Width, (inputs, outputs, used): (usize, usize, usize)) {
        let mut noise = Noise(inputs as u32);
        let layer = layer(width, inputs, outputs, &mut noise);
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
            let name = kernel.name;
            let case = format!("{name}, {width:?}: {inputs} to {outputs}, {used} lanes");
            check_words(kernel, &layer, &operands, &case);
            check_elements(kernel, &layer, &operands, used, &case);
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
}
