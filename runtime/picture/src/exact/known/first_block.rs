//! What the first block of a deflate stream tells about its encoder.

/// Reads bits, from the lowest one of each byte on.
struct BitReader<'a> {
    bytes: &'a [u8],
    position: usize,
}

/// The first block.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct FirstBlock {
    pub(crate) kind: BlockKind,
    pub(crate) is_last: bool,
    /// Whole bytes before its end.
    pub(crate) bytes: usize,
    /// Bytes of plain text to which it inflates.
    pub(crate) plain: usize,
    /// Literals and matches.
    pub(crate) symbols: usize,
    pub(crate) matches: usize,
    /// The length of the shortest match.
    pub(crate) shortest: Option<usize>,
    /// The longest distance of a match.
    pub(crate) farthest: Option<usize>,
    /// The longest distance of a match of three bytes.
    pub(crate) farthest_short: Option<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BlockKind {
    Stored,
    Fixed,
    Dynamic,
}

/// A canonical Huffman code: the number of codes of each length, and their symbols in order.
struct CanonicalCode {
    counts: [usize; 16],
    symbols: Vec<usize>,
}

/// Bytes of the shortest match of deflate.
const LEAST_MATCH: usize = 3;

/// The order in which the lengths of the lengths' codes are sent.
const ORDER: [usize; 19] = [
    16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15,
];

impl FirstBlock {
    /// Reads the first block of a stream; `None` if it is damaged.
    pub(crate) fn of(stream: &[u8]) -> Option<FirstBlock> {
        let mut bits = BitReader {
            bytes: stream,
            position: 0,
        };
        let mut block = FirstBlock {
            is_last: bits.take(1)? == 1,
            kind: match bits.take(2)? {
                0 => BlockKind::Stored,
                1 => BlockKind::Fixed,
                2 => BlockKind::Dynamic,
                _ => return None,
            },
            bytes: 0,
            plain: 0,
            symbols: 0,
            matches: 0,
            shortest: None,
            farthest: None,
            farthest_short: None,
        };
        let (literals, distances) = match block.kind {
            BlockKind::Stored => return Some(block),
            BlockKind::Fixed => fixed_codes(),
            BlockKind::Dynamic => bits.dynamic_codes()?,
        };
        block.count(&mut bits, &literals, &distances)?;
        Some(block)
    }

    fn count(
        &mut self,
        bits: &mut BitReader<'_>,
        literals: &CanonicalCode,
        distances: &CanonicalCode,
    ) -> Option<()> {
        loop {
            match bits.symbol(literals)? {
                0..=255 => self.plain += 1,
                256 => break,
                symbol => {
                    let length = bits.length(symbol)?;
                    let distance = bits.symbol(distances)?;
                    let distance = bits.distance(distance)?;
                    self.plain += length;
                    self.matches += 1;
                    self.shortest = Some(self.shortest.map_or(length, |least| least.min(length)));
                    self.farthest = self.farthest.max(Some(distance));
                    if length == LEAST_MATCH {
                        self.farthest_short = self.farthest_short.max(Some(distance));
                    }
                }
            }
            self.symbols += 1;
        }
        self.bytes = bits.position / 8;
        Some(())
    }
}

