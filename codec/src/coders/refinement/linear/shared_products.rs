//! The sums of products of the three predictors that learn the same samples (`docs/format.md`, *Refinement*, *Least
//! squares*).
//!
//! In: a batch. Out: the sums of its band, and of the shifted bands of its halves, with their products added.

use std::ops::Range;

use crate::coders::linear::sums::Sums;
use crate::coders::refinement::linear::products::{BatchProducts, add_products};
#[cfg(target_arch = "x86_64")]
use crate::coders::refinement::linear::products_avx2;
#[cfg(target_arch = "aarch64")]
use crate::coders::refinement::linear::products_neon;
use crate::simd::InstructionSet;

/// Adds the products of a batch to the sums of its band, and of the shifted bands of its halves.
#[inline(always)]
pub(crate) fn add_to_all(
    instructions: InstructionSet,
    batch: &BatchProducts<'_>,
    sums: [&mut Sums; 3],
    halves: [&Range<usize>; 2],
) {
    #[cfg(target_arch = "x86_64")]
    if let Some(avx2) = instructions.avx2() {
        return products_avx2::add_products(avx2, batch, sums, halves);
    }
    #[cfg(target_arch = "aarch64")]
    if let InstructionSet::Neon(neon) = instructions {
        return products_neon::add_products(neon, batch, sums, halves);
    }
    let _ = instructions;
    let [band, first, second] = sums;
    add_products(band, batch, &(halves[0].start..halves[1].end));
    add_products(first, batch, halves[0]);
    add_products(second, batch, halves[1]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coders::linear::sums::REGRESSORS;
    use crate::coders::refinement::dimensions::LANES;
    use crate::coders::refinement::linear::products::pairs;
    use crate::coders::refinement::linear::regressors::Regressors;

    #[test]
    fn shared_products_are_those_of_the_plain_loops() {
        InstructionSet::all_detected().for_each(check);
    }

    fn check(instructions: InstructionSet) {
        let mut state = 1_u32;
        let mut draw = move || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state >> 16
        };
        let new = || [2, 3, 3].map(Sums::new);
        let (mut shared, mut plain) = (new(), new());
        for _ in 0..200 {
            let mut regressors = Regressors::none();
            regressors.used = [14, 19, REGRESSORS][draw() as usize % 3];
            for values in &mut regressors.values[..regressors.used] {
                *values = std::array::from_fn(|_| (draw() % 511) as i16 - 255);
            }
            let pairs = &pairs(&regressors.values);
            let gains = &std::array::from_fn(|_| (draw() % 56) as i16 + 1);
            let batch = &BatchProducts {
                regressors: &regressors,
                pairs,
                gains,
            };
            let (end, cut) = match draw() % 4 {
                0 => (LANES, LANES / 2),
                _ => (draw() as usize % LANES + 1, draw() as usize % LANES),
            };
            let halves = [&(0..cut.min(end)), &(cut.min(end)..end)];
            add_to_all(instructions, batch, shared.each_mut(), halves);
            let [band, first, second] = &mut plain;
            add_products(band, batch, &(0..end));
            add_products(first, batch, halves[0]);
            add_products(second, batch, halves[1]);
            for (shared, plain) in shared.iter().zip(&plain) {
                assert_eq!(shared.products, plain.products);
            }
        }
    }
}
