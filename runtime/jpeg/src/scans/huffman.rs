//! Huffman tables.

use crate::scans::bits::Bits;

/// The longest code, in bits.
const LONGEST: usize = 16;

/// The tables of a file, by their numbers.
#[derive(Default)]
pub(crate) struct Tables {
    /// For the differences of first coefficients.
    pub(crate) dc: [Option<Huffman>; 4],
    /// For the other coefficients.
    pub(crate) ac: [Option<Huffman>; 4],
}

/// Codes of a table: those of one length are consecutive numbers.
pub(crate) struct Huffman {
    /// How many codes have each length.
    counts: [u8; LONGEST],
    symbols: Vec<u8>,
}

impl Huffman {
    /// A table, and how many bytes it takes.
    pub(crate) fn parse(data: &[u8]) -> Option<(Huffman, usize)> {
        let (counts, rest) = data.split_first_chunk::<LONGEST>()?;
        let symbols = counts.iter().map(|&count| usize::from(count)).sum();
        let table = Huffman {
            counts: *counts,
            symbols: rest.get(..symbols)?.to_vec(),
        };
        Some((table, LONGEST + symbols))
    }

    /// The symbol of the next code; `None` if no code begins like this, or the data ends.
    pub(crate) fn symbol(&self, bits: &mut Bits<'_>) -> Option<u8> {
        let (mut code, mut first, mut index) = (0_u32, 0_u32, 0);
        for &count in &self.counts {
            code = code << 1 | u32::from(bits.bit()?);
            first <<= 1;
            let offset = code.wrapping_sub(first);
            if offset < u32::from(count) {
                return self.symbols.get(index + offset as usize).copied();
            }
            first += u32::from(count);
            index += usize::from(count);
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_one_length_follow_each_other() {
        // 0, 10 and 110.
        let mut data = [0; LONGEST + 3];
        data[..3].copy_from_slice(&[1, 1, 1]);
        data[LONGEST..].copy_from_slice(&[5, 6, 7]);
        let (table, bytes) = Huffman::parse(&data).expect("a table");
        assert_eq!(bytes, data.len());
        let mut bits = Bits::new(&[0b0101_1010]);
        let mut symbol = || table.symbol(&mut bits);
        assert_eq!(
            [symbol(), symbol(), symbol(), symbol()],
            [Some(5), Some(6), Some(7), Some(6)]
        );
        assert!(Huffman::parse(&data[..LONGEST + 2]).is_none());
        let mut ones = Bits::new(&[0xfe, 0xfe, 0xfe]);
        assert_eq!(table.symbol(&mut ones), None);
    }
}
