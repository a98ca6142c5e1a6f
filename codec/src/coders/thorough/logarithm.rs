//! Natural logarithms of counts (`docs/format.md`, *Thorough refinement*, *Logarithms and counts*).

/// Numbers below this have their logarithm in the table.
const EXACT: usize = 512;
/// 1024 · ln 2, rounded.
const OCTAVE: i32 = 710;

/// `round(1024 · ln(i))`, but 0 for 0.
static LOGARITHMS: [i16; EXACT] = {
    let mut table = [0; EXACT];
    let mut i = 2;
    while i < EXACT {
        table[i] = logarithm_of(i as u64);
        i += 1;
    }
    table
};

/// 1024 · ln(number), from the bits of its binary logarithm: each squaring of the mantissa yields one.
const fn logarithm_of(number: u64) -> i16 {
    let octave = number.ilog2();
    let mut mantissa = number << (31 - octave);
    let mut binary = octave as u64;
    let mut bit = 0;
    while bit < 20 {
        mantissa = (mantissa * mantissa) >> 31;
        binary <<= 1;
        if mantissa >> 32 != 0 {
            mantissa >>= 1;
            binary |= 1;
        }
        bit += 1;
    }
    // 709.782712893 = 1024 · ln 2.
    ((binary * 709_782_713 / 1_000_000 + (1 << 19)) >> 20) as i16
}

/// The natural logarithm of a number of at least 1, in 1024ths.
#[inline(always)]
pub(crate) fn logarithm(number: u32) -> i32 {
    let shift = (u32::BITS - EXACT.ilog2()).saturating_sub(number.leading_zeros());
    i32::from(LOGARITHMS[(number >> shift) as usize % EXACT]) + shift as i32 * OCTAVE
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::logistic::{ONE, stretch};

    #[test]
    fn logarithms_rise_and_differ_by_log_odds() {
        assert_eq!([1, 2, 3, 511].map(logarithm), [0, 710, 1125, 6386]);
        for number in 1..100_000 {
            assert!(logarithm(number) <= logarithm(number + 1));
        }
        for percent in 1..100_u32 {
            let log_odds = logarithm(percent * 1000) - logarithm((100 - percent) * 1000);
            let expected = stretch(percent as i32 * ONE / 100);
            assert!(
                (log_odds - expected).abs() < 40,
                "{percent}: {log_odds} {expected}"
            );
        }
    }
}
