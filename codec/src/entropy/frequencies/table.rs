//! The frequency of a logit, about 2^(logit/16) (`docs/format.md`, *Frequencies*).

/// `round(2^(15 + i/16))`.
pub(crate) const MANTISSA: [u16; 16] = [
    32768, 34219, 35734, 37316, 38968, 40693, 42495, 44376, 46341, 48393, 50535, 52773, 55109,
    57549, 60097, 62757,
];

/// The frequency of a logit: `MANTISSA[l & 15] >> (15 − (l >> 4))`, 1 to 62757.
pub const EXP2: [u32; 256] = {
    let mut table = [0; 256];
    let mut l = 0;
    while l < 256 {
        table[l] = (MANTISSA[l & 15] >> (15 - (l >> 4))) as u32;
        l += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::interval::PRECISION;

    #[test]
    fn the_table_is_positive_and_a_total_stays_below_the_precision() {
        assert_eq!((EXP2[0], EXP2[15], EXP2[16], EXP2[255]), (1, 1, 2, 62757));
        assert!(EXP2.windows(2).all(|pair| pair[0] <= pair[1]));
        assert!(EXP2[255] * 256 < 1 << PRECISION);
    }

    #[test]
    fn mantissas_are_the_nearest_integers() {
        // 2^(15 + i/16) lies within half of m when m's neighbours at ±1/2 bracket it: (2m ± 1)^16 against 2^(16·16 +
        // i).
        for (i, &m) in MANTISSA.iter().enumerate() {
            assert!(power16(2 * u128::from(m) - 1) <= exponent(i));
            assert!(power16(2 * u128::from(m) + 1) > exponent(i));
        }
    }

    // Sixteenth powers of 17-bit numbers, as 64-bit limbs from the highest.
    fn power16(base: u128) -> Vec<u64> {
        (0..16).fold(vec![0, 0, 0, 0, 1], |limbs, _| {
            let mut carry = 0;
            let mut product: Vec<u64> = limbs
                .iter()
                .rev()
                .map(|&limb| {
                    let wide = u128::from(limb) * base + carry;
                    carry = wide >> 64;
                    wide as u64
                })
                .collect();
            product.reverse();
            product
        })
    }

    fn exponent(i: usize) -> Vec<u64> {
        let bit = 16 * 16 + i;
        let mut limbs = vec![0u64; 5];
        limbs[4 - bit / 64] = 1 << (bit % 64);
        limbs
    }
}
