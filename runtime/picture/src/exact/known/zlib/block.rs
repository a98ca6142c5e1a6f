//! Literals and matches → blocks of a deflate stream.

use crate::exact::known::encoder::{Parameters, Strategy};
use crate::exact::known::zlib::bit_writer::BitWriter;
use crate::exact::known::zlib::huffman::{CodeKind, HuffmanCode, words};
use crate::exact::known::zlib::lengths::{
    DISTANCE_BITS, LENGTH_BITS, REPEAT_BITS, Symbol, distance_symbol, length_symbol, runs,
};
use crate::exact::known::zlib::matches::{Match, SHORTEST};

const END: usize = 256;
const LITERALS: CodeKind = CodeKind {
    longest: 15,
    further: &LENGTH_BITS,
    first: END + 1,
    fixed: Some(fixed_length),
};
const DISTANCES: CodeKind = CodeKind {
    longest: 15,
    further: &DISTANCE_BITS,
    first: 0,
    fixed: Some(|_| 5),
};
const LENGTHS: CodeKind = CodeKind {
    longest: 7,
    further: &REPEAT_BITS,
    first: 0,
    fixed: None,
};
/// The order in which the lengths of the lengths' words are sent, and how many at least.
const ORDER: [usize; 19] = [
    16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15,
];
const LEAST_LENGTHS: usize = 4;
/// The symbols of the fixed code.
const FIXED: usize = 288;

const STORED_KIND: u32 = 0;
const FIXED_KIND: u32 = 1;
const DYNAMIC_KIND: u32 = 2;

fn fixed_length(symbol: usize) -> u8 {
    match symbol {
        0..144 => 8,
        144..256 => 9,
        256..280 => 7,
        _ => 8,
    }
}

/// A part of a block.
#[derive(Clone, Copy)]
enum Item {
    Literal(u8),
    /// A match: its length less 3, and its distance less 1.
    Match(u8, u16),
}

/// A block in the making.
pub(crate) struct Block {
    items: Vec<Item>,
    /// Items of a full block.
    most: usize,
    is_fixed: bool,
    literals: [u16; 286],
    distances: [u16; 30],
    bits: BitWriter,
}

impl Block {
    pub(crate) fn new(parameters: Parameters) -> Block {
        Block {
            items: Vec::new(),
            most: (1 << (parameters.memory_level + 6)) - 1,
            is_fixed: parameters.strategy == Strategy::Fixed,
            literals: [0; 286],
            distances: [0; 30],
            bits: BitWriter::default(),
        }
    }

    /// Whether zlib ends the block.
    pub(crate) fn is_full(&self) -> bool {
        self.items.len() == self.most
    }

    pub(crate) fn push_literal(&mut self, byte: u8) {
        self.items.push(Item::Literal(byte));
        self.literals[usize::from(byte)] += 1;
    }

    pub(crate) fn push_match(&mut self, found: Match) {
        let (length, distance) = (found.length - SHORTEST, found.distance - 1);
        self.items.push(Item::Match(length as u8, distance as u16));
        self.literals[END + 1 + length_symbol(length as u8).number] += 1;
        self.distances[distance_symbol(distance as u32).number] += 1;
    }

    /// Ends the block, which inflates to `plain`; zlib does not store it unless `may_store`. Returns the bytes that are
    /// whole.
    pub(crate) fn end(&mut self, plain: &[u8], may_store: bool, is_last: bool) -> Vec<u8> {
        self.literals[END] = 1;
        let literals = HuffmanCode::of(&self.literals, LITERALS);
        let distances = HuffmanCode::of(&self.distances, DISTANCES);
        let (header, header_bits) = header(&literals.lengths, &distances.lengths);
        let bytes = |bits: i64| (bits + 3 + 7) / 8;
        let fixed = bytes(literals.fixed_bits + distances.fixed_bits);
        let dynamic = bytes(literals.bits + distances.bits + header_bits);
        let is_fixed = fixed <= dynamic || self.is_fixed;
        let least = if is_fixed { fixed } else { dynamic };
        let mut start = |kind| self.bits.put(kind << 1 | u32::from(is_last), 3);
        if may_store && plain.len() as i64 + 4 <= least {
            start(STORED_KIND);
            self.bits.align();
            let length = plain.len() as u16;
            self.bits.put_bytes(&length.to_le_bytes());
            self.bits.put_bytes(&(!length).to_le_bytes());
            self.bits.put_bytes(plain);
        } else if is_fixed {
            start(FIXED_KIND);
            let lengths: Vec<u8> = (0..FIXED).map(fixed_length).collect();
            self.write(&lengths, &[5; 30]);
        } else {
            start(DYNAMIC_KIND);
            for (bits, count) in header {
                self.bits.put(bits, count);
            }
            self.write(&literals.lengths, &distances.lengths);
        }
        self.items.clear();
        (self.literals, self.distances) = ([0; 286], [0; 30]);
        if is_last {
            self.bits.align();
        }
        self.bits.take()
    }

    /// Writes the items and the end of the block.
    fn write(&mut self, literals: &[u8], distances: &[u8]) {
        let (literal_words, distance_words) = (words(literals), words(distances));
        let literal = |symbol: usize| (literal_words[symbol].into(), literals[symbol]);
        for item in &self.items {
            let (bits, count) = match *item {
                Item::Literal(byte) => literal(byte.into()),
                Item::Match(length, distance) => {
                    let Symbol { number, further } = length_symbol(length);
                    let (bits, count) = literal(END + 1 + number);
                    self.bits.put(bits, count);
                    self.bits.put(further, LENGTH_BITS[number]);
                    let Symbol { number, further } = distance_symbol(distance.into());
                    let bits = distance_words[number].into();
                    self.bits.put(bits, distances[number]);
                    (further, DISTANCE_BITS[number])
                }
            };
            self.bits.put(bits, count);
        }
        let (bits, count) = literal(END);
        self.bits.put(bits, count);
    }
}

/// The values and their bits that describe two codes, and the number of all bits.
fn header(literals: &[u8], distances: &[u8]) -> (Vec<(u32, u8)>, i64) {
    let mut symbols = runs(literals);
    symbols.extend(runs(distances));
    let mut frequencies = [0; 19];
    for symbol in &symbols {
        frequencies[symbol.number] += 1;
    }
    let mut code = HuffmanCode::of(&frequencies, LENGTHS);
    code.lengths.resize(ORDER.len(), 0);
    let is_used = |&position: &usize| code.lengths[ORDER[position]] > 0;
    let last = (LEAST_LENGTHS..ORDER.len()).rev().find(is_used);
    let sent = last.map_or(LEAST_LENGTHS, |last| last + 1);
    let mut header = vec![
        ((literals.len() - 257) as u32, 5),
        ((distances.len() - 1) as u32, 5),
        ((sent - LEAST_LENGTHS) as u32, 4),
    ];
    let lengths = ORDER[..sent].iter().map(|&symbol| code.lengths[symbol]);
    header.extend(lengths.map(|length| (length.into(), 3)));
    let words = words(&code.lengths);
    for Symbol { number, further } in symbols {
        header.push((words[number].into(), code.lengths[number]));
        header.push((further, REPEAT_BITS[number]));
    }
    (header, code.bits + 3 * sent as i64 + 5 + 5 + 4)
}
