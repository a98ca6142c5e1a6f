//! The logistic distribution in integers (`docs/format.md`, *Curves*).
//!
//! In: a distance from the mean, in 1024ths of the scale. Out: the mass below, of 2^31.

/// All of the mass.
pub(crate) const ALL: u32 = 1 << 31;
/// Binary logarithm of the distance between two knots.
const KNOT_BITS: u32 = 6;
/// Knots on each side; beyond them, the curve is flat.
const KNOTS: usize = 320;
/// The largest distance that counts.
const FARTHEST: i64 = (KNOTS as i64) << KNOT_BITS;

/// `2^31 / (1 + e^(−k/16))` for `k` from −320 to 320, and once more the last.
static CURVE: [u32; 2 * KNOTS + 2] = {
    /// `e^(−1/16)`, of 2^64.
    const RATIO: u128 = 17_329_112_349_219_823_218;
    let mut table = [0; 2 * KNOTS + 2];
    let (mut power, mut k) = (1_u128 << 62, 0);
    while k <= KNOTS {
        let upper = ((1_u128 << 93) / ((1 << 62) + power)) as u32;
        table[KNOTS + k] = upper;
        table[KNOTS - k] = ALL - upper;
        power = (power * RATIO) >> 64;
        k += 1;
    }
    table[2 * KNOTS + 1] = table[2 * KNOTS];
    table
};

/// The mass below a distance.
#[inline(always)]
pub(crate) fn mass_below(distance: i64) -> u32 {
    let shifted = (distance.clamp(-FARTHEST, FARTHEST) + FARTHEST) as u32;
    let (knot, part) = (shifted >> KNOT_BITS, shifted & ((1 << KNOT_BITS) - 1));
    let (low, high) = (CURVE[knot as usize], CURVE[knot as usize + 1]);
    low + ((u64::from(high - low) * u64::from(part)) >> KNOT_BITS) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_curve_is_logistic() {
        let share = |distance| (u64::from(mass_below(distance)) * 10_000 / u64::from(ALL)) as u32;
        assert_eq!([0, 1024, 2048, -1024].map(share), [5000, 7310, 8807, 2689]);
        let masses: Vec<u32> = (-30_000..30_000).map(mass_below).collect();
        assert!(masses.is_sorted());
        assert!(masses[0] < 8 && ALL - masses[59_999] < 8);
    }
}
