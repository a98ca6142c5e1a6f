//! TIFF's LZW, highest bit first: codes become wider one code early.

use crate::error::Result;
use crate::formats::tiff::file::damaged;

const CLEAR: usize = 256;
const END: usize = 257;
const FIRST: usize = 258;
const MOST_CODES: usize = 1 << 12;
const NARROWEST: usize = 9;
const WIDEST: usize = 12;

/// Decodes `size` bytes; also returns how many bytes of the stream they took, and its end code where one follows.
pub(crate) fn unpack(data: &[u8], size: usize) -> Result<(Vec<u8>, usize)> {
    let mut table = Table::new();
    let mut out = Vec::with_capacity(size);
    let mut at = 0;
    let mut previous = None;
    while out.len() < size {
        let code = code(data, at, table.width).ok_or_else(|| short(size, out.len()))?;
        at += table.width;
        match code {
            CLEAR => {
                (table.next, table.width) = (FIRST, NARROWEST);
                previous = None;
            }
            END => return Err(short(size, out.len())),
            _ => {
                table
                    .write(code, previous, &mut out)
                    .ok_or_else(|| damaged(format!("LZW: expected a known code, found {code}")))?;
                previous = Some(code);
            }
        }
    }
    if out.len() > size {
        return Err(damaged(format!(
            "LZW: expected {size} bytes, found a longer word"
        )));
    }
    // Some writers count one code less, or one more, before the end code.
    let widths = [table.width, table.width - 1, table.width + 1];
    let end = widths
        .into_iter()
        .find(|&width| code(data, at, width) == Some(END));
    at += end.unwrap_or(0);
    // Some writers add a byte if the end code fills its last one.
    let is_surplus = end.is_some() && at % 8 == 0 && data.get(at / 8) == Some(&0);
    Ok((out, at.div_ceil(8) + usize::from(is_surplus)))
}

fn short(expected: usize, found: usize) -> crate::error::Error {
    damaged(format!("LZW: expected {expected} bytes, found {found}"))
}

/// The code of `width` bits at the bit `at`.
fn code(data: &[u8], at: usize, width: usize) -> Option<usize> {
    let end = at + width;
    if end > data.len() * 8 {
        return None;
    }
    let bytes = &data[at / 8..end.div_ceil(8)];
    let bits = bytes
        .iter()
        .fold(0, |bits, &byte| bits << 8 | usize::from(byte));
    Some(bits >> (bytes.len() * 8 - at % 8 - width) & ((1 << width) - 1))
}

/// What each code stands for: a place in the output where its word is.
struct Table {
    words: Vec<(usize, usize)>,
    next: usize,
    width: usize,
}

impl Table {
    fn new() -> Table {
        Table {
            words: vec![(0, 0); MOST_CODES],
            next: FIRST,
            width: NARROWEST,
        }
    }

    /// Appends the word of a code and learns the next one; `None` if the code is unknown.
    fn write(&mut self, code: usize, previous: Option<usize>, out: &mut Vec<u8>) -> Option<()> {
        let start = out.len();
        if let Some(previous) = previous
            && self.next < MOST_CODES
        {
            // The word of the previous code, which ends here, and the first byte of this one's.
            let length = self.length(previous);
            self.words[self.next] = (start - length, length + 1);
            self.next += 1;
            if self.next == (1 << self.width) - 1 && self.width < WIDEST {
                self.width += 1;
            }
        }
        match code {
            0..CLEAR => out.push(code as u8),
            _ if (FIRST..self.next).contains(&code) => {
                let (from, length) = self.words[code];
                for at in from..from + length {
                    out.push(*out.get(at)?);
                }
            }
            _ => return None,
        }
        Some(())
    }

    fn length(&self, code: usize) -> usize {
        if code < CLEAR { 1 } else { self.words[code].1 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Codes of the given widths, highest bit first.
    fn stream(codes: &[(usize, usize)]) -> Vec<u8> {
        let bits = codes
            .iter()
            .flat_map(|&(code, width)| (0..width).rev().map(move |bit| code >> bit & 1));
        let bits: Vec<usize> = bits.collect();
        bits.chunks(8)
            .map(|bits| {
                (0..8).fold(0, |byte, index| {
                    byte << 1 | bits.get(index).map_or(0, |&bit| bit as u8)
                })
            })
            .collect()
    }

    #[test]
    fn a_code_may_stand_for_the_word_that_it_completes() {
        let data = stream(&[(CLEAR, 9), (7, 9), (258, 9), (259, 9), (END, 9)]);
        assert_eq!(unpack(&data, 6).expect("six bytes"), (vec![7; 6], 6));
        assert_eq!(unpack(&data[..5], 6).expect("six bytes"), (vec![7; 6], 5));
        let full = stream(&[
            (CLEAR, 9),
            (7, 9),
            (7, 9),
            (7, 9),
            (7, 9),
            (7, 9),
            (7, 9),
            (END, 9),
        ]);
        assert_eq!(full.len(), 9);
        let longer = [full, vec![0, 0]].concat();
        assert_eq!(unpack(&longer, 6).expect("six bytes").1, 10);
        assert!(unpack(&data, 7).is_err());
        assert!(unpack(&data, 5).is_err());
        assert!(unpack(&stream(&[(CLEAR, 9), (7, 9), (260, 9)]), 2).is_err());
    }

    #[test]
    fn codes_become_wider_one_code_early() {
        // 254 codes make 253 words: the last word is 510, and the next code has ten bits.
        let mut codes = vec![(CLEAR, 9)];
        codes.extend((0..254).map(|code| (code, 9)));
        codes.extend([(510, 10), (END, 10)]);
        let (bytes, used) = unpack(&stream(&codes), 256).expect("bytes");
        assert_eq!(bytes[250..], [250, 251, 252, 253, 252, 253]);
        assert_eq!(used, (255 * 9 + 20usize).div_ceil(8));
    }
}
