//! Conjugate gradients with AVX2: the same integers as the plain loops (`docs/format.md`, *Refinement*, *Least
//! squares*).

use std::arch::x86_64::*;

use crate::coders::linear::conjugate_gradients::{
    CHANGE_BITS, LENGTH_BITS, LIMIT, MAX_LENGTH, MAX_SHARE, PRODUCT_BITS, RESIDUAL_BITS, RIDGE,
    SHARE_BITS, STEPS, scales,
};
use crate::coders::linear::sums::{REGRESSORS, RegressorSums, Sums, VECTOR};
use crate::simd::Avx2;

/// Vectors of a row.
const VECTORS: usize = REGRESSORS / VECTOR;
/// Pairs of rows.
const PAIRS: usize = REGRESSORS / 2;

/// A row in vectors.
type Vectors = [__m256i; VECTORS];

/// Scaled products of two rows, side by side.
type Products = [Vectors; PAIRS];

/// As [`conjugate_gradients::solve`](crate::coders::linear::conjugate_gradients::solve).
#[inline(always)]
#[allow(unsafe_code)]
pub(crate) fn solve(_: Avx2, sums: &mut Sums, weights: &mut [i16; REGRESSORS], used: usize) {
    // SAFETY: an `Avx2` exists only where AVX2, the one feature needed, was detected.
    unsafe { move_weights(sums, weights, used) }
}

#[target_feature(enable = "avx2")]
fn move_weights(sums: &mut Sums, weights: &mut [i16; REGRESSORS], used: usize) {
    let scales = scales(sums, used);
    let by = vectors(&scales);
    let residuals = vectors(&sums.residuals);
    let residuals: Vectors = std::array::from_fn(|v| _mm256_srav_epi32(residuals[v], by[v]));
    let Some(bits) = largest(&residuals).checked_ilog2() else {
        return;
    };
    let shift = bits as i32 - RESIDUAL_BITS;
    let products = scaled(sums, &scales, used);
    let mut residuals = residuals.map(|r| shifted(r, -shift));
    let changes = descend(&products, &mut residuals, used.div_ceil(2));
    let last = _mm256_set1_epi32(1);
    for v in 0..VECTORS {
        let bits = _mm256_add_epi32(by[v], _mm256_set1_epi32(CHANGE_BITS - shift));
        let bits = clamp(bits, 1, 32);
        let change = _mm256_srav_epi32(changes[v], _mm256_sub_epi32(bits, last));
        let change = _mm256_srai_epi32::<1>(_mm256_add_epi32(change, last));
        let weights = &mut weights.as_chunks_mut::<VECTOR>().0[v];
        let moved = _mm256_add_epi32(_mm256_cvtepi16_epi32(load_shorts(weights)), change);
        *weights = shorts(moved);
        let left = _mm256_sllv_epi32(shifted(residuals[v], shift), by[v]);
        store(&mut sums.residuals.as_chunks_mut::<VECTOR>().0[v], left);
    }
}

/// `number · 2^by`, rounded down.
#[inline]
#[target_feature(enable = "avx2")]
fn shifted(numbers: __m256i, by: i32) -> __m256i {
    match by {
        0.. => _mm256_sll_epi32(numbers, _mm_cvtsi32_si128(by)),
        _ => _mm256_sra_epi32(numbers, _mm_cvtsi32_si128(-by)),
    }
}

/// The largest magnitude.
#[inline]
#[target_feature(enable = "avx2")]
fn largest(numbers: &Vectors) -> u32 {
    let [a, b, c] = numbers.map(|n| _mm256_abs_epi32(n));
    let largest = _mm256_max_epu32(_mm256_max_epu32(a, b), c);
    let mut lanes = [0; VECTOR];
    store(&mut lanes, largest);
    lanes.iter().map(|&n| n as u32).max().unwrap_or(0)
}

