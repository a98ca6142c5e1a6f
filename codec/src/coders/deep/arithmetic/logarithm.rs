//! Natural logarithms in integers (`docs/format.md`, *Curves*).

/// Binary logarithm of the number of steps between 1 and 2.
const STEP_BITS: u32 = 10;
const STEPS: usize = 1 << STEP_BITS;

/// The binary logarithm of `1 + step / 1024`, of 2^16, rounded down.
static FRACTIONS: [u16; STEPS] = {
    let mut table = [0; STEPS];
    let mut step = 0;
    while step < STEPS {
        table[step] = fraction((STEPS + step) as u64);
        step += 1;
    }
    table
};

/// The logarithm bit by bit: each time that the square of the number reaches 2, the bit is 1.
const fn fraction(mantissa: u64) -> u16 {
    let mut number = mantissa << (31 - STEP_BITS);
    let (mut bits, mut count) = (0, 0);
    while count < 16 {
        number = (number * number) >> 31;
        bits <<= 1;
        if number >= 1 << 32 {
            number >>= 1;
            bits |= 1;
        }
        count += 1;
    }
    bits
}

/// The natural logarithm of a number from 1 on, in 1024ths.
#[inline(always)]
pub(crate) fn logarithm(number: u32) -> i32 {
    /// The natural logarithm of 2, of 2^16.
    const LN_2: u64 = 45_426;
    let whole = number.max(1).ilog2();
    let mantissa = match whole > STEP_BITS {
        true => number >> (whole - STEP_BITS),
        false => number << (STEP_BITS - whole),
    };
    let fraction = FRACTIONS[mantissa as usize & (STEPS - 1)];
    let bits = u64::from(whole) << 16 | u64::from(fraction);
    ((bits * LN_2) >> 22) as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logarithms_are_right() {
        assert_eq!(
            [1, 2, 3, 10, 1 << 31].map(logarithm),
            [0, 709, 1124, 2357, 22_003]
        );
        assert!((1..100_000).all(|n| logarithm(n) <= logarithm(n + 1)));
    }
}
