//! BMP's run lengths: rules that predict how an encoder cuts rows into runs, and the operations that differ from them.
//!
//! A prediction depends on the pixels that are still to come in the row, and on nothing else: after an operation that
//! the rules did not predict, they go on from there.

use pxc_codec::container::varint;
use pxc_codec::{BitDepth, Image};

use crate::error::{Error, Result};
use crate::exact::bytes::{Bytes, write_length_prefixed};
use crate::exact::template::palette::{LONG_ENTRY, palette};
use crate::formats::bmp::runs::{LEAST_LITERAL, Operation, Operations};

/// The number of operations that decide which rules fit best.
const TRIAL: usize = 1 << 10;
/// Most pixels of an operation.
const LONGEST: usize = 255;
/// Most equal units that a run may need.
const MOST_LEAST: u8 = 6;
/// Rows have up to this many pixels beyond their width.
const MOST_EXCESS: usize = 3;

const SPLITS: u8 = 1;
const ENDS_LAST_ROW: u8 = 2;

/// An operation without its pixels, which come from the image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum BareOperation {
    /// A run of this many pixels.
    Run(u8),
    /// This many literal pixels, at least 3.
    Literal(u8),
    RowEnd,
    End,
}

impl BareOperation {
    fn of(operation: &Operation<'_>) -> BareOperation {
        match *operation {
            Operation::Run { count, .. } => BareOperation::Run(count),
            Operation::Literal { count, .. } => BareOperation::Literal(count),
            Operation::RowEnd => BareOperation::RowEnd,
            Operation::End => BareOperation::End,
        }
    }

    fn number(self) -> u64 {
        match self {
            BareOperation::Run(count) => count.into(),
            BareOperation::RowEnd => 256,
            BareOperation::End => 257,
            BareOperation::Literal(count) => 256 + u64::from(count),
        }
    }

    fn of_number(number: usize) -> Option<BareOperation> {
        Some(match number {
            1..=255 => BareOperation::Run(number as u8),
            256 => BareOperation::RowEnd,
            257 => BareOperation::End,
            259..=511 => BareOperation::Literal((number - 256) as u8),
            _ => return None,
        })
    }
}

/// How an encoder cuts rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Rules {
    /// Bits of a pixel: 4 or 8.
    bits: u8,
    /// Pixels of a unit, of which runs and literals consist: 1, or the two of a byte.
    unit: u8,
    /// The fewest equal units that make a run.
    least: u8,
    /// Whether fewer than three units before a run are runs of one unit each, and not of all that are equal.
    splits: bool,
    /// Whether the last row has an end of its own.
    ends_last_row: bool,
}

impl Rules {
    fn is_legal(self) -> bool {
        matches!((self.bits, self.unit), (8, 1) | (4, 1 | 2))
            && (1..=MOST_LEAST).contains(&self.least)
    }

    /// The operation at a position of an image.
    fn next(self, position: &Position<'_>) -> BareOperation {
        if position.row.is_empty() {
            return BareOperation::End;
        }
        let rest = &position.row[position.x..];
        if rest.is_empty() {
            let is_last = position.y + 1 == position.height;
            return match is_last && !self.ends_last_row {
                true => BareOperation::End,
                false => BareOperation::RowEnd,
            };
        }
        let unit = usize::from(self.unit);
        let run = self.run(rest);
        if self.is_run(run) {
            return BareOperation::Run(run as u8);
        }
        let units = (0..rest.len()).step_by(unit).take(LONGEST / unit);
        let units = units.take_while(|&start| !self.is_run(self.run(&rest[start..])));
        let units = units.count();
        match units >= LEAST_LITERAL {
            true => BareOperation::Literal((units * unit).min(rest.len()) as u8),
            false if self.splits => BareOperation::Run(unit.min(rest.len()) as u8),
            false => BareOperation::Run(run as u8),
        }
    }

    fn is_run(self, pixels: usize) -> bool {
        pixels.div_ceil(self.unit.into()) >= self.least.into()
    }

    /// Pixels of the longest run at the front of `rest`: whole units, but for the last pixel of an odd row, which
    /// shares its byte with zero.
    fn run(self, rest: &[u8]) -> usize {
        let unit = usize::from(self.unit);
        let period = if self.bits == 4 { 2 } else { 1 };
        let rest = &rest[..rest.len().min(LONGEST - LONGEST % unit)];
        let is_equal = |&at: &usize| rest[at] == rest[at - period];
        let run = period + (period..rest.len()).take_while(is_equal).count();
        let is_half = run >= rest.len() && rest.len() % unit == 1;
        match rest.len() {
            last if is_half && (last == 1 || rest[last - 2] == 0) => last,
            _ => run.min(rest.len()) / unit * unit,
        }
    }
}

