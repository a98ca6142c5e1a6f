//! The ways in which zlib goes through its input: levels and strategies.

use crate::exact::known::encoder::{Parameters, Strategy};
use crate::exact::known::zlib::block::Block;
use crate::exact::known::zlib::matches::{
    AHEAD, LONGEST, Match, Matches, Patience, SHORTEST, Wanted,
};
use crate::exact::known::zlib::window::Window;

/// Matches of three bytes that are farther away are dropped, unless zlib was compiled with another limit.
pub(crate) const TOO_FAR: usize = 4096;
/// No limit.
const ANY: usize = usize::MAX;

/// The parameters of a level.
struct Level {
    /// If the previous match is at least this long, zlib looks at a quarter of the strings.
    good: usize,
    /// If it is at least this long, zlib looks at none. The fast levels do not insert the strings in longer matches.
    lazy: usize,
    nice: usize,
    chain: u32,
}

const fn level(good: usize, lazy: usize, nice: usize, chain: u32) -> Level {
    Level {
        good,
        lazy,
        nice,
        chain,
    }
}

const LEVELS: [Level; 9] = [
    level(4, 4, 8, 4),
    level(4, 5, 16, 8),
    level(4, 6, 32, 32),
    level(4, 4, 16, 16),
    level(8, 16, 32, 32),
    level(8, 16, 128, 128),
    level(8, 32, 128, 256),
    level(32, 128, 258, 1024),
    level(32, 258, 258, 4096),
];
/// The first level with lazy matches.
pub(crate) const LAZY: u8 = 4;

/// A stream in the making.
struct Stream<'a, F> {
    plain: &'a [u8],
    window: Window,
    block: Block,
    /// Where the current block begins.
    start: usize,
    take: F,
}

impl<F: FnMut(&[u8]) -> bool> Stream<'_, F> {
    fn literal(&mut self, position: usize) -> bool {
        self.block.push_literal(self.plain[position]);
        self.block.is_full()
    }

    fn found(&mut self, found: Match) -> bool {
        self.block.push_match(found);
        self.block.is_full()
    }

    /// Ends the block before `position`. `None` if that is enough.
    fn end(&mut self, position: usize, is_last: bool) -> Option<()> {
        let plain = &self.plain[self.start..position];
        let may_store = self.window.holds(self.start);
        let made = self.block.end(plain, may_store, is_last);
        self.start = position;
        (self.take)(&made).then_some(())
    }

    fn end_full(&mut self, position: usize, is_full: bool) -> Option<()> {
        match is_full {
            true => self.end(position, false),
            false => Some(()),
        }
    }
}

/// Makes the deflate stream of `plain`, and gives it to `take` block by block. Returns `None` once `take` returns
/// `false`. With `is_far`, matches of three bytes may be at any distance.
pub(crate) fn deflate(
    parameters: Parameters,
    is_far: bool,
    plain: &[u8],
    take: impl FnMut(&[u8]) -> bool,
) -> Option<()> {
    // Positions have 32 bits.
    u32::try_from(plain.len()).ok()?;
    let stream = Stream {
        plain,
        window: Window::new(parameters.window_bits, plain.len()),
        block: Block::new(parameters),
        start: 0,
        take,
    };
    let level = &LEVELS[usize::from(parameters.level) - 1];
    let matches = |wanted| Matches::new(plain, parameters, wanted);
    match parameters.strategy {
        Strategy::HuffmanOnly => huffman_only(stream),
        Strategy::RunLengths => run_lengths(stream),
        _ if parameters.level < LAZY => fast(stream, matches(Wanted::Short(ANY)), level),
        // This strategy drops matches of up to five bytes.
        Strategy::Filtered => lazy(stream, matches(Wanted::Long), level),
        Strategy::Default | Strategy::Fixed => {
            let far = if is_far { ANY } else { TOO_FAR };
            lazy(stream, matches(Wanted::Short(far)), level)
        }
    }
}

/// Takes a match unless there is a longer one at the next position.
fn lazy(
    mut stream: Stream<'_, impl FnMut(&[u8]) -> bool>,
    mut matches: Matches<'_>,
    level: &Level,
) -> Option<()> {
    let length = |found: Option<Match>| found.map_or(SHORTEST - 1, |found| found.length);
    let (mut position, mut before, mut is_open) = (0, None, false);
    while position < stream.plain.len() {
        stream.window.fill(position, AHEAD);
        matches.insert(position);
        let least = length(before);
        let mut found = None;
        if least < level.lazy {
            let quarter = if least >= level.good { 2 } else { 0 };
            let patience = Patience {
                chain: level.chain >> quarter,
                nice: level.nice,
            };
            found = matches.find(position, least, patience);
        }
        match before.take() {
            Some(taken) if found.is_none() => {
                let is_full = stream.found(taken);
                let next = position + taken.length - 1;
                (position + 1..next).for_each(|inside| matches.insert(inside));
                (position, is_open) = (next, false);
                stream.end_full(position, is_full)?;
            }
            _ => {
                if is_open {
                    let is_full = stream.literal(position - 1);
                    stream.end_full(position, is_full)?;
                }
                (position, before, is_open) = (position + 1, found, true);
            }
        }
    }
    stream.window.fill(position, AHEAD);
    if is_open {
        stream.literal(position - 1);
    }
    stream.end(position, true)
}

/// Takes each match.
fn fast(
    mut stream: Stream<'_, impl FnMut(&[u8]) -> bool>,
    mut matches: Matches<'_>,
    level: &Level,
) -> Option<()> {
    let patience = Patience {
        chain: level.chain,
        nice: level.nice,
    };
    let (mut position, input) = (0, stream.plain.len());
    while position < input {
        stream.window.fill(position, AHEAD);
        matches.insert(position);
        let is_full = match matches.find(position, SHORTEST - 1, patience) {
            Some(found) => {
                let next = position + found.length;
                if found.length <= level.lazy && input - next >= SHORTEST {
                    (position + 1..next).for_each(|inside| matches.insert(inside));
                }
                position = next;
                stream.found(found)
            }
            None => {
                position += 1;
                stream.literal(position - 1)
            }
        };
        stream.end_full(position, is_full)?;
    }
    stream.window.fill(position, AHEAD);
    stream.end(position, true)
}

/// Takes only matches at distance 1.
fn run_lengths(mut stream: Stream<'_, impl FnMut(&[u8]) -> bool>) -> Option<()> {
    let mut position = 0;
    while let Some(rest) = stream.plain.get(position..).filter(|rest| !rest.is_empty()) {
        stream.window.fill(position, LONGEST + 1);
        let before = position.checked_sub(1).map(|before| stream.plain[before]);
        let is_equal = |byte: &&u8| before == Some(**byte);
        let length = rest.iter().take(LONGEST).take_while(is_equal).count();
        let is_full = match length {
            SHORTEST.. => {
                position += length;
                stream.found(Match {
                    length,
                    distance: 1,
                })
            }
            _ => {
                position += 1;
                stream.literal(position - 1)
            }
        };
        stream.end_full(position, is_full)?;
    }
    stream.window.fill(position, LONGEST + 1);
    stream.end(position, true)
}

fn huffman_only(mut stream: Stream<'_, impl FnMut(&[u8]) -> bool>) -> Option<()> {
    for position in 0..stream.plain.len() {
        stream.window.fill(position, 1);
        let is_full = stream.literal(position);
        stream.end_full(position + 1, is_full)?;
    }
    let end = stream.plain.len();
    stream.window.fill(end, 1);
    stream.end(end, true)
}
