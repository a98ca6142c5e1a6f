//! [`IntegerLayer`] with AVX-512 VNNI: a register for each output and block of lanes, two groups of outputs at a time.

#![allow(unsafe_code)]

use std::arch::x86_64::*;

use crate::kernels::blocks::block_functions;
use crate::kernels::layer::{End, IntegerLayer};
use crate::kernels::operands::{BlockPosition, Operands, Output, OutputBlock};
use crate::kernels::packing::{GROUP, LANE_BLOCK, Width};

/// Groups of outputs that are summed side by side: enough sums to hide the latency of an instruction, few enough to
/// stay in registers.
const SIDE_BY_SIDE: usize = 2;

/// Lanes of a register.
const LANES: usize = 16;
/// Registers of a block of lanes.
const BLOCK: usize = LANE_BLOCK / LANES;

/// Results or sums of a group of outputs and a block of lanes.
type Block = [[__m512i; BLOCK]; GROUP];

/// A layer of bytes.
///
/// # Safety
/// The lengths are those that `check_lengths` checks.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni")]
pub(super) unsafe fn bytes(layer: &IntegerLayer, operands: &Operands<'_>, output: Output<'_>) {
    // SAFETY: the caller's promise.
    unsafe { apply::<true>(layer, operands, output) };
}

/// A layer of 16-bit integers.
///
/// # Safety
/// The lengths are those that `check_lengths` checks.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni")]
pub(super) unsafe fn shorts(layer: &IntegerLayer, operands: &Operands<'_>, output: Output<'_>) {
    // SAFETY: the caller's promise.
    unsafe { apply::<false>(layer, operands, output) };
}

/// # Safety
/// The lengths are those that `check_lengths` checks.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni")]
#[inline]
unsafe fn apply<const BYTES: bool>(
    layer: &IntegerLayer,
    operands: &Operands<'_>,
    mut output: Output<'_>,
) {
    let groups = layer.ends.len();
    let single = groups - groups % SIDE_BY_SIDE;
    for group in (0..single).step_by(SIDE_BY_SIDE) {
        // SAFETY: the caller's promise.
        unsafe { apply_groups::<BYTES, SIDE_BY_SIDE>(layer, operands, &mut output, group) };
    }
    for group in single..groups {
        // SAFETY: the caller's promise.
        unsafe { apply_groups::<BYTES, 1>(layer, operands, &mut output, group) };
    }
}

/// Evaluates `N` groups of outputs, from group `first` on.
///
/// # Safety
/// The lengths are those that `check_lengths` checks.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni")]
#[inline]
unsafe fn apply_groups<const BYTES: bool, const N: usize>(
    layer: &IntegerLayer,
    operands: &Operands<'_>,
    output: &mut Output<'_>,
    first: usize,
) {
    let lanes = operands.lanes;
    for lane in (0..lanes).step_by(LANE_BLOCK) {
        // SAFETY: the caller's promise.
        let sums = unsafe { sums::<BYTES, N>(layer, operands, first, lane) };
        for (group, mut sums) in (first..).zip(sums) {
            let (position, end) = (BlockPosition { group, lane, lanes }, &layer.ends[group]);
            if let Some(residual) = operands.residual {
                let width = if BYTES { Width::Byte } else { Width::Short };
                add_residual(&mut sums, width, residual, end, &position);
            }
            let results = ended(layer, &sums, end);
            store(output, &results, layer.outputs, &position);
        }
    }
}

/// The sums of `N` groups of outputs, from group `first` on, for a block of lanes.
///
/// # Safety
/// The lengths are those that `check_lengths` checks.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni")]
#[inline]
unsafe fn sums<const BYTES: bool, const N: usize>(
    layer: &IntegerLayer,
    operands: &Operands<'_>,
    first: usize,
    lane: usize,
) -> [Block; N] {
    let steps = layer.inputs;
    let weights = &layer.weights[first * steps..][..N * steps];
    let mut sums = [[[_mm512_setzero_si512(); BLOCK]; GROUP]; N];
    for (sums, end) in sums.iter_mut().zip(&layer.ends[first..]) {
        for ([sum], &bias) in sums.iter_mut().zip(&end.bias) {
            *sum = _mm512_set1_epi32(bias);
        }
    }
    for step in 0..steps {
        // SAFETY: row `step` of the input has `lanes` words, LANE_BLOCK of them from `lane`.
        let words = unsafe {
            let words = operands.input.as_ptr().add(step * operands.lanes + lane);
            _mm512_loadu_si512(words.cast())
        };
        for (group, sums) in sums.iter_mut().enumerate() {
            // SAFETY: each of the `N` groups has weights for `steps` steps. With a check, they are not loaded as a
            // part of the instruction that multiplies.
            let weights = unsafe { weights.get_unchecked(group * steps + step) };
            for ([sum], &weight) in sums.iter_mut().zip(weights) {
                let weight = _mm512_set1_epi32(weight);
                *sum = match BYTES {
                    true => _mm512_dpbusd_epi32(*sum, words, weight),
                    false => _mm512_dpwssd_epi32(*sum, words, weight),
                };
            }
        }
    }
    sums
}

