//! Which encoders may have made a stream, the likely ones first.

use crate::exact::known::encoder::{Encoder, Parameters, Strategy, ZlibCalls};
use crate::exact::known::first_block::{BlockKind, FirstBlock};
use crate::exact::known::zlib::levels::{LAZY, TOO_FAR};

/// zlib ends a block after 2 to this power and the memory level symbols, less one.
const SYMBOL_BITS: u32 = 6;
/// The longest match that `Z_FILTERED` drops.
const FILTERED: usize = 5;
/// Most bytes that libdeflate looks at before it ends a block: 300,000, a short block that it may append, and as much
/// again.
pub(crate) const LIBDEFLATE_BLOCK: usize = 300_000 + 2 * 5_000;
/// miniz_oxide ends a block once its buffer has more bytes: one for a literal, three for a match, one for eight
/// symbols.
const MINIZ_BUFFER: usize = (1 << 16) - 8;
/// From this many bytes on, miniz_oxide also ends a block that gains less than a tenth.
const MINIZ_BYTES: usize = 31 << 10;
/// How libpng, Pillow, and flate2, which the crate `png` uses, call zlib-ng.
const WAYS_TO_CALL: [ZlibCalls; 3] = [
    ZlibCalls {
        by_rows: true,
        buffer_bits: 13,
    },
    ZlibCalls {
        by_rows: true,
        buffer_bits: 16,
    },
    ZlibCalls {
        by_rows: false,
        buffer_bits: 15,
    },
];

/// The encoders that may have made a stream, from the two bytes of zlib's header, the first block, and whether the
/// stream ends with a flush. A short list, unless the first block is the only one.
pub(crate) fn candidates(head: [u8; 2], block: &FirstBlock, is_flushed: bool) -> Vec<Encoder> {
    let speed = usize::from(head[1] >> 6);
    let mut all = Vec::new();
    let has_far = block.farthest_short > Some(TOO_FAR);
    for parameters in parameters(head, block) {
        let has_limit = parameters.level >= LAZY
            && matches!(parameters.strategy, Strategy::Default | Strategy::Fixed);
        if !(has_far && has_limit) {
            all.push(Encoder::Zlib(parameters, false));
        }
        if has_limit {
            all.push(Encoder::Zlib(parameters, true));
        }
        // The other levels make the same stream of any pieces.
        let ways = match parameters.level {
            1 | 5 | 6 => &WAYS_TO_CALL[..],
            _ => &WAYS_TO_CALL[..1],
        };
        let encoder = |&calls| Encoder::ZlibNg(parameters, calls);
        all.extend(ways.iter().map(encoder));
    }
    let is_free = block.is_last || memory_level(block).is_none();
    if head[0] != 0x78 || !is_free {
        return all;
    }
    if speed == 0 && block.is_last && block.farthest.is_none_or(|farthest| farthest == 1) {
        all.push(Encoder::Fdeflate);
    }
    if block.is_last || is_flushed || fills_miniz(block) {
        let levels: [&[u8]; 4] = [&[1], &[3, 2], &[6, 5, 7, 4, 8], &[9, 10]];
        let encoder = |&level| Encoder::Miniz { level, is_flushed };
        all.extend(levels[speed].iter().map(encoder));
    }
    if block.plain <= LIBDEFLATE_BLOCK {
        let levels: [&[u8]; 4] = [&[1], &[5, 4, 3, 2], &[6, 7], &[12, 11, 10, 9, 8]];
        let encoder = |&level| Encoder::Libdeflate { level };
        all.extend(levels[speed].iter().map(encoder));
    }
    all
}

/// Whether miniz_oxide may end a block with these symbols.
fn fills_miniz(block: &FirstBlock) -> bool {
    let bytes = 1 + block.symbols + 2 * block.matches + block.symbols / 8;
    let gains_little = block.plain > MINIZ_BYTES && bytes * 115 / 128 >= block.plain;
    bytes > MINIZ_BUFFER || gains_little
}

/// The parameters with which zlib or zlib-ng may have made the stream.
fn parameters(head: [u8; 2], block: &FirstBlock) -> Vec<Parameters> {
    let window_bits = (8 + (head[0] >> 4)).clamp(9, 15);
    let windows = match window_bits {
        15 => vec![15],
        // Old versions of libpng wrote the smallest window that holds the image, but zlib had the largest.
        bits => vec![bits, 15],
    };
    let mut all = Vec::new();
    for (level, strategy) in methods(head[1] >> 6, block) {
        for memory_level in memory_levels(level, block) {
            all.extend(windows.iter().map(|&window_bits| Parameters {
                level,
                strategy,
                memory_level,
                window_bits,
            }));
        }
    }
    all
}

/// The memory level that follows from the number of symbols.
fn memory_level(block: &FirstBlock) -> Option<u8> {
    let symbols = block.symbols + 1;
    let level = symbols.ilog2().checked_sub(SYMBOL_BITS)? as u8;
    (symbols.is_power_of_two() && (1..=9).contains(&level)).then_some(level)
}

fn memory_levels(level: u8, block: &FirstBlock) -> Vec<u8> {
    // The first level of zlib-ng has fixed codes and blocks of any length.
    let is_free = block.is_last || (level == 1 && block.kind == BlockKind::Fixed);
    match memory_level(block) {
        _ if is_free || block.kind == BlockKind::Stored => vec![8, 9],
        level => level.into_iter().collect(),
    }
}

/// The levels and strategies for one of four speeds, which zlib's header states.
fn methods(speed: u8, block: &FirstBlock) -> Vec<(u8, Strategy)> {
    let (simple, levels): (&[Strategy], &[u8]) = match speed {
        0 => (simple_strategies(block), &[1]),
        1 => (&[], &[5, 4, 3, 2]),
        2 => (&[], &[6]),
        _ => (&[], &[9, 7, 8]),
    };
    let mut methods: Vec<_> = simple.iter().map(|&strategy| (1, strategy)).collect();
    for &level in levels {
        methods.extend(strategies(block).iter().map(|&strategy| match strategy {
            // The levels below 4 search the same way for both strategies.
            Strategy::Filtered if level < 4 => (level, Strategy::Default),
            strategy => (level, strategy),
        }));
    }
    methods.dedup();
    methods
}

/// The strategies that search little. They ignore the level.
fn simple_strategies(block: &FirstBlock) -> &'static [Strategy] {
    match (block.kind, block.farthest) {
        (BlockKind::Stored, _) | (_, Some(2..)) => &[],
        (_, Some(_)) => &[Strategy::RunLengths],
        (_, None) => &[Strategy::HuffmanOnly, Strategy::RunLengths],
    }
}

fn strategies(block: &FirstBlock) -> &'static [Strategy] {
    let is_filtered = block.shortest.is_none_or(|shortest| shortest > FILTERED);
    match (is_filtered, block.kind) {
        (_, BlockKind::Fixed) if !block.is_last => &[Strategy::Fixed, Strategy::Default],
        // A long block of the default strategy has short matches.
        (true, _) if !block.is_last && block.shortest.is_some() => &[Strategy::Filtered],
        (true, _) => &[Strategy::Filtered, Strategy::Default],
        (false, BlockKind::Fixed) => &[Strategy::Default, Strategy::Fixed],
        (false, _) => &[Strategy::Default],
    }
}
