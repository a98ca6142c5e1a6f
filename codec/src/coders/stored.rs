//! The method *stored*: samples as they are, packed when they have less than 8 bits (`docs/format.md`, *Groups*).

use crate::image::sample_format::BitDepth;
use crate::tiles::tile::Tile;

/// The samples of the tiles, one tile after the other.
pub(crate) fn encode(tiles: &[Tile]) -> Vec<u8> {
    let samples = tiles.iter().flat_map(|tile| tile.samples.iter().copied());
    match bits(tiles) {
        8 => samples.collect(),
        bits => pack(samples, bits),
    }
}

/// Fills the tiles, or returns what is wrong with the bytes.
pub(crate) fn decode(tiles: &mut [Tile], bytes: &[u8]) -> Result<(), &'static str> {
    let problem = "the length of a stored component does not match its tiles";
    let bits = bits(tiles);
    let samples: usize = tiles.iter().map(|tile| tile.samples.len()).sum();
    if samples.div_ceil(8 / bits) != bytes.len() {
        return Err(problem);
    }
    let mut samples = bytes.iter().flat_map(|&byte| unpack(byte, bits));
    for tile in tiles {
        let targets = tile.samples.iter_mut();
        targets
            .zip(&mut samples)
            .for_each(|(target, sample)| *target = sample);
    }
    if samples.any(|padding| padding != 0) {
        return Err("a stored component ends with bits that are not 0");
    }
    Ok(())
}

/// Bits of one byte of samples.
fn bits(tiles: &[Tile]) -> usize {
    let depth = tiles.first().map_or(BitDepth::Eight, |tile| tile.depth);
    usize::from(depth.bits().min(8))
}

fn pack(samples: impl Iterator<Item = u8>, bits: usize) -> Vec<u8> {
    let (mut out, mut used) = (Vec::new(), 8);
    for sample in samples {
        if used == 8 {
            out.push(0);
            used = 0;
        }
        used += bits;
        if let Some(last) = out.last_mut() {
            *last |= sample << (8 - used);
        }
    }
    out
}

/// The samples of a byte, the most significant first.
fn unpack(byte: u8, bits: usize) -> impl Iterator<Item = u8> {
    let mask = u8::MAX >> (8 - bits);
    (1..=8 / bits).map(move |index| byte >> (8 - index * bits) & mask)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tiles(depth: BitDepth, samples: &[u8]) -> Vec<Tile> {
        let tile = Tile {
            width: samples.len(),
            height: 1,
            planes: 1,
            depth,
            samples: samples.to_vec(),
        };
        vec![tile.clone(), tile]
    }

    #[test]
    fn samples_are_packed_across_tiles_and_come_back() {
        for (depth, samples, bytes) in [
            (BitDepth::One, &[1, 0, 1][..], &[0b1011_0100][..]),
            (BitDepth::Two, &[3, 0, 1], &[0b1100_0111, 0b0001_0000]),
            (BitDepth::Four, &[10, 11, 12], &[0xab, 0xca, 0xbc]),
            (BitDepth::Eight, &[1, 2], &[1, 2, 1, 2]),
            (BitDepth::Sixteen, &[1, 2], &[1, 2, 1, 2]),
        ] {
            let expected = tiles(depth, samples);
            assert_eq!(encode(&expected), bytes);
            let mut found = tiles(depth, &vec![0; samples.len()]);
            assert_eq!(decode(&mut found, bytes), Ok(()));
            assert_eq!(found, expected);
        }
    }

    #[test]
    fn wrong_lengths_and_padding_are_refused() {
        let mut target = tiles(BitDepth::One, &[0; 3]);
        assert!(decode(&mut target, &[]).is_err());
        assert!(decode(&mut target, &[0, 0]).is_err());
        assert!(decode(&mut target, &[1]).is_err());
        assert!(decode(&mut target, &[4]).is_ok());
    }
}