block_functions!(
    #[target_feature(enable = "avx512f,avx512bw,avx512vl")]
    #[inline]
);

#[target_feature(enable = "avx512f")]
#[inline]
fn load(words: &[u32; LANES]) -> __m512i {
    // SAFETY: there are as many words as in the register.
    unsafe { _mm512_loadu_si512(words.as_ptr().cast()) }
}

#[target_feature(enable = "avx512f")]
#[inline]
fn keep(words: &mut [u32; LANES], register: __m512i) {
    // SAFETY: there are as many words as in the register.
    unsafe { _mm512_storeu_si512(words.as_mut_ptr().cast(), register) };
}

#[target_feature(enable = "avx512f")]
#[inline]
fn unpacked(words: __m512i, width: Width, j: usize) -> __m512i {
    match width {
        Width::Byte => {
            let moved = _mm512_srl_epi32(words, _mm_cvtsi32_si128(8 * j as i32));
            _mm512_and_si512(moved, _mm512_set1_epi32(255))
        }
        Width::Short if j.is_multiple_of(2) => {
            _mm512_srai_epi32::<16>(_mm512_slli_epi32::<16>(words))
        }
        Width::Short => _mm512_srai_epi32::<16>(words),
    }
}

#[target_feature(enable = "avx512f")]
#[inline]
fn sum_with_product(sum: __m512i, values: __m512i, factor: i32) -> __m512i {
    _mm512_add_epi32(sum, _mm512_mullo_epi32(values, _mm512_set1_epi32(factor)))
}

/// The rounding mode is to nearest, ties to even, as everywhere in Rust.
#[target_feature(enable = "avx512f")]
#[inline]
fn scaled(sums: __m512i, factor: f32, [low, high]: [f32; 2]) -> __m512i {
    let scaled = _mm512_mul_ps(_mm512_cvtepi32_ps(sums), _mm512_set1_ps(factor));
    let clipped = _mm512_min_ps(
        _mm512_max_ps(scaled, _mm512_set1_ps(low)),
        _mm512_set1_ps(high),
    );
    _mm512_cvtps_epi32(clipped)
}

#[target_feature(enable = "avx512f")]
#[inline]
fn packed_bytes([a, b, c, d]: [__m512i; GROUP]) -> __m512i {
    let low = _mm512_or_si512(a, _mm512_slli_epi32::<8>(b));
    let high = _mm512_or_si512(c, _mm512_slli_epi32::<8>(d));
    _mm512_or_si512(low, _mm512_slli_epi32::<16>(high))
}

#[target_feature(enable = "avx512f,avx512bw")]
#[inline]
fn packed_shorts(low: __m512i, high: __m512i) -> __m512i {
    _mm512_mask_blend_epi16(0xaaaa_aaaa, low, _mm512_slli_epi32::<16>(high))
}

#[target_feature(enable = "avx512f")]
#[inline]
fn store_bytes(row: &mut [u8; LANE_BLOCK], [values]: [__m512i; BLOCK]) {
    // SAFETY: the row has LANE_BLOCK bytes, as many as the register.
    unsafe { _mm_storeu_si128(row.as_mut_ptr().cast(), _mm512_cvtepi32_epi8(values)) };
}

#[target_feature(enable = "avx512f")]
#[inline]
fn store_floats(row: &mut [f32; LANES], values: __m512i) {
    // SAFETY: there are as many floats as in the register.
    unsafe { _mm512_storeu_ps(row.as_mut_ptr(), _mm512_cvtepi32_ps(values)) };
}