/// A position in an image, whose last row is first.
struct Position<'a> {
    image: &'a Image,
    width: usize,
    height: usize,
    /// The row with its excess pixels, which are zero; empty behind the last row.
    row: Vec<u8>,
    x: usize,
    y: usize,
}

impl<'a> Position<'a> {
    fn new(image: &'a Image, excess: usize) -> Position<'a> {
        let width = image.width() as usize;
        let mut position = Position {
            image,
            width,
            height: image.height() as usize,
            row: vec![0; width + excess],
            x: 0,
            y: 0,
        };
        position.fill();
        position
    }

    fn fill(&mut self) {
        let start = (self.height - 1 - self.y) * self.width;
        let samples = &self.image.samples()[start..start + self.width];
        self.row[..self.width].copy_from_slice(samples);
    }

    /// Goes on after an operation; `None` if that is illegal here.
    fn advance(&mut self, operation: BareOperation) -> Option<()> {
        let is_row_done = !self.row.is_empty() && self.x >= self.width;
        match operation {
            BareOperation::Run(count) | BareOperation::Literal(count) => {
                self.x += usize::from(count);
                (self.x <= self.row.len()).then_some(())
            }
            BareOperation::RowEnd if is_row_done => {
                (self.x, self.y) = (0, self.y + 1);
                match self.y < self.height {
                    true => self.fill(),
                    false => self.row.clear(),
                }
                Some(())
            }
            BareOperation::End => {
                (self.row.is_empty() || is_row_done && self.y + 1 == self.height).then_some(())
            }
            BareOperation::RowEnd => None,
        }
    }

    /// The bytes of an operation here. Fails if the row has fewer pixels.
    fn write(&self, operation: BareOperation, bits: u8, out: &mut Vec<u8>) -> Option<()> {
        let pixels = |count: u8| self.row.get(self.x..self.x + usize::from(count));
        let pair = |pair: &[u8]| pair[0] << 4 | pair.get(1).copied().unwrap_or_default() & 15;
        match operation {
            BareOperation::Run(count) => {
                let pixels = pixels(count)?;
                let value = if bits == 8 { pixels[0] } else { pair(pixels) };
                out.extend([count, value]);
            }
            BareOperation::Literal(count) => {
                out.extend([0, count]);
                let start = out.len();
                match bits {
                    8 => out.extend_from_slice(pixels(count)?),
                    _ => out.extend(pixels(count)?.chunks(2).map(pair)),
                }
                out.extend((out.len() % 2 != start % 2).then_some(0));
            }
            BareOperation::RowEnd => out.extend([0, 0]),
            BareOperation::End => out.extend([0, 1]),
        }
        Some(())
    }
}

/// How a file with run lengths stores its pixels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Runs {
    rules: Rules,
    /// Pixels beyond the width in each row: ImageMagick codes padding, too.
    excess: u8,
    /// Varints: for each operation that the rules do not predict, how many before it they do.
    predicted: Vec<u8>,
    /// Varints: the numbers of those operations.
    others: Vec<u8>,
}

impl Runs {
    /// Describes the run lengths at the front of `data`, from which `image` was read.
    pub(crate) fn of(data: &[u8], bits: u8, image: &Image) -> Result<Runs> {
        let excess = excess(data, bits, image.width() as usize)?;
        let mut best: Option<(usize, Rules)> = None;
        for rules in all_rules(bits) {
            let runs = Runs::by_rules(data, rules, excess, image, TRIAL)?;
            let cost = runs.others.len();
            if best.is_none_or(|(least, _)| cost < least) {
                best = Some((cost, rules));
            }
        }
        let (_, rules) = best.ok_or_else(|| unsuitable("no rules"))?;
        Runs::by_rules(data, rules, excess, image, usize::MAX)
    }

    /// Compares the first operations of `data` with the rules.
    fn by_rules(
        data: &[u8],
        rules: Rules,
        excess: usize,
        image: &Image,
        most: usize,
    ) -> Result<Runs> {
        let mut operations = Operations::new(data, rules.bits.into());
        let mut position = Position::new(image, excess);
        let (mut predicted, mut others, mut before) = (Vec::new(), Vec::new(), 0);
        for _ in 0..most {
            let operation = BareOperation::of(&operations.take()?);
            if rules.next(&position) == operation {
                before += 1;
            } else {
                varint::write(&mut predicted, before);
                varint::write(&mut others, operation.number());
                before = 0;
            }
            position
                .advance(operation)
                .ok_or_else(|| unsuitable("an operation that does not suit the image"))?;
            if operation == BareOperation::End {
                break;
            }
        }
        Ok(Runs {
            rules,
            excess: excess as u8,
            predicted,
            others,
        })
    }

