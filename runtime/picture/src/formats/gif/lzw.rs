//! GIF's LZW, lowest bit first → palette indices.

use crate::error::Result;
use crate::formats::gif::blocks::damaged;

const MOST_CODES: usize = 1 << 12;
const WIDEST: u32 = 12;
/// Indices that a code may stand for.
const LONGEST_WORD: usize = MOST_CODES;

/// The indices, and how much of the stream they took.
pub(crate) struct Unpacked {
    /// One byte per pixel.
    pub(crate) indices: Vec<u8>,
    /// Bytes up to the end of the pixels, with the end code where one follows.
    pub(crate) used: usize,
    /// Whether the bits that follow in the last of these bytes are zero.
    pub(crate) has_clean_end: bool,
}

/// Decodes `count` indices.
pub(crate) fn unpack(data: &[u8], bits: u8, count: usize) -> Result<Unpacked> {
    if !(2..=8).contains(&bits) {
        return Err(damaged(format!(
            "expected pixels of 2 to 8 bits, found {bits}"
        )));
    }
    let clear = 1 << bits;
    let mut table = Table::new(clear);
    let mut codes = Codes { data, at: 0 };
    let mut indices = Vec::with_capacity(count + LONGEST_WORD);
    let mut previous = None;
    loop {
        let before = codes.at;
        let Some(code) = codes.next(table.width) else {
            // Without an end code the rest of the last byte is padding.
            break;
        };
        if code == clear {
            (table.next, table.width) = (clear + 2, u32::from(bits) + 1);
            previous = None;
        } else if code == clear + 1 {
            break;
        } else if indices.len() >= count {
            codes.at = before;
            break;
        } else {
            table.write(code, previous, &mut indices).ok_or_else(|| {
                damaged(format!(
                    "bit {before} of the pixels: expected a known code, found {code}"
                ))
            })?;
            previous = Some(code);
        }
    }
    if indices.len() != count {
        let found = indices.len();
        return Err(damaged(format!("expected {count} pixels, found {found}")));
    }
    Ok(Unpacked {
        indices,
        used: codes.at.div_ceil(8),
        has_clean_end: codes.has_clean_end(),
    })
}

/// A stream of codes.
struct Codes<'a> {
    data: &'a [u8],
    /// The position, in bits.
    at: usize,
}

impl Codes<'_> {
    /// Whether the rest of the byte at the position is zero.
    fn has_clean_end(&self) -> bool {
        let rest = self.at % 8;
        let last = self.data.get(self.at / 8).filter(|_| rest > 0);
        last.is_none_or(|last| last >> rest == 0)
    }

    fn next(&mut self, width: u32) -> Option<usize> {
        let end = self.at + width as usize;
        if end > self.data.len() * 8 {
            self.at = self.at.next_multiple_of(8);
            return None;
        }
        let bytes = self.data[self.at / 8..].iter().take(3).rev();
        let bits = bytes.fold(0, |bits, &byte| bits << 8 | usize::from(byte));
        let code = bits >> (self.at % 8) & ((1 << width) - 1);
        self.at = end;
        Some(code)
    }
}

/// What each code stands for: the word of another code and one more index.
struct Table {
    prefix: Vec<u16>,
    last: Vec<u8>,
    length: Vec<u16>,
    clear: usize,
    next: usize,
    width: u32,
}

impl Table {
    fn new(clear: usize) -> Table {
        let mut table = Table {
            prefix: vec![0; MOST_CODES],
            last: vec![0; MOST_CODES],
            length: vec![1; MOST_CODES],
            clear,
            next: clear + 2,
            width: clear.ilog2() + 1,
        };
        for code in 0..clear {
            table.last[code] = code as u8;
        }
        table
    }

    /// Appends the word of a code and learns the next one; `None` if the code is unknown.
    fn write(&mut self, code: usize, previous: Option<usize>, out: &mut Vec<u8>) -> Option<()> {
        let Some(previous) = previous else {
            out.push((code < self.clear).then_some(code as u8)?);
            return Some(());
        };
        if code > self.next || code == self.next && self.next == MOST_CODES {
            return None;
        }
        let start = out.len();
        if code < self.next {
            self.append(code, out);
        } else {
            self.append(previous, out);
            out.push(out[start]);
        }
        if self.next < MOST_CODES {
            self.prefix[self.next] = previous as u16;
            self.last[self.next] = out[start];
            self.length[self.next] = self.length[previous] + 1;
            self.next += 1;
            if self.next == 1 << self.width && self.width < WIDEST {
                self.width += 1;
            }
        }
        Some(())
    }

    fn append(&self, mut code: usize, out: &mut Vec<u8>) {
        let start = out.len();
        let length = usize::from(self.length[code]);
        out.resize(start + length, 0);
        for sample in out[start..].iter_mut().rev() {
            *sample = self.last[code];
            code = self.prefix[code].into();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Codes of the given widths, lowest bit first.
    fn stream(codes: &[(usize, usize)]) -> Vec<u8> {
        let (mut bits, mut count) = (0u128, 0);
        for (code, width) in codes {
            bits |= (*code as u128) << count;
            count += width;
        }
        bits.to_le_bytes()[..count.div_ceil(8)].to_vec()
    }

    #[test]
    fn a_code_may_stand_for_the_word_that_it_completes() {
        let data = stream(&[(4, 3), (2, 3), (6, 3), (7, 3), (5, 4)]);
        let unpacked = unpack(&data, 2, 6).expect("six pixels");
        assert_eq!((unpacked.indices, unpacked.used), (vec![2; 6], 2));
    }

    #[test]
    fn streams_without_an_end_are_read_and_short_or_wrong_ones_are_not() {
        let data = stream(&[(4, 3), (1, 3)]);
        assert_eq!(unpack(&data, 2, 1).expect("a pixel").indices, [1]);
        assert!(unpack(&data, 2, 2).is_err());
        assert!(unpack(&stream(&[(4, 3), (1, 3), (7, 3)]), 2, 2).is_err());
        let surplus = [stream(&[(4, 3), (1, 3), (5, 3)]), vec![9; 5]].concat();
        assert_eq!(unpack(&surplus, 2, 1).expect("a pixel").used, 2);
        for (end, is_clean) in [(0, true), (0x40, false)] {
            let mut data = stream(&[(4, 3), (1, 3), (5, 3)]);
            data[1] |= end;
            assert_eq!(
                unpack(&data, 2, 1).expect("a pixel").has_clean_end,
                is_clean
            );
        }
    }
}