impl BitReader<'_> {
    fn take(&mut self, count: usize) -> Option<usize> {
        (0..count).try_fold(0, |value, bit| {
            let byte = self.bytes.get(self.position / 8)?;
            let taken = usize::from(byte >> (self.position % 8) & 1);
            self.position += 1;
            Some(value | taken << bit)
        })
    }

    fn symbol(&mut self, code: &CanonicalCode) -> Option<usize> {
        let (mut value, mut first, mut before) = (0, 0, 0);
        for &count in &code.counts[1..] {
            value |= self.take(1)?;
            if value < first + count {
                return code.symbols.get(before + value - first).copied();
            }
            before += count;
            first = (first + count) << 1;
            value <<= 1;
        }
        None
    }

    fn length(&mut self, symbol: usize) -> Option<usize> {
        match symbol - 257 {
            short @ 0..8 => Some(3 + short),
            28 => Some(258),
            long @ 8..28 => {
                let extra = long / 4 - 1;
                Some(3 + ((4 + long % 4) << extra) + self.take(extra)?)
            }
            _ => None,
        }
    }

    fn distance(&mut self, symbol: usize) -> Option<usize> {
        match symbol {
            0..4 => Some(1 + symbol),
            4..30 => {
                let extra = symbol / 2 - 1;
                Some(1 + ((2 + symbol % 2) << extra) + self.take(extra)?)
            }
            _ => None,
        }
    }

    fn dynamic_codes(&mut self) -> Option<(CanonicalCode, CanonicalCode)> {
        let literals = 257 + self.take(5)?;
        let all = literals + 1 + self.take(5)?;
        let mut lengths = [0; 19];
        for &at in &ORDER[..4 + self.take(4)?] {
            lengths[at] = self.take(3)?;
        }
        let code = CanonicalCode::new(&lengths);
        let mut lengths = Vec::new();
        while lengths.len() < all {
            let (length, count) = match self.symbol(&code)? {
                16 => (*lengths.last()?, 3 + self.take(2)?),
                17 => (0, 3 + self.take(3)?),
                18 => (0, 11 + self.take(7)?),
                length => (length, 1),
            };
            lengths.resize(lengths.len() + count, length);
        }
        let (literals, distances) = lengths[..all].split_at(literals);
        Some((CanonicalCode::new(literals), CanonicalCode::new(distances)))
    }
}

impl CanonicalCode {
    fn new(lengths: &[usize]) -> CanonicalCode {
        let mut counts = [0; 16];
        let mut symbols: Vec<usize> = (0..lengths.len()).filter(|&at| lengths[at] > 0).collect();
        symbols.sort_by_key(|&at| lengths[at]);
        for &at in &symbols {
            counts[lengths[at]] += 1;
        }
        CanonicalCode { counts, symbols }
    }
}

fn fixed_codes() -> (CanonicalCode, CanonicalCode) {
    let mut lengths = [8; 288];
    lengths[144..256].fill(9);
    lengths[256..280].fill(7);
    (CanonicalCode::new(&lengths), CanonicalCode::new(&[5; 30]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exact::known::compression::tests::{encoder, made, plain};

    #[test]
    fn the_first_block_of_zlib_tells_its_memory_level() {
        let (plain, rows) = plain();
        for (bytes, symbols) in [([1, 9, 0, 8, 15], 16_383), ([1, 1, 0, 9, 15], 32_767)] {
            let stream = made(encoder(&bytes), &plain, &rows);
            let block = FirstBlock::of(&stream).expect("a block");
            assert_eq!((block.kind, block.is_last), (BlockKind::Dynamic, false));
            assert_eq!((block.symbols, block.shortest), (symbols, Some(3)));
            assert!(block.plain > symbols && block.bytes < block.plain);
        }
    }

    #[test]
    fn all_symbols_are_counted() {
        // 300 zeros: two literals, as zlib never finds its first byte, and matches at distance 1 of 258 and 40 bytes.
        let stream = made(encoder(&[1, 6, 0, 8, 15]), &[0; 300], &[300]);
        let block = FirstBlock::of(&stream).expect("a block");
        let expected = FirstBlock {
            kind: BlockKind::Fixed,
            is_last: true,
            bytes: stream.len() - 1,
            plain: 300,
            symbols: 4,
            matches: 2,
            shortest: Some(40),
            farthest: Some(1),
            farthest_short: None,
        };
        assert_eq!(block, expected);
        for end in 0..stream.len() - 1 {
            assert_eq!(FirstBlock::of(&stream[..end]), None);
        }
        assert_eq!(FirstBlock::of(&[7, 0, 0]), None);
    }
}
