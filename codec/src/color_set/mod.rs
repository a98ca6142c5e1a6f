//! Takes symbols out of the network's hands that make no colour of the image's colour set (`docs/format.md`, *Colour set*).
//!
//! In: logits `[256][lanes]`, the predictions and the earlier samples of the lanes. Out: the logits, 0 where the value is in no colour.

pub(crate) mod cube;
pub(crate) mod gain;

#[cfg(target_arch = "x86_64")]
mod restriction_avx2;

use std::array::from_fn;

use crate::color_set::cube::ColorCube;
use crate::model::predictor::SYMBOLS;

/// Lanes that are looked at side by side.
const BLOCK: usize = 32;
/// Words of a row of bits.
const WORDS: usize = SYMBOLS / u32::BITS as usize;

/// Bit `v` says whether a sample may be `v`.
type Row = [u32; WORDS];

/// What a sample may be, by the earlier samples of its pixel.
pub(crate) struct ColorSet {
    /// For the first sample; then, by the first, for the second; then, by the first and the second, for the third.
    rows: Vec<Row>,
}

/// The lanes of one channel.
pub(crate) struct Channel<'a> {
    /// Which of the three, in coding order.
    pub(crate) index: usize,
    /// What symbol 0 stands for.
    pub(crate) predictions: &'a [u8],
    /// The first two channels' samples, as far as they are known.
    pub(crate) earlier: [&'a [u8]; 2],
}

impl ColorSet {
    const ROWS: usize = 1 + SYMBOLS + SYMBOLS * SYMBOLS;
    /// Bytes of memory.
    pub(crate) const BYTES: u64 = (ColorSet::ROWS * size_of::<Row>()) as u64;

    /// For planes that are coded in `order`.
    pub(crate) fn new(cube: &ColorCube, order: [usize; 3]) -> ColorSet {
        let mut rows = vec![[0; WORDS]; ColorSet::ROWS];
        cube.each(|color| {
            let samples = order.map(|plane| color[plane]);
            for (channel, &sample) in samples.iter().enumerate() {
                let row = &mut rows[row_of(channel, [samples[0], samples[1]])];
                row[usize::from(sample) / 32] |= 1 << (sample % 32);
            }
        });
        if is_one_run(&rows[0]) {
            rows[0] = [u32::MAX; WORDS];
        }
        ColorSet { rows }
    }

    /// Whether a sample of a channel, after the earlier ones, may be `value`.
    pub(crate) fn allows(&self, channel: usize, earlier: [u8; 2], value: u8) -> bool {
        let row = &self.rows[row_of(channel, earlier)];
        row[usize::from(value) / 32] >> (value % 32) & 1 != 0
    }

    /// Sets the logits of all symbols that make no colour of the set to 0.
    pub(crate) fn restrict(&self, channel: &Channel<'_>, logits: &mut [u8]) {
        let lanes = channel.predictions.len();
        if channel.index == 0 && self.rows[0] == [u32::MAX; WORDS] {
            return;
        }
        for first in (0..lanes).step_by(BLOCK) {
            // The last block may begin before the end of the one before; to look at a lane twice changes nothing.
            let first = first.min(lanes.saturating_sub(BLOCK));
            #[cfg(target_arch = "x86_64")]
            if is_x86_feature_detected!("avx2") {
                restriction_avx2::restrict_detected(self, channel, first, &mut logits[first..]);
                continue;
            }
            self.restrict_block(channel, first, &mut logits[first..], clear);
        }
    }

    /// Restricts up to [`BLOCK`] lanes from `first` on; `logits` begin with that lane, and `clear` is [`clear()`].
    #[inline(always)]
    fn restrict_block(
        &self,
        channel: &Channel<'_>,
        first: usize,
        logits: &mut [u8],
        clear: impl Fn(&mut [u8; BLOCK], u32),
    ) {
        let lanes = channel.predictions.len();
        let mut legal = [[0; WORDS]; BLOCK];
        for (row, lane) in legal.iter_mut().zip(first..lanes) {
            let earlier = channel
                .earlier
                .map(|samples| *samples.get(lane).unwrap_or(&0));
            let values = &self.rows[row_of(channel.index, earlier)];
            *row = rotated(values, channel.predictions[lane].into());
        }
        transpose(&mut legal);
        for (symbol, row) in logits.chunks_mut(lanes).take(SYMBOLS).enumerate() {
            let bits = legal[symbol % 32][symbol / 32];
            match row.first_chunk_mut() {
                Some(row) => clear(row, bits),
                None => {
                    for (lane, logit) in row.iter_mut().enumerate() {
                        *logit *= (bits >> lane & 1) as u8;
                    }
                }
            }
        }
    }
}

