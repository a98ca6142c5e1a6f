//! Samples of less than 8 bits: one byte per sample ↔ the packed rows of PNG and PBM files.

use pxc_codec::BitDepth;

/// Unpacks the samples of a row to one byte each. The first sample is in the highest bits.
pub(crate) fn unpack_row(row: &[u8], depth: BitDepth) -> impl Iterator<Item = u8> + '_ {
    let (bits, mask) = (u32::from(depth.bits()), depth.largest() as u8);
    row.iter()
        .flat_map(move |&byte| (1..=8 / bits).map(move |index| byte >> (8 - index * bits) & mask))
}

/// Packs the samples of a row, the first in the highest bits. Samples of 8 or 16 bits pass through.
pub(crate) fn pack_row(samples: impl Iterator<Item = u8>, depth: BitDepth) -> Vec<u8> {
    if depth >= BitDepth::Eight {
        return samples.collect();
    }
    let bits = usize::from(depth.bits());
    let samples: Vec<u8> = samples.collect();
    let byte = |samples: &[u8]| {
        let numbered = samples.iter().zip(1..);
        numbered.fold(0, |byte, (&sample, number)| {
            byte | sample << (8 - number * bits)
        })
    };
    samples.chunks(8 / bits).map(byte).collect()
}
