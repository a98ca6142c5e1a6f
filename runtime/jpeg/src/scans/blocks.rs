//! The blocks of a scan: those of sequential files, and the first bits and the further ones of progressive files.

use crate::scans::bits::Bits;
use crate::scans::frame::Frame;
use crate::scans::huffman::{Huffman, Tables};

/// The last coefficient of a block.
const LAST: u8 = 63;
/// The band of sequential files, whose first coefficient has its own code.
const ALL_AFTER_FIRST: Band = Band {
    first: 1,
    last: LAST,
};
/// Zeros of the longest run.
const RUN: u8 = 15;
/// Bits of the longest difference of first coefficients.
const LONGEST: u8 = 15;

/// The header of a scan.
pub(crate) struct Scan {
    /// For each component: its index in the frame, and its tables.
    parts: Vec<Part>,
    band: Band,
    /// Whether the scan has further bits of known coefficients.
    is_refinement: bool,
}

/// The coefficients of a block that a scan has.
#[derive(Clone, Copy)]
struct Band {
    first: u8,
    last: u8,
}

struct Part {
    component: usize,
    dc: usize,
    ac: usize,
}

impl Scan {
    /// Reads the header. `None` if it is not legal.
    pub(crate) fn parse(header: &[u8], frame: &mut Frame) -> Option<Scan> {
        let (&count, rest) = header.split_first()?;
        let (fields, rest) = rest.split_at_checked(2 * usize::from(count))?;
        let [first, last, approximation] = *rest.first_chunk::<3>()?;
        let mut parts = Vec::new();
        for field in fields.chunks_exact(2) {
            let component = frame
                .components
                .iter()
                .position(|component| component.id == field[0])?;
            frame.components[component].is_seen |= first == 0;
            parts.push(Part {
                component,
                dc: usize::from(field[1] >> 4),
                ac: usize::from(field[1] & 15),
            });
        }
        let scan = Scan {
            parts,
            band: Band { first, last },
            is_refinement: frame.is_progressive && approximation >> 4 > 0,
        };
        let is_legal = match (frame.is_progressive, first) {
            // Tools write other numbers here, which decoders ignore.
            (false, _) => true,
            (true, 0) => last == 0,
            (true, _) => count == 1 && first <= last && last <= LAST,
        };
        (is_legal && count > 0).then_some(scan)
    }

    /// How many units the scan has: blocks of its only component, or groups of blocks of all.
    pub(crate) fn units(&self, frame: &Frame) -> usize {
        match self.parts.as_slice() {
            [only] => frame.components[only.component].shown.iter().product(),
            _ => frame.units.iter().product(),
        }
    }

    /// Goes through the blocks of a unit. `run` counts the blocks to come that have no further coefficients.
    pub(crate) fn unit(
        &self,
        unit: usize,
        frame: &mut Frame,
        tables: &Tables,
        bits: &mut Bits<'_>,
        run: &mut u16,
    ) -> Option<()> {
        let (across, is_progressive) = (frame.units[0], frame.is_progressive);
        for part in &self.parts {
            let component = &mut frame.components[part.component];
            let ([width, height], columns) = match self.parts.len() {
                1 => ([1, 1], component.shown[0]),
                _ => (component.sampling, across),
            };
            let (x, y) = (unit % columns * width, unit / columns * height);
            for block in 0..width * height {
                let index = (y + block / width) * component.columns + x + block % width;
                let nonzero = component.nonzero.get_mut(index);
                let (dc, ac) = (
                    tables.dc.get(part.dc)?.as_ref(),
                    tables.ac.get(part.ac)?.as_ref(),
                );
                match (is_progressive, self.band.first, self.is_refinement) {
                    (false, ..) => {
                        difference(dc?, bits)?;
                        coefficients(ac?, ALL_AFTER_FIRST, bits, &mut 0, &mut 0)?;
                    }
                    (true, 0, false) => difference(dc?, bits)?,
                    (true, 0, true) => {
                        bits.bit()?;
                    }
                    (true, _, false) => coefficients(ac?, self.band, bits, run, nonzero?)?,
                    (true, _, true) => refinement(ac?, self.band, bits, run, nonzero?)?,
                }
            }
        }
        Some(())
    }
}

/// The first coefficient, as its difference from that of the last block.
fn difference(table: &Huffman, bits: &mut Bits<'_>) -> Option<()> {
    let length = table.symbol(bits).filter(|&length| length <= LONGEST)?;
    bits.number(length).map(drop)
}

/// What a symbol of coefficients stands for.
enum Code {
    /// Blocks that have no further coefficients, from this one.
    Run(u16),
    /// A coefficient after zeros; none if it takes no bits.
    Coefficient { zeros: u8, length: u8 },
}

fn code(table: &Huffman, bits: &mut Bits<'_>) -> Option<Code> {
    let symbol = table.symbol(bits)?;
    let (zeros, length) = (symbol >> 4, symbol & 15);
    match length == 0 && zeros < RUN {
        true => Some(Code::Run((1 << zeros) + bits.number(zeros)?)),
        false => Some(Code::Coefficient { zeros, length }),
    }
}

/// Coefficients, each after a run of zeros.
fn coefficients(
    table: &Huffman,
    band: Band,
    bits: &mut Bits<'_>,
    run: &mut u16,
    nonzero: &mut u64,
) -> Option<()> {
    if *run > 0 {
        *run -= 1;
        return Some(());
    }
    let mut at = band.first;
    while at <= band.last {
        let (zeros, length) = match code(table, bits)? {
            Code::Run(blocks) => {
                *run = blocks - 1;
                break;
            }
            Code::Coefficient { zeros, length } => (zeros, length),
        };
        at += zeros;
        if at > band.last {
            return None;
        }
        bits.number(length)?;
        *nonzero |= u64::from(length > 0) << at;
        at += 1;
    }
    Some(())
}

/// One more bit of the coefficients that are not zero, and some new ones.
fn refinement(
    table: &Huffman,
    band: Band,
    bits: &mut Bits<'_>,
    run: &mut u16,
    nonzero: &mut u64,
) -> Option<()> {
    let mut at = band.first;
    while *run == 0 && at <= band.last {
        let (mut zeros, length) = match code(table, bits)? {
            Code::Run(blocks) => {
                *run = blocks;
                break;
            }
            Code::Coefficient { zeros, length } => (zeros, length),
        };
        bits.number((length == 1).into())?;
        while at <= band.last {
            if *nonzero >> at & 1 == 1 {
                bits.bit()?;
            } else if zeros == 0 {
                break;
            } else {
                zeros -= 1;
            }
            at += 1;
        }
        if length > 1 || length == 1 && at > band.last {
            return None;
        }
        if length == 1 {
            *nonzero |= 1 << at;
        }
        at += 1;
    }
    if *run > 0 {
        for known in at..=band.last {
            if *nonzero >> known & 1 == 1 {
                bits.bit()?;
            }
        }
        *run -= 1;
    }
    Some(())
}