    /// Appends what [`Runs::read`] reads.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        let Rules {
            bits,
            unit,
            least,
            splits,
            ends_last_row,
        } = self.rules;
        let flags = u8::from(splits) * SPLITS + u8::from(ends_last_row) * ENDS_LAST_ROW;
        out.extend([bits, unit, least, flags, self.excess]);
        write_length_prefixed(out, &self.predicted);
        write_length_prefixed(out, &self.others);
    }

    pub(crate) fn read(reader: &mut Bytes<'_>) -> Result<Runs> {
        let (bits, unit, least) = (reader.byte()?, reader.byte()?, reader.byte()?);
        let flags = reader.byte()?;
        Ok(Runs {
            rules: Rules {
                bits,
                unit,
                least,
                splits: flags & SPLITS != 0,
                ends_last_row: flags & ENDS_LAST_ROW != 0,
            },
            excess: reader.byte()?,
            predicted: reader.length_prefixed()?.to_vec(),
            others: reader.length_prefixed()?.to_vec(),
        })
    }

    /// More bytes than palette and runs take. Fails where they do not suit the image.
    pub(crate) fn most_bytes(&self, image: &Image) -> Result<u64> {
        let depth = image.depth();
        let is_legal = self.rules.is_legal()
            && usize::from(self.excess) <= MOST_EXCESS
            && image.color().channels() == 1
            && depth != BitDepth::Sixteen
            && depth.bits() <= self.rules.bits;
        if !is_legal {
            return Err(unsuitable("rules"));
        }
        // An operation takes two bytes for a pixel at most; the palette has 256 entries.
        let columns = u64::from(image.width()) + u64::from(self.excess);
        Ok((2 * columns + 2) * u64::from(image.height()) + 2 + 1024)
    }

    /// Renders the palette and the runs.
    pub(crate) fn render(&self, image: &Image) -> Result<Vec<u8>> {
        let bits = self.rules.bits;
        let mut out = palette(image, bits, LONG_ENTRY);
        let mut position = Position::new(image, self.excess.into());
        let (mut predicted, mut others) = (Bytes(&self.predicted), Bytes(&self.others));
        let mut next = || -> Result<Option<usize>> {
            let is_done = predicted.0.is_empty();
            (!is_done).then(|| predicted.number()).transpose()
        };
        let mut before = next()?;
        loop {
            let operation = match before {
                Some(0) => {
                    before = next()?;
                    BareOperation::of_number(others.number()?)
                        .ok_or_else(|| unsuitable("an operation that is not legal"))?
                }
                _ => {
                    before = before.map(|count| count - 1);
                    self.rules.next(&position)
                }
            };
            let written = position.write(operation, bits, &mut out);
            written
                .and_then(|()| position.advance(operation))
                .ok_or_else(|| unsuitable("an operation that does not suit the image"))?;
            if operation == BareOperation::End {
                return Ok(out);
            }
        }
    }
}

/// Most pixels beyond the width in a row.
fn excess(data: &[u8], bits: u8, width: usize) -> Result<usize> {
    let mut operations = Operations::new(data, bits.into());
    let (mut row, mut longest) = (0, width);
    loop {
        match BareOperation::of(&operations.take()?) {
            BareOperation::Run(count) | BareOperation::Literal(count) => row += usize::from(count),
            BareOperation::RowEnd => row = 0,
            BareOperation::End => return Ok(longest - width),
        }
        longest = longest.max(row);
    }
}

fn all_rules(bits: u8) -> impl Iterator<Item = Rules> {
    let units = if bits == 8 { 1..=1 } else { 1..=2 };
    let least = units.flat_map(|unit| (1..=MOST_LEAST).map(move |least| (unit, least)));
    let splits = least.flat_map(|(unit, least)| [(unit, least, true), (unit, least, false)]);
    splits.flat_map(move |(unit, least, splits)| {
        [false, true].map(|ends_last_row| Rules {
            bits,
            unit,
            least,
            splits,
            ends_last_row,
        })
    })
}

fn unsuitable(what: &str) -> Error {
    Error::description(format!("its run lengths have {what}"))
}
