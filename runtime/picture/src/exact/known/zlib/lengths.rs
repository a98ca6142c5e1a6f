//! How deflate writes the lengths of a code's words, and which words stand for lengths and distances of matches.

/// The symbol that repeats the previous length, 3 to 6 times.
const REPEAT: u8 = 16;
/// The symbols for 3 to 10, and for 11 to 138 words that are not used.
const FEW_ZEROS: u8 = 17;
const MANY_ZEROS: u8 = 18;

/// Further bits of the symbols of lengths of words.
pub(crate) const REPEAT_BITS: [u8; 19] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 3, 7];
/// Further bits of the symbols of lengths, and of distances.
pub(crate) const LENGTH_BITS: [u8; 29] = [
    0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
];
pub(crate) const DISTANCE_BITS: [u8; 30] = [
    0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13,
    13,
];

/// A symbol, and the value of its further bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Symbol {
    pub(crate) number: usize,
    pub(crate) further: u32,
}

/// The symbol of a match's length, less 3.
pub(crate) fn length_symbol(length: u8) -> Symbol {
    match length {
        255 => Symbol {
            number: 28,
            further: 0,
        },
        length => symbol(length.into(), 3),
    }
}

/// The symbol of a match's distance, less 1.
pub(crate) fn distance_symbol(distance: u32) -> Symbol {
    symbol(distance, 2)
}

/// The symbol of a value in a code where 2^(`bits` − 1) symbols have the same number of further bits, and the first
/// twice as many have none.
fn symbol(value: u32, bits: u32) -> Symbol {
    let further = (u32::BITS - value.leading_zeros()).saturating_sub(bits);
    Symbol {
        number: ((further << (bits - 1)) + (value >> further)) as usize,
        further: value & ((1 << further) - 1),
    }
}

/// The lengths of the words of a code, as symbols.
pub(crate) fn runs(lengths: &[u8]) -> Vec<Symbol> {
    let mut symbols = Vec::new();
    let mut rest = lengths;
    let mut before = None;
    while let Some(&length) = rest.first() {
        let most = match (length, before) {
            (0, _) => 138,
            (_, Some(before)) if before == length => 6,
            _ => 7,
        };
        let is_equal = |other: &&u8| **other == length;
        let count = rest.iter().take(most).take_while(is_equal).count();
        push_run(length, count, before == Some(length), &mut symbols);
        before = Some(length);
        rest = &rest[count..];
    }
    symbols
}

fn push_run(length: u8, count: usize, is_repeated: bool, symbols: &mut Vec<Symbol>) {
    let mut push = |number: u8, further: usize| {
        symbols.push(Symbol {
            number: number.into(),
            further: further as u32,
        });
    };
    let least = if length == 0 || is_repeated { 3 } else { 4 };
    match (length, count) {
        (_, count) if count < least => (0..count).for_each(|_| push(length, 0)),
        (0, 3..=10) => push(FEW_ZEROS, count - 3),
        (0, _) => push(MANY_ZEROS, count - 11),
        (_, _) if is_repeated => push(REPEAT, count - 3),
        _ => {
            push(length, 0);
            push(REPEAT, count - 4);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn symbols_have_the_ranges_of_the_format() {
        let of_length = |length| {
            let Symbol { number, further } = length_symbol(length);
            (number + 257, further)
        };
        for (length, symbol) in [
            (3, (257, 0)),
            (10, (264, 0)),
            (11, (265, 0)),
            (12, (265, 1)),
            (130, (280, 15)),
            (131, (281, 0)),
            (257, (284, 30)),
            (258, (285, 0)),
        ] {
            assert_eq!(of_length((length - 3) as u8), symbol, "{length}");
        }
        for (distance, symbol) in [
            (1, (0, 0)),
            (4, (3, 0)),
            (5, (4, 0)),
            (6, (4, 1)),
            (4097, (24, 0)),
            (32768, (29, 8191)),
        ] {
            let Symbol { number, further } = distance_symbol(distance - 1);
            assert_eq!((number, further), symbol, "{distance}");
        }
    }
}
