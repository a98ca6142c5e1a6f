//! Lists of the values or colours that occur (`docs/format.md`, *General method*, *Lists*). Indices in the list then
//! stand for samples or pixels.
//!
//! In: the list to encode. Out: the list.

use crate::coders::numbers::NumberCoder;
use crate::entropy::bit_coder::BitCoder;

/// Codes a rising list of values in `0..=largest`. A decoder passes an empty one.
pub(crate) fn code_values<C: BitCoder>(
    coder: &mut C,
    values: &[u16],
    largest: u16,
) -> Result<Vec<u16>, C::Error> {
    let count = NumberCoder::new().code(coder, values.len() as u32)?;
    let (mut gaps, mut next, mut coded) = (NumberCoder::new(), 0, Vec::new());
    for index in 0..count as usize {
        let gap = values
            .get(index)
            .map_or(0, |&value| u32::from(value) - next);
        let value = next + gaps.code(coder, gap)?;
        coder.require(value <= largest.into())?;
        coded.push(value as u16);
        next = value + 1;
    }
    coder.require(!coded.is_empty())?;
    Ok(coded)
}

/// Codes a list of 1 to 256 colours with samples in `0..=largest`. A decoder passes an empty one.
pub(crate) fn code_colors<C: BitCoder, const N: usize>(
    coder: &mut C,
    colors: &[[u16; N]],
    largest: u16,
) -> Result<Vec<[u16; N]>, C::Error> {
    let count = NumberCoder::new().code(coder, colors.len() as u32)?;
    coder.require((1..=256).contains(&count))?;
    let mut numbers: [NumberCoder; N] = std::array::from_fn(|_| NumberCoder::new());
    let (mut before, mut coded) = ([0; N], Vec::new());
    for index in 0..count as usize {
        let color = colors.get(index).copied().unwrap_or(before);
        let mut next = [0; N];
        for plane in 0..N {
            let difference = i32::from(color[plane]) - i32::from(before[plane]);
            let folded = (difference << 1 ^ difference >> 31) as u32;
            let folded = numbers[plane].code(coder, folded)?;
            let difference = (folded >> 1) as i32 ^ -((folded & 1) as i32);
            let value = i32::from(before[plane]) + difference;
            coder.require((0..=i32::from(largest)).contains(&value))?;
            next[plane] = value as u16;
        }
        coded.push(next);
        before = next;
    }
    Ok(coded)
}
