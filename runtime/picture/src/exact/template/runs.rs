//! BMP's run lengths: rules that predict how an encoder cuts rows into runs, and the operations that differ from them.
//!
//! A prediction depends on the pixels that are still to come in the row, and on nothing else: after an operation that
//! the rules did not predict, they go on from there.

use pxc_codec::container::varint;
use pxc_codec::{BitDepth, Image};

use crate::error::{Error, Result};
use crate::exact::bytes::{Bytes, write_block};
use crate::exact::template::palette::palette;
use crate::formats::bmp::runs::{LEAST_LITERAL, Operation, Operations};

/// Steps of a file that tell which rules fit best.
const TRIAL: usize = 1 << 10;
/// Most pixels of a step.
const LONGEST: usize = 255;
/// Most equal units that a run may need.
const MOST_LEAST: u8 = 6;
/// Rows have up to this many pixels beyond their width.
const MOST_EXCESS: usize = 3;

const SPLITS: u8 = 1;
const ENDS_LAST_ROW: u8 = 2;

/// What an encoder does next. The pixels tell the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// A run of this many pixels.
    Run(u8),
    /// This many literal pixels, at least 3.
    Literal(u8),
    RowEnd,
    End,
}

impl Step {
    fn of(operation: &Operation<'_>) -> Step {
        match *operation {
            Operation::Run { count, .. } => Step::Run(count),
            Operation::Literal { count, .. } => Step::Literal(count),
            Operation::RowEnd => Step::RowEnd,
            Operation::End => Step::End,
        }
    }

    fn number(self) -> u64 {
        match self {
            Step::Run(count) => count.into(),
            Step::RowEnd => 256,
            Step::End => 257,
            Step::Literal(count) => 256 + u64::from(count),
        }
    }