/// Whether the bits that are set stand side by side.
fn is_one_run(row: &Row) -> bool {
    let bits: Vec<usize> = (0..SYMBOLS)
        .filter(|v| row[v / 32] >> (v % 32) & 1 != 0)
        .collect();
    bits.last()
        .zip(bits.first())
        .is_some_and(|(last, first)| last - first + 1 == bits.len())
}

fn row_of(channel: usize, [first, second]: [u8; 2]) -> usize {
    let (first, second) = (usize::from(first), usize::from(second));
    match channel {
        0 => 0,
        1 => 1 + first,
        _ => 1 + SYMBOLS + first * SYMBOLS + second,
    }
}

/// Bit `r` of the result is bit `(start + r) mod 256` of the row.
#[inline(always)]
fn rotated(row: &Row, start: usize) -> Row {
    let (words, bits) = (start / 32, start as u32 % 32);
    let twice: [u32; 2 * WORDS + 1] = from_fn(|word| row[word % WORDS]);
    let twice = &twice[words..];
    from_fn(|word| twice[word] >> bits | twice[word + 1].unbounded_shl(32 - bits))
}

/// Sets the logits to 0 whose bit is 0.
fn clear(logits: &mut [u8; BLOCK], bits: u32) {
    for (lane, logit) in logits.iter_mut().enumerate() {
        *logit *= (bits >> lane & 1) as u8;
    }
}

/// Bit `b` of word `w` of row `i` becomes bit `i` of word `w` of row `b`: each word's 32×32 bits change rows and columns.
#[inline(always)]
fn transpose(rows: &mut [Row; BLOCK]) {
    let (mut size, mut mask) = (16, 0x0000_ffff_u32);
    while size > 0 {
        for pair in (0..BLOCK / 2).map(|i| i / size * 2 * size + i % size) {
            let (upper, lower) = rows.split_at_mut(pair + size);
            let (upper, lower) = (&mut upper[pair], &mut lower[0]);
            for (a, b) in upper.iter_mut().zip(lower) {
                let moved = (*a >> size ^ *b) & mask;
                *b ^= moved;
                *a ^= moved << size;
            }
        }
        size /= 2;
        mask ^= mask << size;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_legal_symbols_keep_their_logits() {
        let colors: Vec<[u8; 3]> = (0..3000_u32)
            .map(|i| [i * 7, i * i + i / 5, i * 31 / 8].map(|v| v as u8))
            .collect();
        let cube = ColorCube::of(colors.iter().copied());
        let order = [1, 0, 2];
        let set = ColorSet::new(&cube, order);
        for lanes in [1, 7, 31, 32, 33, 95] {
            let samples = |channel: usize| -> Vec<u8> {
                (0..lanes)
                    .map(|lane| colors[lane * 13][order[channel]])
                    .collect()
            };
            let [first, second] = [0, 1].map(samples);
            let predictions: Vec<u8> = (0..lanes).map(|lane| (lane * 83) as u8).collect();
            for index in 0..3 {
                let mut logits: Vec<u8> =
                    (0..SYMBOLS * lanes).map(|i| (i % 251) as u8 + 1).collect();
                let before = logits.clone();
                let channel = Channel {
                    index,
                    predictions: &predictions,
                    earlier: [&first, &second],
                };
                set.restrict(&channel, &mut logits);
                for (at, (&logit, &before)) in logits.iter().zip(&before).enumerate() {
                    let (symbol, lane) = (at / lanes, at % lanes);
                    let value = predictions[lane].wrapping_add(symbol as u8);
                    let known = [first[lane], second[lane]];
                    let is_legal = colors.iter().any(|color| {
                        color[order[index]] == value
                            && (0..index).all(|k| color[order[k]] == known[k])
                    });
                    assert_eq!(logit, if is_legal { before } else { 0 });
                }
            }
        }
    }
}
