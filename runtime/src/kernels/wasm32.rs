//! [`IntegerLayer`] in WebAssembly, with vectors of 128 bits: products of 16 bits, which an instruction adds in pairs.
//!
//! A build either has these instructions or does not: nothing is detected.

#![allow(unsafe_code)]

use std::arch::wasm32::*;

use crate::kernels::blocks::block_functions;
use crate::kernels::layer::{End, IntegerLayer};
use crate::kernels::layer_kernel::LayerKernel;
use crate::kernels::operands::{BlockPosition, Operands, Output, OutputBlock};
use crate::kernels::packing::{GROUP, LANE_BLOCK, Width};

/// Lanes of a register.
const LANES: usize = 4;
/// Registers of a block of lanes.
const BLOCK: usize = LANE_BLOCK / LANES;
/// Registers whose sums are calculated at a time: with those of a whole block, engines run out of registers.
const HALF: usize = BLOCK / 2;

/// Results or sums of a group of outputs and a block of lanes.
type Block = [[v128; BLOCK]; GROUP];
/// Sums of a group of outputs and half a block of lanes.
type Half = [[v128; HALF]; GROUP];
/// Words of half a block of lanes.
type Words = [[u32; LANES]; HALF];
/// The weights of a group of outputs for a row of words, as pairs of int16: of the even channels, then of the odd ones;
/// or those of a row of two channels, twice.
type Weights = [[i32; 2]; GROUP];

/// The kernel of this build.
pub(super) fn detected() -> Vec<LayerKernel> {
    // SAFETY: this is compiled for processors that have the instructions.
    vec![unsafe { LayerKernel::new("SIMD of 128 bits", bytes, shorts) }]
}

macro_rules! kernel {
    ($name:ident, $widen:ident, $add:ident) => {
        fn $name(layer: &IntegerLayer, operands: &Operands<'_>, mut output: Output<'_>) {
            let lanes = operands.lanes;
            let groups = layer.weights.chunks_exact(layer.inputs).zip(&layer.ends);
            for (group, (weights, end)) in groups.enumerate() {
                let weights: Vec<Weights> = weights.iter().map(|words| words.map($widen)).collect();
                for lane in (0..lanes).step_by(LANE_BLOCK) {
                    let halves = [lane, lane + LANE_BLOCK / 2].map(|lane| {
                        let mut sums = end.bias.map(|bias| [i32x4_splat(bias); HALF]);
                        let rows = operands.input.chunks_exact(lanes);
                        for (row, weights) in rows.zip(&weights) {
                            $add(&mut sums, half(row, lane), weights);
                        }
                        sums
                    });
                    let mut sums = joined(halves);
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

kernel!(bytes, widened_bytes, add_byte_products);
kernel!(shorts, widened_shorts, add_short_products);

/// Four int8 as pairs of int16.
fn widened_bytes(word: i32) -> [i32; 2] {
    let pair = |[low, high]: [i8; 2]| i32::from(low) & 0xffff | i32::from(high) << 16;
    let [a, b, c, d] = word.to_le_bytes().map(u8::cast_signed);
    [pair([a, c]), pair([b, d])]
}

/// They are a pair already.
fn widened_shorts(word: i32) -> [i32; 2] {
    [word; 2]
}

/// The words of half a block of a row.
#[inline(always)]
fn half(row: &[u32], lane: usize) -> &Words {
    let words = row[lane..].as_chunks().0.first_chunk();
    words.expect("half a block of lanes")
}

#[inline(always)]
fn joined([low, high]: [Half; 2]) -> Block {
    std::array::from_fn(|j| [low[j][0], low[j][1], high[j][0], high[j][1]])
}

#[inline(always)]
fn add_byte_products(sums: &mut Half, words: &Words, weights: &Weights) {
    let words = words.each_ref().map(load);
    let even = words.map(|words| v128_and(words, u16x8_splat(255)));
    let odd = words.map(|words| u16x8_shr(words, 8));
    for (sums, &[for_even, for_odd]) in sums.iter_mut().zip(weights) {
        let [for_even, for_odd] = [i32x4_splat(for_even), i32x4_splat(for_odd)];
        for (sum, (&even, &odd)) in sums.iter_mut().zip(even.iter().zip(&odd)) {
            *sum = i32x4_add(*sum, i32x4_dot_i16x8(even, for_even));
            *sum = i32x4_add(*sum, i32x4_dot_i16x8(odd, for_odd));
        }
    }
}

#[inline(always)]
fn add_short_products(sums: &mut Half, words: &Words, weights: &Weights) {
    let words = words.each_ref().map(load);
    for (sums, &[pair, _]) in sums.iter_mut().zip(weights) {
        let pair = i32x4_splat(pair);
        for (sum, &words) in sums.iter_mut().zip(&words) {
            *sum = i32x4_add(*sum, i32x4_dot_i16x8(words, pair));
        }
    }
}

block_functions!(
    #[inline(always)]
);

#[inline(always)]
fn load(words: &[u32; LANES]) -> v128 {
    u32x4(words[0], words[1], words[2], words[3])
}

#[inline(always)]
fn keep(words: &mut [u32; LANES], register: v128) {
    // SAFETY: there are as many words as in the register.
    unsafe { v128_store(words.as_mut_ptr().cast(), register) };
}

#[inline(always)]
fn unpacked(words: v128, width: Width, j: usize) -> v128 {
    match width {
        Width::Byte => v128_and(u32x4_shr(words, 8 * j as u32), i32x4_splat(255)),
        Width::Short if j.is_multiple_of(2) => i32x4_shr(i32x4_shl(words, 16), 16),
        Width::Short => i32x4_shr(words, 16),
    }
}

#[inline(always)]
fn sum_with_product(sum: v128, values: v128, factor: i32) -> v128 {
    i32x4_add(sum, i32x4_mul(values, i32x4_splat(factor)))
}

#[inline(always)]
fn scaled(sums: v128, factor: f32, [low, high]: [f32; 2]) -> v128 {
    let scaled = f32x4_mul(f32x4_convert_i32x4(sums), f32x4_splat(factor));
    let clipped = f32x4_pmin(f32x4_splat(high), f32x4_pmax(f32x4_splat(low), scaled));
    i32x4_trunc_sat_f32x4(f32x4_nearest(clipped))
}

#[inline(always)]
fn packed_bytes([a, b, c, d]: [v128; GROUP]) -> v128 {
    let low = v128_or(a, i32x4_shl(b, 8));
    let high = v128_or(c, i32x4_shl(d, 8));
    v128_or(low, i32x4_shl(high, 16))
}

#[inline(always)]
fn packed_shorts(low: v128, high: v128) -> v128 {
    v128_or(v128_and(low, i32x4_splat(0xffff)), i32x4_shl(high, 16))
}

#[inline(always)]
fn store_bytes(row: &mut [u8; LANE_BLOCK], [a, b, c, d]: [v128; BLOCK]) {
    let [low, high] = [i16x8_narrow_i32x4(a, b), i16x8_narrow_i32x4(c, d)];
    // SAFETY: the row has LANE_BLOCK bytes, as many as the register.
    unsafe { v128_store(row.as_mut_ptr().cast(), u8x16_narrow_i16x8(low, high)) };
}

#[inline(always)]
fn store_floats(row: &mut [f32; LANES], values: v128) {
    // SAFETY: there are as many floats as in the register.
    unsafe { v128_store(row.as_mut_ptr().cast(), f32x4_convert_i32x4(values)) };
}
