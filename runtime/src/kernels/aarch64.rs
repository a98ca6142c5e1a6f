//! [`IntegerLayer`] on arm64, with NEON: dot products of int8 where the processor has instructions for them, else
//! products of 16 bits, of which an instruction adds four or, from the upper half of a register, another four.

#![allow(unsafe_code)]

use std::arch::aarch64::*;
use std::arch::{asm, is_aarch64_feature_detected};

use crate::kernels::blocks::block_functions;
use crate::kernels::layer::{End, IntegerLayer};
use crate::kernels::layer_kernel::LayerKernel;
use crate::kernels::operands::{BlockPosition, Operands, Output, OutputBlock};
use crate::kernels::packing::{GROUP, LANE_BLOCK, Width};

/// Lanes of a register.
const LANES: usize = 4;
/// Registers of a block of lanes.
const BLOCK: usize = LANE_BLOCK / LANES;

/// Results or sums of an output and a block of lanes.
type Row = [int32x4_t; BLOCK];
/// Results or sums of a group of outputs and a block of lanes.
type Block = [Row; GROUP];
/// Values of sixteen bits of a block of lanes.
type Shorts = [int16x8_t; 2];

/// All kernels of this processor, the fastest first.
pub(super) fn detected() -> Vec<LayerKernel> {
    let neon = is_aarch64_feature_detected!("neon");
    let mixed = is_aarch64_feature_detected!("i8mm");
    let signed = is_aarch64_feature_detected!("dotprod");
    let kernel = |is_present: bool, name, bytes| {
        // SAFETY: NEON was detected, and so was what else the kernels below need.
        (neon && is_present).then(|| unsafe { LayerKernel::new(name, bytes, shorts) })
    };
    let kernels = [
        kernel(mixed, "NEON with usdot", bytes_mixed),
        kernel(signed, "NEON with sdot", bytes_signed),
        kernel(neon, "NEON", bytes),
    ];
    kernels.into_iter().flatten().collect()
}