/// The products with scaled regressors.
#[inline]
#[target_feature(enable = "avx2")]
fn scaled(sums: &Sums, scales: &RegressorSums, used: usize) -> Products {
    let mut rows = [[0_i16; REGRESSORS]; REGRESSORS];
    let by = vectors(scales);
    for row in 0..used {
        let own = _mm256_set1_epi32(scales[row]);
        for (vector, &by) in by.iter().enumerate().skip(row / VECTOR) {
            let products = load(&sums.products[row].as_chunks::<VECTOR>().0[vector]);
            let scaled = _mm256_srav_epi32(products, _mm256_add_epi32(by, own));
            let limited = clamp(scaled, -LIMIT, LIMIT);
            rows[row].as_chunks_mut::<VECTOR>().0[vector] = shorts(limited);
        }
        let square = (sums.products[row][row] + RIDGE) >> (2 * scales[row]);
        rows[row][row] = square.min(LIMIT) as i16;
    }
    for vector in 1..VECTORS {
        for before in 0..vector {
            mirror(&mut rows, before * VECTOR, vector * VECTOR);
        }
    }
    // Columns that are not used are 0: their regressors always were.
    std::array::from_fn(|pair| {
        let [first, second] = [&rows[2 * pair], &rows[2 * pair + 1]];
        std::array::from_fn(|v| {
            let first = load_shorts(&first.as_chunks::<VECTOR>().0[v]);
            let second = load_shorts(&second.as_chunks::<VECTOR>().0[v]);
            let low = _mm_unpacklo_epi16(first, second);
            let high = _mm_unpackhi_epi16(first, second);
            _mm256_set_m128i(high, low)
        })
    })
}

/// Copies a square of 8 × 8 above the diagonal to its place below.
#[inline]
#[target_feature(enable = "avx2")]
fn mirror(rows: &mut [[i16; REGRESSORS]; REGRESSORS], above: usize, below: usize) {
    let square: [__m128i; VECTOR] = std::array::from_fn(|i| {
        load_shorts(&rows[above + i].as_chunks::<VECTOR>().0[below / VECTOR])
    });
    let [a, b, c, d, e, f, g, h] = square;
    let pairs = [(a, b), (c, d), (e, f), (g, h)]
        .map(|(x, y)| [_mm_unpacklo_epi16(x, y), _mm_unpackhi_epi16(x, y)]);
    let quads = |k: usize| {
        let [x, y] = [pairs[2 * k], pairs[2 * k + 1]];
        [
            _mm_unpacklo_epi32(x[0], y[0]),
            _mm_unpackhi_epi32(x[0], y[0]),
            _mm_unpacklo_epi32(x[1], y[1]),
            _mm_unpackhi_epi32(x[1], y[1]),
        ]
    };
    let (upper, lower) = (quads(0), quads(1));
    for k in 0..VECTOR / 2 {
        let columns = [
            _mm_unpacklo_epi64(upper[k], lower[k]),
            _mm_unpackhi_epi64(upper[k], lower[k]),
        ];
        for (i, column) in columns.into_iter().enumerate() {
            let row = &mut rows[below + 2 * k + i];
            store_shorts(&mut row.as_chunks_mut::<VECTOR>().0[above / VECTOR], column);
        }
    }
}

/// Takes the steps: returns the changes of the weights, and leaves what remains of the residuals.
#[inline]
#[target_feature(enable = "avx2")]
fn descend(products: &Products, residuals: &mut Vectors, pairs: usize) -> Vectors {
    let mut changes = [_mm256_setzero_si256(); VECTORS];
    let mut direction = *residuals;
    let mut power = i64::from(squares(residuals));
    for _ in 0..STEPS {
        let effect = multiply(products, &direction, pairs);
        let curvature = dot(&direction, &effect);
        if curvature <= 0 || power == 0 {
            break;
        }
        let length = ((power << LENGTH_BITS) / curvature).min(MAX_LENGTH) as i32;
        let length = _mm256_set1_epi32(length);
        for v in 0..VECTORS {
            let change = _mm256_mullo_epi32(direction[v], length);
            changes[v] = _mm256_add_epi32(changes[v], change);
            let lost = _mm256_mullo_epi32(effect[v], length);
            let lost = _mm256_srai_epi32::<{ LENGTH_BITS as i32 }>(lost);
            residuals[v] = clamp(_mm256_sub_epi32(residuals[v], lost), -LIMIT, LIMIT);
        }
        let left = i64::from(squares(residuals));
        let share = ((left << SHARE_BITS) / power).min(MAX_SHARE) as i32;
        power = left;
        for v in 0..VECTORS {
            let kept = _mm256_mullo_epi32(direction[v], _mm256_set1_epi32(share));
            let kept = _mm256_srai_epi32::<{ SHARE_BITS as i32 }>(kept);
            direction[v] = clamp(_mm256_add_epi32(residuals[v], kept), -LIMIT, LIMIT);
        }
    }
    changes
}

