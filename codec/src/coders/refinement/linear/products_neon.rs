//! Decayed sums of products with NEON: the same integers as the plain loops, each product made once for all three
//! predictors (`docs/format.md`, *Refinement*, *Least squares*).

use std::arch::aarch64::*;
use std::ops::Range;

use crate::coders::linear::sums::{REGRESSORS, RegressorSums, Sums, VECTOR};
use crate::coders::refinement::dimensions::{LANES, LaneShorts};
use crate::coders::refinement::linear::products::{
    BatchProducts, DECAY_BITS, PAIRS, Pairs, masked, weighted,
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
    let usual = *halves[0] == (0..LANES / 2) && *halves[1] == (LANES / 2..LANES);
    // SAFETY: a `Neon` exists only where NEON, the one feature needed, was detected.
    unsafe {
        match usual {
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
    let lost = [
        Decay::new(band.decay, halves[0].len() + halves[1].len()),
        Decay::new(first.decay, halves[0].len()),
        Decay::new(second.decay, halves[1].len()),
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
            update::<WHOLE>(&mut band.products[row], vector, both, &lost[0]);
            update::<WHOLE>(&mut first.products[row], vector, first_half, &lost[1]);
            update::<WHOLE>(&mut second.products[row], vector, second_half, &lost[2]);
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
    lost: &Decay,
) {
    let sums = &mut sums.as_chunks_mut::<VECTOR>().0[vector];
    for (sums, products) in sums.as_chunks_mut().0.iter_mut().zip(products) {
        let old = load(sums);
        let kept = vsubq_s32(old, lost.of::<WHOLE>(old));
        store(sums, vaddq_s32(kept, products));
    }
}

/// What sums lose for some samples.
struct Decay {
    /// To the left, as all shifts here.
    shift: int32x4_t,
    samples: int32x4_t,
    /// The shift for a whole band or half of one, whose number of samples is a power of two.
    whole_shift: int32x4_t,
}

impl Decay {
    #[inline]
    #[target_feature(enable = "neon")]
    fn new(decay: u32, samples: usize) -> Decay {
        let whole = (decay + DECAY_BITS).saturating_sub(samples.checked_ilog2().unwrap_or(0));
        Decay {
            shift: vdupq_n_s32(-(decay as i32)),
            samples: vdupq_n_s32(samples as i32),
            whole_shift: vdupq_n_s32(-(whole as i32)),
        }
    }

    #[inline]
    #[target_feature(enable = "neon")]
    fn of<const WHOLE: bool>(&self, sums: int32x4_t) -> int32x4_t {
        if WHOLE {
            return vshlq_s32(sums, self.whole_shift);
        }
        let lost = vmulq_s32(vshlq_s32(sums, self.shift), self.samples);
        vshrq_n_s32::<{ DECAY_BITS as i32 }>(lost)
    }
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
