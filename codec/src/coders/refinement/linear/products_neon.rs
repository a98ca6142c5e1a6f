//! Decayed sums of products with NEON: the same integers as the plain loops, each product made once for all three
//! predictors (`docs/format.md`, *Refinement*, *Least squares*).

use std::arch::aarch64::*;
use std::ops::Range;

use crate::coders::linear::sums::{REGRESSORS, RegressorSums, Sums, VECTOR};
use crate::coders::refinement::dimensions::{LANES, LaneShorts};
use crate::coders::refinement::linear::products::{
    BatchProducts, DECAY_BITS, Decay, PAIRS, Pairs, are_whole, masked, weighted,
};
use crate::simd::Neon;

/// The products of eight regressors.
type Products = [int32x4_t; 2];

/// As [`products::add_products`](crate::coders::refinement::linear::products::add_products): to the first sums in all
/// lanes, to the second and the third in those of each half.
#[inline(always)]
#[allow(unsafe_code)]
pub(crate) fn add_products(
    _: Neon,
    batch: &BatchProducts<'_>,
    sums: [&mut Sums; 3],
    halves: [&Range<usize>; 2],
) {
    // SAFETY: a `Neon` exists only where NEON, the one feature needed, was detected.
    unsafe {
        match are_whole(halves) {
            true => add::<true>(batch, sums, halves),
            false => add::<false>(batch, sums, halves),
        }
    }
}

/// Adds the products of a whole band, whose halves have eight lanes each, or of fewer rows.
#[target_feature(enable = "neon")]
fn add<const WHOLE: bool>(
    batch: &BatchProducts<'_>,
    sums: [&mut Sums; 3],
    halves: [&Range<usize>; 2],
) {
    let [band, first, second] = sums;
    let decays = [
        Decay::new(band.decay, &(halves[0].start..halves[1].end)),
        Decay::new(first.decay, halves[0]),
        Decay::new(second.decay, halves[1]),
    ];
    let gains = halves.map(|half| masked(batch.gains, half));
    let (before, after) = batch.pairs.split_at(PAIRS / 2);
    for row in 0..batch.regressors.used {
        let values = &batch.regressors.values[row];
        let [[a, b], [c, d]] = gains.map(|gains| load_factors(&weighted(values, &gains)));
        for vector in row / VECTOR..REGRESSORS / VECTOR {
            let none = [vdupq_n_s32(0); 2];
            let mut first_half = multiplied(none, before, vector, a);
            let mut second_half = multiplied(none, after, vector, d);
            if !WHOLE {
                first_half = multiplied(first_half, after, vector, b);
                second_half = multiplied(second_half, before, vector, c);
            }
            let both = [
                vaddq_s32(first_half[0], second_half[0]),
                vaddq_s32(first_half[1], second_half[1]),
            ];
            update::<WHOLE>(&mut band.products[row], vector, both, &decays[0]);
            update::<WHOLE>(&mut first.products[row], vector, first_half, &decays[1]);
            update::<WHOLE>(&mut second.products[row], vector, second_half, &decays[2]);
        }
    }
}

/// Adds the products of a vector of regressors in eight lanes.
#[inline]
#[target_feature(enable = "neon")]
fn multiplied(products: Products, pairs: &[Pairs], vector: usize, factors: int16x8_t) -> Products {
    let values = |pair: usize| load_pairs(&pairs[pair].as_chunks().0[vector]);
    let products = multiply_lanes::<0, 1>(products, values(0), factors);
    let products = multiply_lanes::<2, 3>(products, values(1), factors);
    let products = multiply_lanes::<4, 5>(products, values(2), factors);
    multiply_lanes::<6, 7>(products, values(3), factors)
}

#[inline]
#[target_feature(enable = "neon")]
fn multiply_lanes<const FIRST: i32, const SECOND: i32>(
    [low, high]: Products,
    int16x8x2_t(first, second): int16x8x2_t,
    factors: int16x8_t,
) -> Products {
    let low = vmlal_laneq_s16::<FIRST>(low, vget_low_s16(first), factors);
    let high = vmlal_high_laneq_s16::<FIRST>(high, first, factors);
    [
        vmlal_laneq_s16::<SECOND>(low, vget_low_s16(second), factors),
        vmlal_high_laneq_s16::<SECOND>(high, second, factors),
    ]
}

/// Lets a vector of sums decay and adds products.
#[inline]
#[target_feature(enable = "neon")]
fn update<const WHOLE: bool>(
    sums: &mut RegressorSums,
    vector: usize,
    products: Products,
    decay: &Decay,
) {
    let sums = &mut sums.as_chunks_mut::<VECTOR>().0[vector];
    for (sums, products) in sums.as_chunks_mut().0.iter_mut().zip(products) {
        let old = load(sums);
        let kept = vsubq_s32(old, lost::<WHOLE>(old, decay));
        store(sums, vaddq_s32(kept, products));
    }
}

/// What sums lose. All shifts are to the left.
#[inline]
#[target_feature(enable = "neon")]
fn lost<const WHOLE: bool>(sums: int32x4_t, decay: &Decay) -> int32x4_t {
    if WHOLE {
        return vshlq_s32(sums, vdupq_n_s32(-(decay.whole_shift as i32)));
    }
    let lost = vshlq_s32(sums, vdupq_n_s32(-(decay.shift as i32)));
    let lost = vmulq_s32(lost, vdupq_n_s32(decay.samples));
    vshrq_n_s32::<{ DECAY_BITS as i32 }>(lost)
}

/// Eight regressors in two lanes: a register for each lane.
#[inline]
#[target_feature(enable = "neon")]
#[allow(unsafe_code)]
fn load_pairs(pairs: &[[i16; 2]; VECTOR]) -> int16x8x2_t {
    // SAFETY: 32 bytes are read from 32 bytes.
    unsafe { vld2q_s16(pairs.as_ptr().cast()) }
}

/// The factors of both halves of the lanes.
#[inline]
#[target_feature(enable = "neon")]
#[allow(unsafe_code)]
fn load_factors(factors: &LaneShorts) -> [int16x8_t; 2] {
    // SAFETY: twice 16 bytes are read from 32 bytes.
    unsafe { [0, LANES / 2].map(|first| vld1q_s16(factors.as_ptr().add(first))) }
}

#[inline]
#[target_feature(enable = "neon")]
#[allow(unsafe_code)]
fn load(sums: &[i32; 4]) -> int32x4_t {
    // SAFETY: 16 bytes are read from 16 bytes.
    unsafe { vld1q_s32(sums.as_ptr()) }
}

#[inline]
#[target_feature(enable = "neon")]
#[allow(unsafe_code)]
fn store(to: &mut [i32; 4], sums: int32x4_t) {
    // SAFETY: 16 bytes are written to 16 bytes.
    unsafe { vst1q_s32(to.as_mut_ptr(), sums) };
}
