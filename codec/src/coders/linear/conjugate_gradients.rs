//! A few steps of conjugate gradients on normal equations, in integers (`docs/format.md`, *Refinement*, *Least
//! squares*).
//!
//! In: the sums of products and of residuals, and weights. Out: weights that leave smaller residuals. Regressors are
//! scaled by powers of two so that all have squares of similar size; that is the preconditioner.

use crate::coders::linear::sums::{REGRESSORS, RegressorSums, Sums, VECTOR};

/// Fraction bits of a weight.
pub(crate) const WEIGHT_BITS: u32 = 12;
/// Added to the squares.
pub(crate) const RIDGE: i32 = 16;
/// Steps at a time.
pub(crate) const STEPS: usize = 4;
/// Bits of a scaled square, and of the largest residual before the first step.
const SQUARE_BITS: u32 = 12;
pub(crate) const RESIDUAL_BITS: i32 = 11;
/// Scaled products, residuals and directions stay within ±this.
pub(crate) const LIMIT: i32 = (1 << 13) - 1;
/// Fraction bits of scaled products, of the length of a step, and of the share of the direction before.
pub(crate) const PRODUCT_BITS: u32 = 12;
pub(crate) const LENGTH_BITS: u32 = 11;
pub(crate) const SHARE_BITS: u32 = 14;
/// The longest step, and the largest share.
pub(crate) const MAX_LENGTH: i64 = 32 << LENGTH_BITS;
pub(crate) const MAX_SHARE: i64 = 2 << SHARE_BITS;
/// How many more fraction bits the unscaled changes have than weights.
pub(crate) const CHANGE_BITS: i32 = 14;

/// The binary logarithm of each regressor's scale.
#[inline(always)]
pub(crate) fn scales(sums: &Sums, used: usize) -> RegressorSums {
    let mut scales = [0; REGRESSORS];
    for (index, scale) in scales.iter_mut().enumerate().take(used) {
        let bits = (sums.products[index][index] + RIDGE).ilog2() + 1;
        *scale = (bits.saturating_sub(SQUARE_BITS) / 2) as i32;
    }
    scales
}

/// Moves the weights towards the solution.
#[inline(always)]
pub(crate) fn solve(sums: &mut Sums, weights: &mut [i16; REGRESSORS], used: usize) {
    let scales = scales(sums, used);
    let residuals: RegressorSums = std::array::from_fn(|i| sums.residuals[i] >> scales[i]);
    let largest = residuals.iter().map(|r| r.unsigned_abs()).max();
    let Some(bits) = largest.and_then(u32::checked_ilog2) else {
        return;
    };
    let shift = bits as i32 - RESIDUAL_BITS;
    let products = scaled(sums, &scales, used);
    let mut residuals = residuals.map(|r| shifted(r, -shift));
    let changes = descend(&products, &mut residuals, used);
    for i in 0..used {
        let bits = (CHANGE_BITS + scales[i] - shift).clamp(1, 32);
        let change = ((changes[i] >> (bits - 1)) + 1) >> 1;
        let moved = i32::from(weights[i]) + change;
        weights[i] = moved.clamp(i16::MIN.into(), i16::MAX.into()) as i16;
        sums.residuals[i] = shifted(residuals[i], shift) << scales[i];
    }
}

/// `number · 2^by`, rounded down.
#[inline(always)]
fn shifted(number: i32, by: i32) -> i32 {
    match by {
        0.. => number << by,
        _ => number >> -by,
    }
}

/// The products with scaled regressors. Those that are not used are 0: their regressors always were.
#[inline(always)]
fn scaled(sums: &Sums, scales: &RegressorSums, used: usize) -> [RegressorSums; REGRESSORS] {
    let mut products = [[0; REGRESSORS]; REGRESSORS];
    for (row, products) in products.iter_mut().enumerate().take(used) {
        let sums = &sums.products[row];
        for column in row / VECTOR * VECTOR..REGRESSORS {
            let scaled = sums[column] >> (scales[row] + scales[column]);
            products[column] = scaled.clamp(-LIMIT, LIMIT);
        }
        let square = (sums[row] + RIDGE) >> (2 * scales[row]);
        products[row] = square.clamp(-LIMIT, LIMIT);
    }
    for column in VECTOR..REGRESSORS {
        let (above, others) = products.split_at_mut(column / VECTOR * VECTOR);
        for (product, row) in others[column % VECTOR].iter_mut().zip(above) {
            *product = row[column];
        }
    }
    products
}

/// Takes the steps: returns the changes of the weights, and leaves what remains of the residuals.
#[inline(always)]
fn descend(
    products: &[RegressorSums; REGRESSORS],
    residuals: &mut RegressorSums,
    used: usize,
) -> RegressorSums {
    let mut changes = [0; REGRESSORS];
    let mut direction = *residuals;
    let mut power: i32 = residuals.iter().map(|r| r * r).sum();
    for _ in 0..STEPS {
        let mut effect = [0; REGRESSORS];
        for (row, &d) in products.iter().zip(&direction).take(used) {
            for (effect, &product) in effect.iter_mut().zip(row) {
                *effect += product * d;
            }
        }
        let effect = effect.map(|e| e >> PRODUCT_BITS);
        let pairs = direction.iter().zip(&effect);
        let curvature: i64 = pairs.map(|(&d, &e)| i64::from(d) * i64::from(e)).sum();
        if curvature <= 0 || power == 0 {
            break;
        }
        let length = ((i64::from(power) << LENGTH_BITS) / curvature).min(MAX_LENGTH) as i32;
        for i in 0..REGRESSORS {
            changes[i] += length * direction[i];
            let lost = length.wrapping_mul(effect[i]) >> LENGTH_BITS;
            residuals[i] = (residuals[i] - lost).clamp(-LIMIT, LIMIT);
        }
        let left: i32 = residuals.iter().map(|r| r * r).sum();
        let share = ((i64::from(left) << SHARE_BITS) / i64::from(power)).min(MAX_SHARE) as i32;
        power = left;
        for (direction, residual) in direction.iter_mut().zip(&*residuals) {
            *direction = (residual + ((*direction * share) >> SHARE_BITS)).clamp(-LIMIT, LIMIT);
        }
    }
    changes
}
