//! The code length of a symbol under integer logits, according to the codec's frequencies.

use pxc_codec::EXP2;

/// The code length that the codec's frequencies give a symbol: `log2(total / frequency)`.
pub(crate) fn symbol_bits(logits: &[u8], symbol: u32) -> f64 {
    let total: u32 = logits.iter().map(|&logit| EXP2[usize::from(logit)]).sum();
    let frequency = EXP2[usize::from(logits[symbol as usize])];
    f64::from(total).log2() - f64::from(frequency).log2()
}
