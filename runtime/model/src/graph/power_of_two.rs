//! Which power of two a float32 is, and of which one it is a multiple: the arithmetic of scales and grids.

/// `k` when `value` is exactly `2^k` and normal.
pub(crate) fn exponent(value: f32) -> Option<i32> {
    let bits = value.to_bits();
    let biased = bits >> 23;
    let mantissa = bits & 0x7f_ffff;
    (mantissa == 0 && (1..=254).contains(&biased)).then(|| biased as i32 - 127)
}

/// The smallest `k` for which `value · 2^k` is an integer; `None` for zero. `value` is finite.
pub fn grid(value: f32) -> Option<i32> {
    let bits = value.to_bits() & 0x7fff_ffff;
    if bits == 0 {
        return None;
    }
    let (biased, fraction) = (bits >> 23, bits & 0x7f_ffff);
    // value = mantissa · 2^(biased − 150); subnormals have no hidden bit and the exponent of biased = 1.
    let (mantissa, biased) = match biased {
        0 => (fraction, 1),
        _ => (fraction | 0x80_0000, biased as i32),
    };
    Some(150 - biased - mantissa.trailing_zeros() as i32)
}

/// `2^k` as float32; `k` in −126..=127.
pub(crate) fn pow2(k: i32) -> f32 {
    debug_assert!((-126..=127).contains(&k));
    f32::from_bits(((k + 127) as u32) << 23)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exponents_of_powers_only() {
        assert_eq!(exponent(1.0), Some(0));
        assert_eq!(exponent(0.125), Some(-3));
        assert_eq!(exponent(65536.0), Some(16));
        for other in [0.0, -1.0, 3.0, f32::NAN, f32::INFINITY, f32::from_bits(1)] {
            assert_eq!(exponent(other), None, "{other}");
        }
    }

    #[test]
    fn grids_of_multiples() {
        assert_eq!(grid(0.0), None);
        assert_eq!(grid(-0.0), None);
        assert_eq!(grid(1.0), Some(0));
        assert_eq!(grid(-0.75), Some(2));
        assert_eq!(grid(12.0), Some(-2));
        assert_eq!(grid(f32::from_bits(1)), Some(149));
        assert_eq!(grid(pow2(-126)), Some(126));
    }
}