/// The products times the direction.
#[inline]
#[target_feature(enable = "avx2")]
fn multiply(products: &Products, direction: &Vectors, pairs: usize) -> Vectors {
    let mut shorts_of = [[0_i16; VECTOR]; VECTORS];
    for (shorts_of, &direction) in shorts_of.iter_mut().zip(direction) {
        *shorts_of = shorts(direction);
    }
    let factors = shorts_of.as_flattened().as_chunks::<2>().0;
    let mut sums = [_mm256_setzero_si256(); VECTORS];
    for (rows, &[first, second]) in products.iter().zip(factors).take(pairs) {
        let factor = _mm256_set1_epi32(i32::from(second) << 16 | i32::from(first as u16));
        for (sum, &row) in sums.iter_mut().zip(rows) {
            *sum = _mm256_add_epi32(*sum, _mm256_madd_epi16(row, factor));
        }
    }
    sums.map(|sum| _mm256_srai_epi32::<{ PRODUCT_BITS as i32 }>(sum))
}

/// The sum of squares of numbers within ±[`LIMIT`].
#[inline]
#[target_feature(enable = "avx2")]
fn squares(numbers: &Vectors) -> i32 {
    let [a, b, c] = numbers.map(|n| _mm256_mullo_epi32(n, n));
    let sum = _mm256_add_epi32(_mm256_add_epi32(a, b), c);
    let sum = _mm_add_epi32(
        _mm256_castsi256_si128(sum),
        _mm256_extracti128_si256::<1>(sum),
    );
    let sum = _mm_add_epi32(sum, _mm_unpackhi_epi64(sum, sum));
    _mm_cvtsi128_si32(sum) + _mm_extract_epi32::<1>(sum)
}

/// The sum of products, in 64 bits.
#[inline]
#[target_feature(enable = "avx2")]
fn dot(a: &Vectors, b: &Vectors) -> i64 {
    let mut sum = _mm256_setzero_si256();
    for (&a, &b) in a.iter().zip(b) {
        let even = _mm256_mul_epi32(a, b);
        let odd = _mm256_mul_epi32(_mm256_srli_epi64::<32>(a), _mm256_srli_epi64::<32>(b));
        sum = _mm256_add_epi64(sum, _mm256_add_epi64(even, odd));
    }
    let sum = _mm_add_epi64(
        _mm256_castsi256_si128(sum),
        _mm256_extracti128_si256::<1>(sum),
    );
    _mm_cvtsi128_si64(sum) + _mm_extract_epi64::<1>(sum)
}

#[inline]
#[target_feature(enable = "avx2")]
fn clamp(numbers: __m256i, low: i32, high: i32) -> __m256i {
    let limited = _mm256_min_epi32(numbers, _mm256_set1_epi32(high));
    _mm256_max_epi32(limited, _mm256_set1_epi32(low))
}

#[inline]
#[target_feature(enable = "avx2")]
fn vectors(row: &RegressorSums) -> Vectors {
    let chunks = row.as_chunks::<VECTOR>().0;
    std::array::from_fn(|v| load(&chunks[v]))
}

/// The numbers in 16 bits, saturated.
#[inline]
#[target_feature(enable = "avx2")]
fn shorts(numbers: __m256i) -> [i16; VECTOR] {
    let upper = _mm256_extracti128_si256::<1>(numbers);
    let packed = _mm_packs_epi32(_mm256_castsi256_si128(numbers), upper);
    let mut shorts = [0; VECTOR];
    store_shorts(&mut shorts, packed);
    shorts
}

