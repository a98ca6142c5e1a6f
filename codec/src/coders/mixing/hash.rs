//! The hash of contexts (`docs/format.md`, *General method*): multiplicative, with a rotation. In: numbers. Out: 32
//! bits.

/// Adds a value to a hash.
#[inline]
pub(crate) fn hash(hash: u32, value: u32) -> u32 {
    (hash ^ value).wrapping_mul(0x9e37_79b1).rotate_left(15)
}

/// Adds the samples of pixels to a hash, one after the other.
#[inline]
pub(crate) fn hash_pixels<const N: usize>(seed: u32, pixels: &[[u16; N]]) -> u32 {
    let samples = pixels.iter().flatten();
    samples.fold(seed, |seed, &sample| hash(seed, sample.into()))
}
