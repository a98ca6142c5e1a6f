//! A set of 8-bit colours and its bytes (`docs/format.md`, *Colour set*).
//!
//! In: colours, or bytes. Out: the other. The cube of all 2^24 colours is halved along red, green and blue eight times.
//! On each level, a decision says of each box inside a filled one whether it is filled.

use crate::color_set::grid::BoxGrid;
use crate::entropy::bit_coder::{BitCoder, InvalidStream};
use crate::entropy::range_coder::{IntervalDecoder, IntervalEncoder};

/// How often the cube is halved.
const DEPTH: usize = 8;

/// A set of colours: red, green and blue of 8 bits.
pub(crate) struct ColorCube {
    /// The filled boxes. The grid of level `l` has `2^l` boxes along each axis.
    levels: Vec<BoxGrid>,
}

impl ColorCube {
    /// Bytes of memory.
    pub(crate) const BYTES: u64 = {
        let (mut level, mut bytes) = (0, 0);
        while level <= DEPTH {
            let side = 1 << level;
            bytes += (side + 2) * (side + 2) * BoxGrid::row_bytes(side);
            level += 1;
        }
        bytes as u64
    };

    fn empty() -> ColorCube {
        let mut levels: Vec<BoxGrid> = (0..=DEPTH)
            .map(|level| BoxGrid::empty(1 << level))
            .collect();
        levels[0].set([0; 3]);
        ColorCube { levels }
    }

    /// Collects the colours of some pixels.
    pub(crate) fn of(pixels: impl Iterator<Item = [u8; 3]>) -> ColorCube {
        let mut cube = ColorCube::empty();
        let colors = &mut cube.levels[DEPTH];
        pixels.for_each(|pixel| colors.set(pixel.map(usize::from)));
        for level in (1..DEPTH).rev() {
            let (coarse, fine) = cube.levels.split_at_mut(level + 1);
            fine[0].each(|position| coarse[level].set(position.map(|at| at / 2)));
        }
        cube
    }

    /// Calls `visit` with each colour.
    pub(crate) fn each(&self, mut visit: impl FnMut([u8; 3])) {
        self.levels[DEPTH].each(|position| visit(position.map(|at| at as u8)));
    }

    /// The bytes of the set.
    pub(crate) fn encode(&mut self) -> Vec<u8> {
        let mut coder = IntervalEncoder::new();
        let Ok(()) = self.code(&mut coder, u64::MAX);
        coder.finish()
    }

    /// Decodes what [`encode`](ColorCube::encode) returns; refuses more than `limit` colours.
    pub(crate) fn decode(bytes: &[u8], limit: u64) -> Result<ColorCube, InvalidStream> {
        let mut cube = ColorCube::empty();
        cube.code(&mut IntervalDecoder::new(bytes), limit)?;
        Ok(cube)
    }

    /// Encodes the cube. A decoder starts with an empty cube, which this fills.
    fn code<C: BitCoder>(&mut self, coder: &mut C, limit: u64) -> Result<(), C::Error> {
        for level in 1..=DEPTH {
            let (coarse, fine) = self.levels.split_at_mut(level);
            fine[0].code(coder, &coarse[level - 1], limit)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn colors(cube: &ColorCube) -> Vec<[u8; 3]> {
        let mut colors = Vec::new();
        cube.each(|color| colors.push(color));
        colors
    }

    #[test]
    fn sets_come_back() {
        let corners = [[0, 0, 0], [255, 255, 255], [0, 255, 0], [255, 0, 255]];
        let lattice: Vec<[u8; 3]> = (0..4000_u32)
            .map(|i| [i % 20 * 3, i / 20 % 20 * 2 + i % 3, i / 400 * 5].map(|v| v as u8))
            .collect();
        for set in [&corners[..1], &corners, &lattice] {
            let mut cube = ColorCube::of(set.iter().copied());
            let bytes = cube.encode();
            let decoded = ColorCube::decode(&bytes, 1 << 24).expect("decodes");
            let mut expected = set.to_vec();
            expected.sort();
            expected.dedup();
            assert_eq!(colors(&decoded), expected);
            assert_eq!(colors(&cube), expected);
            assert!(ColorCube::decode(&bytes, expected.len() as u64 - 1).is_err());
        }
    }

    #[test]
    fn a_regular_set_takes_few_bytes() {
        let levels = (0..=255_u8).step_by(4);
        let set: Vec<[u8; 3]> = levels
            .clone()
            .flat_map(|r| {
                levels
                    .clone()
                    .flat_map(move |g| (0..64).map(move |b| [r, g, 4 * b]))
            })
            .collect();
        let bytes = ColorCube::of(set.iter().copied()).encode();
        assert!(bytes.len() < set.len() / 100, "{} bytes", bytes.len());
    }

    #[test]
    fn any_bytes_are_read_within_bounds() {
        for seed in 0..24_u8 {
            let bytes: Vec<u8> = (0..200_u8)
                .map(|i| i.wrapping_mul(seed) ^ (i >> 3))
                .collect();
            if let Ok(cube) = ColorCube::decode(&bytes, 1000) {
                assert!(colors(&cube).len() <= 1000);
            }
        }
    }
}