#[inline]
#[target_feature(enable = "avx2")]
#[allow(unsafe_code)]
fn load(numbers: &[i32; VECTOR]) -> __m256i {
    // SAFETY: 32 bytes are read from 32 bytes of plain integers; none has to be aligned.
    unsafe { _mm256_loadu_si256(numbers.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx2")]
#[allow(unsafe_code)]
fn store(numbers: &mut [i32; VECTOR], vector: __m256i) {
    // SAFETY: 32 bytes are written to 32 bytes; none has to be aligned.
    unsafe { _mm256_storeu_si256(numbers.as_mut_ptr().cast(), vector) }
}

#[inline]
#[target_feature(enable = "avx2")]
#[allow(unsafe_code)]
fn load_shorts(numbers: &[i16; VECTOR]) -> __m128i {
    // SAFETY: 16 bytes are read from 16 bytes of plain integers; none has to be aligned.
    unsafe { _mm_loadu_si128(numbers.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx2")]
#[allow(unsafe_code)]
fn store_shorts(numbers: &mut [i16; VECTOR], vector: __m128i) {
    // SAFETY: 16 bytes are written to 16 bytes; none has to be aligned.
    unsafe { _mm_storeu_si128(numbers.as_mut_ptr().cast(), vector) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coders::linear::conjugate_gradients;
    use crate::coders::refinement::dimensions::LANES;
    use crate::coders::refinement::linear::products::{
        BatchProducts, add_products, add_residuals, pairs,
    };
    use crate::coders::refinement::linear::regressors::Regressors;
    use crate::simd::InstructionSet;

    /// Learns samples that are a fixed sum of regressors of very different sizes; returns the last sum of squared
    /// errors.
    fn learn(mut solve: impl FnMut(&mut Sums, &mut [i16; REGRESSORS])) -> (Vec<i16>, i64) {
        let mut state = 7_u32;
        let mut draw = move || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 16) as i32
        };
        let (mut sums, mut weights) = (Sums::new(3), [0; REGRESSORS]);
        let (mut history, mut squares) = (Vec::new(), 0);
        for _ in 0..60 {
            let mut regressors = Regressors::none();
            regressors.used = REGRESSORS;
            for (index, values) in regressors.values.iter_mut().enumerate() {
                let size = 1 << (index % 8);
                *values = std::array::from_fn(|_| (draw() % (2 * size + 1) - size) as i16);
            }
            let errors: [i16; LANES] = std::array::from_fn(|lane| {
                let of = |weight: fn(usize) -> i32| -> i32 {
                    let values = regressors.values.iter().enumerate();
                    values.map(|(i, v)| i32::from(v[lane]) * weight(i)).sum()
                };
                let wanted = of(|index| (index as i32 % 5 - 2) * 512);
                let values = regressors.values.iter().zip(&weights);
                let found: i32 = values
                    .map(|(v, &w)| i32::from(v[lane]) * i32::from(w))
                    .sum();
                ((wanted - found) >> 9) as i16
            });
            squares = errors.iter().map(|&e| i64::from(e) * i64::from(e)).sum();
            let pairs = &pairs(&regressors.values);
            let batch = BatchProducts {
                regressors: &regressors,
                pairs,
                gains: &[1; LANES],
            };
            add_products(&mut sums, &batch, &(0..LANES));
            add_residuals(&mut sums, pairs, &errors, &(0..LANES));
            solve(&mut sums, &mut weights);
            history.extend(weights);
            history.extend(sums.residuals.map(|r| r as i16));
        }
        (history, squares)
    }

    #[test]
    fn steps_are_those_of_the_plain_loops_and_find_the_weights() {
        let plain = learn(|sums, weights| conjugate_gradients::solve(sums, weights, REGRESSORS));
        assert!(plain.1 < 50, "squared errors of 16 samples: {}", plain.1);
        if let Some(avx2) = InstructionSet::detect().avx2() {
            let fast = learn(|sums, weights| solve(avx2, sums, weights, REGRESSORS));
            assert!(plain == fast, "the weights differ");
        }
    }

    #[test]
    fn extreme_sums_give_the_same_weights() {
        let Some(avx2) = InstructionSet::detect().avx2() else {
            return;
        };
        let mut state = 3_u32;
        let mut draw = |bits: u32| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state as i32) >> (32 - bits)
        };
        for round in 0..2000 {
            let bits = 3 + round % 28;
            let make = |draw: &mut dyn FnMut(u32) -> i32| {
                let mut sums = Sums::new(2);
                for row in 0..REGRESSORS {
                    for column in row / VECTOR * VECTOR..REGRESSORS {
                        let product = draw(bits);
                        sums.products[row][column] = product;
                        if column < row {
                            sums.products[row][column] = sums.products[column][row];
                        }
                    }
                    sums.products[row][row] = draw(bits).abs();
                    sums.residuals[row] = draw(3 + round * 7 % 29);
                }
                sums
            };
            let seed: Vec<i32> = (0..1000).map(|_| draw(32)).collect();
            let replay = || {
                let mut index = 0;
                let seed = &seed;
                move |bits: u32| {
                    index += 1;
                    seed[index % seed.len()] >> (32 - bits)
                }
            };
            let (mut first, mut second) = (make(&mut replay()), make(&mut replay()));
            let (mut plain, mut fast) = ([100; REGRESSORS], [100; REGRESSORS]);
            conjugate_gradients::solve(&mut first, &mut plain, REGRESSORS);
            solve(avx2, &mut second, &mut fast, REGRESSORS);
            assert_eq!(plain, fast, "round {round}");
            assert_eq!(first.residuals, second.residuals, "round {round}");
        }
    }
}