    fn of_number(number: usize) -> Option<Step> {
        Some(match number {
            1..=255 => Step::Run(number as u8),
            256 => Step::RowEnd,
            257 => Step::End,
            259..=511 => Step::Literal((number - 256) as u8),
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
    /// Equal units from which on they are a run.
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

    /// The step at a place of an image.
    fn next(self, place: &Place<'_>) -> Step {
        if place.row.is_empty() {
            return Step::End;
        }
        let rest = &place.row[place.x..];
        if rest.is_empty() {
            let is_last = place.y + 1 == place.height;
            return match is_last && !self.ends_last_row {
                true => Step::End,
                false => Step::RowEnd,
            };
        }
        let unit = usize::from(self.unit);
        let run = self.run(rest);
        if self.is_run(run) {
            return Step::Run(run as u8);
        }
        let units = (0..rest.len()).step_by(unit).take(LONGEST / unit);
        let units = units.take_while(|&start| !self.is_run(self.run(&rest[start..])));
        let units = units.count();
        match units >= LEAST_LITERAL {
            true => Step::Literal((units * unit).min(rest.len()) as u8),
            false if self.splits => Step::Run(unit.min(rest.len()) as u8),
            false => Step::Run(run as u8),
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

/// A place in an image, whose last row is first.
struct Place<'a> {
    image: &'a Image,
    width: usize,
    height: usize,
    /// The row with its excess pixels, which are zero; empty behind the last row.
    row: Vec<u8>,
    x: usize,
    y: usize,
}

impl<'a> Place<'a> {
    fn new(image: &'a Image, excess: usize) -> Place<'a> {
        let width = image.width() as usize;
        let mut place = Place {
            image,
            width,
            height: image.height() as usize,
            row: vec![0; width + excess],
            x: 0,
            y: 0,
        };
        place.fill();
        place
    }

    fn fill(&mut self) {
        let start = (self.height - 1 - self.y) * self.width;
        let samples = &self.image.samples()[start..start + self.width];
        self.row[..self.width].copy_from_slice(samples);
    }

    /// Goes on after `step`; `None` if that is illegal here.
    fn advance(&mut self, step: Step) -> Option<()> {
        let is_row_done = !self.row.is_empty() && self.x >= self.width;
        match step {
            Step::Run(count) | Step::Literal(count) => {
                self.x += usize::from(count);
                (self.x <= self.row.len()).then_some(())
            }
            Step::RowEnd if is_row_done => {
                (self.x, self.y) = (0, self.y + 1);
                match self.y < self.height {
                    true => self.fill(),
                    false => self.row.clear(),
                }
                Some(())
            }
            Step::End => {
                (self.row.is_empty() || is_row_done && self.y + 1 == self.height).then_some(())
            }
            Step::RowEnd => None,
        }
    }

    /// The bytes of a step here. Fails if the row has fewer pixels.
    fn write(&self, step: Step, bits: u8, out: &mut Vec<u8>) -> Option<()> {
        let pixels = |count: u8| self.row.get(self.x..self.x + usize::from(count));
        let pair = |pair: &[u8]| pair[0] << 4 | pair.get(1).copied().unwrap_or_default() & 15;
        match step {
            Step::Run(count) => {
                let pixels = pixels(count)?;
                let value = if bits == 8 { pixels[0] } else { pair(pixels) };
                out.extend([count, value]);
            }
            Step::Literal(count) => {
                out.extend([0, count]);
                let start = out.len();
                match bits {
                    8 => out.extend_from_slice(pixels(count)?),
                    _ => out.extend(pixels(count)?.chunks(2).map(pair)),
                }
                out.extend((out.len() % 2 != start % 2).then_some(0));
            }
            Step::RowEnd => out.extend([0, 0]),
            Step::End => out.extend([0, 1]),
        }
        Some(())
    }
}

/// How a file with run lengths has its pixels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Runs {
    rules: Rules,
    /// Pixels beyond the width in each row: ImageMagick codes padding, too.
    excess: u8,
    /// Varints: for each step that the rules do not predict, how many they do before it.
    predicted: Vec<u8>,
    /// Varints: the numbers of those steps.
    steps: Vec<u8>,
}

impl Runs {
    /// Of run lengths at the front of `data`, of which `image` was read.
    pub(crate) fn of(data: &[u8], bits: u8, image: &Image) -> Result<Runs> {
        let excess = excess(data, bits, image.width() as usize)?;
        let mut best: Option<(usize, Rules)> = None;
        for rules in all_rules(bits) {
            let runs = Runs::by_rules(data, rules, excess, image, TRIAL)?;
            let cost = runs.steps.len();
            if best.is_none_or(|(least, _)| cost < least) {
                best = Some((cost, rules));
            }
        }
        let (_, rules) = best.ok_or_else(|| unsuitable("no rules"))?;
        Runs::by_rules(data, rules, excess, image, usize::MAX)
    }

    /// Compares the first steps of `data` with the rules.
    fn by_rules(
        data: &[u8],
        rules: Rules,
        excess: usize,
        image: &Image,
        most: usize,
    ) -> Result<Runs> {
        let mut operations = Operations::new(data, rules.bits.into());
        let mut place = Place::new(image, excess);
        let (mut predicted, mut steps, mut before) = (Vec::new(), Vec::new(), 0);
        for _ in 0..most {
            let step = Step::of(&operations.take()?);
            if rules.next(&place) == step {
                before += 1;
            } else {
                varint::write(&mut predicted, before);
                varint::write(&mut steps, step.number());
                before = 0;
            }
            place
                .advance(step)
                .ok_or_else(|| unsuitable("an operation that does not suit the image"))?;
            if step == Step::End {
                break;
            }
        }
        Ok(Runs {
            rules,
            excess: excess as u8,
            predicted,
            steps,
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
        write_block(out, &self.predicted);
        write_block(out, &self.steps);
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
            predicted: reader.block()?.to_vec(),
            steps: reader.block()?.to_vec(),
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
        // A step takes two bytes for a pixel at most; the palette has 256 entries.
        let columns = u64::from(image.width()) + u64::from(self.excess);
        Ok((2 * columns + 2) * u64::from(image.height()) + 2 + 1024)
    }

    /// Palette and runs.
    pub(crate) fn render(&self, image: &Image) -> Result<Vec<u8>> {
        let bits = self.rules.bits;
        let mut out = palette(image, bits);
        let mut place = Place::new(image, self.excess.into());
        let (mut predicted, mut steps) = (Bytes(&self.predicted), Bytes(&self.steps));
        let mut next = || -> Result<Option<usize>> {
            let is_done = predicted.0.is_empty();
            (!is_done).then(|| predicted.number()).transpose()
        };
        let mut before = next()?;
        loop {
            let step = match before {
                Some(0) => {
                    before = next()?;
                    Step::of_number(steps.number()?)
                        .ok_or_else(|| unsuitable("an operation that is not legal"))?
                }
                _ => {
                    before = before.map(|count| count - 1);
                    self.rules.next(&place)
                }
            };
            let written = place.write(step, bits, &mut out);
            written
                .and_then(|()| place.advance(step))
                .ok_or_else(|| unsuitable("an operation that does not suit the image"))?;
            if step == Step::End {
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
        match Step::of(&operations.take()?) {
            Step::Run(count) | Step::Literal(count) => row += usize::from(count),
            Step::RowEnd => row = 0,
            Step::End => return Ok(longest - width),
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