macro_rules! kernel {
    ($name:ident, $features:literal, $start:ident, $add:ident) => {
        /// # Safety
        /// The lengths are those that `check_lengths` checks.
        #[target_feature(enable = $features)]
        unsafe fn $name(layer: &IntegerLayer, operands: &Operands<'_>, mut output: Output<'_>) {
            let lanes = operands.lanes;
            let groups = layer.weights.chunks_exact(layer.inputs).zip(&layer.ends);
            for (group, (weights, end)) in groups.enumerate() {
                let start = $start(weights, end);
                for lane in (0..lanes).step_by(LANE_BLOCK) {
                    let mut sums = start.map(|start| [vdupq_n_s32(start); BLOCK]);
                    for (step, weights) in weights.iter().enumerate() {
                        // SAFETY: row `step` of the input has `lanes` words, LANE_BLOCK of them from `lane`.
                        unsafe {
                            let words = operands.input.as_ptr().add(step * lanes + lane);
                            $add(&mut sums, words, weights);
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

kernel!(bytes_mixed, "neon,i8mm", biases, add_mixed_dots);
kernel!(
    bytes_signed,
    "neon,dotprod",
    biases_of_signed,
    add_signed_dots
);
kernel!(bytes, "neon", biases, add_byte_products);
kernel!(shorts, "neon", biases, add_short_products);

/// What sums begin with.
#[target_feature(enable = "neon")]
#[inline]
fn biases(_: &[[i32; GROUP]], end: &End) -> [i32; GROUP] {
    end.bias
}

/// What sums begin with when inputs are taken less 128: 128 times the weights make up for it.
#[target_feature(enable = "neon,dotprod")]
#[inline]
fn biases_of_signed(weights: &[[i32; GROUP]], end: &End) -> [i32; GROUP] {
    let ones = vdupq_n_s8(1);
    let mut sums = vdupq_n_s32(0);
    for weights in weights {
        sums = signed_dots::<0>(sums, load_bytes(weights), ones);
    }
    let mut biases = end.bias;
    // SAFETY: there are as many integers as in the register.
    unsafe {
        let own = vld1q_s32(biases.as_ptr());
        vst1q_s32(biases.as_mut_ptr(), vmlaq_n_s32(own, sums, 128));
    }
    biases
}

macro_rules! dots {
    ($name:ident, $features:literal, $instruction:literal) => {
        /// Adds the dot products of each four bytes with the weights of an output.
        #[target_feature(enable = $features)]
        #[inline]
        fn $name<const OUTPUT: usize>(
            mut sums: int32x4_t,
            bytes: int8x16_t,
            weights: int8x16_t,
        ) -> int32x4_t {
            // SAFETY: the instruction reads and writes nothing but these registers.
            unsafe {
                asm!(
                    concat!($instruction, " {sums:v}.4s, {bytes:v}.16b, {weights:v}.4b[{output}]"),
                    sums = inout(vreg) sums,
                    bytes = in(vreg) bytes,
                    weights = in(vreg) weights,
                    output = const OUTPUT,
                    options(pure, nomem, nostack, preserves_flags),
                );
            }
            sums
        }
    };
}

// Their intrinsics are not stable.
dots!(signed_dots, "neon,dotprod", "sdot");
dots!(mixed_dots, "neon,i8mm", "usdot");

/// # Safety
/// `words` points to a block of lanes.
#[target_feature(enable = "neon,dotprod")]
#[inline]
unsafe fn add_signed_dots(sums: &mut Block, words: *const u32, weights: &[i32; GROUP]) {
    let weights = load_bytes(weights);
    let [first, second, third, fourth] = sums;
    for i in 0..BLOCK {
        // SAFETY: the caller's promise.
        let bytes = unsafe { vld1q_s8(words.add(i * LANES).cast()) };
        let bytes = veorq_s8(bytes, vdupq_n_s8(i8::MIN));
        first[i] = signed_dots::<0>(first[i], bytes, weights);
        second[i] = signed_dots::<1>(second[i], bytes, weights);
        third[i] = signed_dots::<2>(third[i], bytes, weights);
        fourth[i] = signed_dots::<3>(fourth[i], bytes, weights);
    }
}

/// # Safety
/// `words` points to a block of lanes.
#[target_feature(enable = "neon,i8mm")]
#[inline]
unsafe fn add_mixed_dots(sums: &mut Block, words: *const u32, weights: &[i32; GROUP]) {
    let weights = load_bytes(weights);
    let [first, second, third, fourth] = sums;
    for i in 0..BLOCK {
        // SAFETY: the caller's promise.
        let bytes = unsafe { vld1q_s8(words.add(i * LANES).cast()) };
        first[i] = mixed_dots::<0>(first[i], bytes, weights);
        second[i] = mixed_dots::<1>(second[i], bytes, weights);
        third[i] = mixed_dots::<2>(third[i], bytes, weights);
        fourth[i] = mixed_dots::<3>(fourth[i], bytes, weights);
    }
}

/// # Safety
/// `words` points to a block of lanes.
#[target_feature(enable = "neon")]
#[inline]
unsafe fn add_byte_products(sums: &mut Block, words: *const u32, weights: &[i32; GROUP]) {
    // SAFETY: the caller's promise. A register for each of the four channels.
    let channels = unsafe { vld4q_u8(words.cast()) };
    let channels = [channels.0, channels.1, channels.2, channels.3].map(|bytes| {
        let halves = [vmovl_u8(vget_low_u8(bytes)), vmovl_high_u8(bytes)];
        halves.map(|half| vreinterpretq_s16_u16(half))
    });
    let weights = load_bytes(weights);
    let [low, high] = [vmovl_s8(vget_low_s8(weights)), vmovl_high_s8(weights)];
    let weights = [
        vget_low_s16(low),
        vget_high_s16(low),
        vget_low_s16(high),
        vget_high_s16(high),
    ];
    for (sums, weights) in sums.iter_mut().zip(weights) {
        add_products::<0>(sums, channels[0], weights);
        add_products::<1>(sums, channels[1], weights);
        add_products::<2>(sums, channels[2], weights);
        add_products::<3>(sums, channels[3], weights);
    }
}

/// # Safety
/// `words` points to a block of lanes.
#[target_feature(enable = "neon")]
#[inline]
unsafe fn add_short_products(sums: &mut Block, words: *const u32, weights: &[i32; GROUP]) {
    // SAFETY: the caller's promise. A register for each of the two channels.
    let [low, high] = unsafe {
        [
            vld2q_s16(words.cast()),
            vld2q_s16(words.add(LANE_BLOCK / 2).cast()),
        ]
    };
    let channels: [Shorts; 2] = [[low.0, high.0], [low.1, high.1]];
    // SAFETY: there are as many bytes as in the register.
    let weights = unsafe { vld1q_s16(weights.as_ptr().cast()) };
    let pairs = [vget_low_s16(weights), vget_high_s16(weights)];
    for (sums, weights) in sums.as_chunks_mut().0.iter_mut().zip(pairs) {
        let [first, second] = sums;
        add_products::<0>(first, channels[0], weights);
        add_products::<1>(first, channels[1], weights);
        add_products::<2>(second, channels[0], weights);
        add_products::<3>(second, channels[1], weights);
    }
}

/// Adds products with one of the weights.
#[target_feature(enable = "neon")]
#[inline]
fn add_products<const WEIGHT: i32>(sums: &mut Row, values: Shorts, weights: int16x4_t) {
    let [low, high] = values;
    *sums = [
        vmlal_lane_s16::<WEIGHT>(sums[0], vget_low_s16(low), weights),
        vmlal_high_lane_s16::<WEIGHT>(sums[1], low, weights),
        vmlal_lane_s16::<WEIGHT>(sums[2], vget_low_s16(high), weights),
        vmlal_high_lane_s16::<WEIGHT>(sums[3], high, weights),
    ];
}

/// The weights of a group, four bytes for each output.
#[target_feature(enable = "neon")]
#[inline]
fn load_bytes(weights: &[i32; GROUP]) -> int8x16_t {
    // SAFETY: there are as many bytes as in the register.
    unsafe { vld1q_s8(weights.as_ptr().cast()) }
}

block_functions!(
    #[target_feature(enable = "neon")]
    #[inline]
);

#[target_feature(enable = "neon")]
#[inline]
fn load(words: &[u32; LANES]) -> int32x4_t {
    // SAFETY: there are as many words as in the register.
    unsafe { vld1q_s32(words.as_ptr().cast()) }
}

#[target_feature(enable = "neon")]
#[inline]
fn keep(words: &mut [u32; LANES], register: int32x4_t) {
    // SAFETY: there are as many words as in the register.
    unsafe { vst1q_s32(words.as_mut_ptr().cast(), register) };
}

#[target_feature(enable = "neon")]
#[inline]
fn unpacked(words: int32x4_t, width: Width, j: usize) -> int32x4_t {
    match width {
        Width::Byte => {
            let moved = vshlq_s32(words, vdupq_n_s32(-8 * j as i32));
            vandq_s32(moved, vdupq_n_s32(255))
        }
        Width::Short if j.is_multiple_of(2) => vshrq_n_s32::<16>(vshlq_n_s32::<16>(words)),
        Width::Short => vshrq_n_s32::<16>(words),
    }
}

#[target_feature(enable = "neon")]
#[inline]
fn sum_with_product(sum: int32x4_t, values: int32x4_t, factor: i32) -> int32x4_t {
    vmlaq_n_s32(sum, values, factor)
}

/// The rounding mode of the conversion is to nearest, as everywhere in Rust.
#[target_feature(enable = "neon")]
#[inline]
fn scaled(sums: int32x4_t, factor: f32, [low, high]: [f32; 2]) -> int32x4_t {
    let scaled = vmulq_n_f32(vcvtq_f32_s32(sums), factor);
    let clipped = vminq_f32(vmaxq_f32(scaled, vdupq_n_f32(low)), vdupq_n_f32(high));
    vcvtnq_s32_f32(clipped)
}

#[target_feature(enable = "neon")]
#[inline]
fn packed_bytes([a, b, c, d]: [int32x4_t; GROUP]) -> int32x4_t {
    vsliq_n_s32::<16>(vsliq_n_s32::<8>(a, b), vsliq_n_s32::<8>(c, d))
}

#[target_feature(enable = "neon")]
#[inline]
fn packed_shorts(low: int32x4_t, high: int32x4_t) -> int32x4_t {
    vsliq_n_s32::<16>(low, high)
}

#[target_feature(enable = "neon")]
#[inline]
fn store_bytes(row: &mut [u8; LANE_BLOCK], [a, b, c, d]: Row) {
    let shorts = [[a, b], [c, d]].map(|[a, b]| vcombine_s16(vmovn_s32(a), vmovn_s32(b)));
    let bytes = vcombine_s8(vmovn_s16(shorts[0]), vmovn_s16(shorts[1]));
    // SAFETY: the row has LANE_BLOCK bytes, as many as the register.
    unsafe { vst1q_s8(row.as_mut_ptr().cast(), bytes) };
}

#[target_feature(enable = "neon")]
#[inline]
fn store_floats(row: &mut [f32; LANES], values: int32x4_t) {
    // SAFETY: there are as many floats as in the register.
    unsafe { vst1q_f32(row.as_mut_ptr(), vcvtq_f32_s32(values)) };
}
