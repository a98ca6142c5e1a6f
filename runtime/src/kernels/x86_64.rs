//! [`IntegerLayer`] on x86-64: int8 and int16 dot products of AVX-512 VNNI, AVX-VNNI or AVX2.
//!
//! The kernel of 512 bits has its own file; here are those of 256 bits, and which of all a processor has.

#![allow(unsafe_code)]

use std::arch::x86_64::*;

use pxc_codec::simd::InstructionSet;

use crate::kernels::avx512;
use crate::kernels::blocks::block_functions;
use crate::kernels::layer::{End, IntegerLayer};
use crate::kernels::layer_kernel::LayerKernel;
use crate::kernels::operands::{BlockPosition, Operands, Output, OutputBlock};
use crate::kernels::packing::{GROUP, LANE_BLOCK, Width};

/// Lanes of a register.
const LANES: usize = 8;
/// Registers of a block of lanes.
const BLOCK: usize = LANE_BLOCK / LANES;

/// Results or sums of a group of outputs and a block of lanes.
type Block = [[__m256i; BLOCK]; GROUP];

/// All kernels of this processor, the fastest first.
pub(super) fn detected() -> Vec<LayerKernel> {
    let instructions = InstructionSet::detect();
    let avx2 = instructions != InstructionSet::Portable;
    let short = is_x86_feature_detected!("avx512vnni") && is_x86_feature_detected!("avx512vl");
    let long = short && matches!(instructions, InstructionSet::Avx512(_));
    let avxvnni = is_x86_feature_detected!("avxvnni");
    let kernel = |is_present: bool, name, bytes, shorts| {
        // SAFETY: AVX2 was detected, and so was what else the kernels below need.
        (avx2 && is_present).then(|| unsafe { LayerKernel::new(name, bytes, shorts) })
    };
    let kernels = [
        kernel(long, "AVX-512 VNNI", avx512::bytes, avx512::shorts),
        kernel(short, "AVX-512 VNNI, 256 bits", bytes_avx512, shorts_avx512),
        kernel(avxvnni, "AVX-VNNI", bytes_avxvnni, shorts_avxvnni),
        kernel(avx2, "AVX2", bytes_avx2, shorts_avx2),
    ];
    kernels.into_iter().flatten().collect()
}

macro_rules! kernel {
    ($name:ident, $features:literal, $dot:ident) => {
        /// # Safety
        /// The lengths are those that `check_lengths` checks.
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
                        add_residual(&mut sums, layer.width, residual, end, &position);
                    }
                    let results = ended(layer, &sums, end);
                    store(&mut output, &results, layer.outputs, &position);
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

block_functions!(
    #[target_feature(enable = "avx2")]
    #[inline]
);

#[target_feature(enable = "avx2")]
#[inline]
fn load(words: &[u32; LANES]) -> __m256i {
    // SAFETY: there are as many words as in the register.
    unsafe { _mm256_loadu_si256(words.as_ptr().cast()) }
}

#[target_feature(enable = "avx2")]
#[inline]
fn keep(words: &mut [u32; LANES], register: __m256i) {
    // SAFETY: there are as many words as in the register.
    unsafe { _mm256_storeu_si256(words.as_mut_ptr().cast(), register) };
}

#[target_feature(enable = "avx2")]
#[inline]
fn unpacked(words: __m256i, width: Width, j: usize) -> __m256i {
    match width {
        Width::Byte => {
            let moved = _mm256_srl_epi32(words, _mm_cvtsi32_si128(8 * j as i32));
            _mm256_and_si256(moved, _mm256_set1_epi32(255))
        }
        Width::Short if j.is_multiple_of(2) => {
            _mm256_srai_epi32::<16>(_mm256_slli_epi32::<16>(words))
        }
        Width::Short => _mm256_srai_epi32::<16>(words),
    }
}

#[target_feature(enable = "avx2")]
#[inline]
fn sum_with_product(sum: __m256i, values: __m256i, factor: i32) -> __m256i {
    _mm256_add_epi32(sum, _mm256_mullo_epi32(values, _mm256_set1_epi32(factor)))
}

/// The rounding mode is to nearest, ties to even, as everywhere in Rust.
#[target_feature(enable = "avx2")]
#[inline]
fn scaled(sums: __m256i, factor: f32, [low, high]: [f32; 2]) -> __m256i {
    let scaled = _mm256_mul_ps(_mm256_cvtepi32_ps(sums), _mm256_set1_ps(factor));
    let clipped = _mm256_min_ps(
        _mm256_max_ps(scaled, _mm256_set1_ps(low)),
        _mm256_set1_ps(high),
    );
    _mm256_cvtps_epi32(clipped)
}

#[target_feature(enable = "avx2")]
#[inline]
fn packed_bytes([a, b, c, d]: [__m256i; GROUP]) -> __m256i {
    let low = _mm256_or_si256(a, _mm256_slli_epi32::<8>(b));
    let high = _mm256_or_si256(c, _mm256_slli_epi32::<8>(d));
    _mm256_or_si256(low, _mm256_slli_epi32::<16>(high))
}

#[target_feature(enable = "avx2")]
#[inline]
fn packed_shorts(low: __m256i, high: __m256i) -> __m256i {
    _mm256_blend_epi16::<0xaa>(low, _mm256_slli_epi32::<16>(high))
}

#[target_feature(enable = "avx2")]
#[inline]
fn store_bytes(row: &mut [u8; LANE_BLOCK], [low, high]: [__m256i; BLOCK]) {
    let shorts = _mm256_packs_epi32(low, high);
    let shorts = _mm256_permute4x64_epi64::<0b11_01_10_00>(shorts);
    let low = _mm256_castsi256_si128(shorts);
    let high = _mm256_extracti128_si256::<1>(shorts);
    let packed = _mm_packus_epi16(low, high);
    // SAFETY: the row has LANE_BLOCK bytes, as many as the register.
    unsafe { _mm_storeu_si128(row.as_mut_ptr().cast(), packed) };
}

#[target_feature(enable = "avx2")]
#[inline]
fn store_floats(row: &mut [f32; LANES], values: __m256i) {
    // SAFETY: there are as many floats as in the register.
    unsafe { _mm256_storeu_ps(row.as_mut_ptr(), _mm256_cvtepi32_ps(values)) };
}
