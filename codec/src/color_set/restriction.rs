//! Restricts the network's symbols to the colours of a set (`docs/format.md`, *Colour set*).
//!
//! In: logits `[256][lanes]`, the predictions and the earlier samples of the lanes. Out: the logits, 0 where a symbol
//! would make a colour outside the set.

use std::array::from_fn;

#[cfg(target_arch = "x86_64")]
use crate::color_set::restriction_avx2;
use crate::color_set::set::{ColorSet, ValueSet, WORDS};
use crate::model::predictor::SYMBOLS;
use crate::simd::InstructionSet;

/// Lanes that are restricted side by side.
const LANES: usize = 32;

/// The lanes of one channel.
pub(crate) struct ChannelLanes<'a> {
    /// Its number, 0 to 2, in coding order.
    pub(crate) index: usize,
    /// The values that symbol 0 stands for.
    pub(crate) predictions: &'a [u8],
    /// The samples of the first two channels, as far as they are known.
    pub(crate) earlier: [&'a [u8]; 2],
}

impl ColorSet {
    /// Sets the logits of all symbols that lead to no colour of the set to 0.
    pub(crate) fn restrict(&self, channel: &ChannelLanes<'_>, logits: &mut [u8]) {
        let lanes = channel.predictions.len();
        if channel.index == 0 && *self.values(0, [0; 2]) == [u32::MAX; WORDS] {
            return;
        }
        let instructions = InstructionSet::detect();
        for first in (0..lanes).step_by(LANES) {
            // The last lanes may overlap those before. Restricting a lane twice changes nothing.
            let first = first.min(lanes.saturating_sub(LANES));
            let logits = &mut logits[first..];
            match instructions.avx2() {
                #[cfg(target_arch = "x86_64")]
                Some(avx2) => instructions.run(
                    #[inline(always)]
                    || {
                        self.restrict_lanes(
                            channel,
                            first,
                            logits,
                            #[inline(always)]
                            |logits, bits| restriction_avx2::clear(avx2, logits, bits),
                        );
                    },
                ),
                _ => self.restrict_lanes(channel, first, logits, clear),
            }
        }
    }

    /// Restricts up to [`LANES`] lanes from `first` on. `logits` begin with that lane, and `clear` does what
    /// [`clear()`] does.
    #[inline(always)]
    fn restrict_lanes(
        &self,
        channel: &ChannelLanes<'_>,
        first: usize,
        logits: &mut [u8],
        clear: impl Fn(&mut [u8; LANES], u32),
    ) {
        let lanes = channel.predictions.len();
        let mut legal = [[0; WORDS]; LANES];
        for (row, lane) in legal.iter_mut().zip(first..lanes) {
            let earlier = channel
                .earlier
                .map(|samples| *samples.get(lane).unwrap_or(&0));
            let values = self.values(channel.index, earlier);
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

/// Bit `r` of the result is bit `(start + r) mod 256` of the row.
#[inline(always)]
fn rotated(row: &ValueSet, start: usize) -> ValueSet {
    let (words, bits) = (start / 32, start as u32 % 32);
    let twice: [u32; 2 * WORDS + 1] = from_fn(|word| row[word % WORDS]);
    let twice = &twice[words..];
    from_fn(|word| twice[word] >> bits | twice[word + 1].unbounded_shl(32 - bits))
}

/// Clears the logits whose bit is 0.
fn clear(logits: &mut [u8; LANES], bits: u32) {
    for (lane, logit) in logits.iter_mut().enumerate() {
        *logit *= (bits >> lane & 1) as u8;
    }
}

/// Bit `b` of word `w` of row `i` becomes bit `i` of word `w` of row `b`: each word's 32×32 bits change rows and
/// columns.
#[inline(always)]
fn transpose(rows: &mut [ValueSet; LANES]) {
    let (mut size, mut mask) = (16, 0x0000_ffff_u32);
    while size > 0 {
        for pair in (0..LANES / 2).map(|i| i / size * 2 * size + i % size) {
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
    use crate::color_set::cube::ColorCube;

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
                let channel = ChannelLanes {
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
