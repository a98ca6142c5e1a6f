//! The adaptive coder: planes that no model covers (alpha) and pictures drawn by programs.
//!
//! In: the pixels of a tile and a [`BitCoder`]. Out: binary decisions with adaptive chances (`docs/format.md`, *Adaptive
//! coder*). One piece of code encodes and decodes: a [`BitCoder`] answers each decision, and the answer is what counts.

mod around;
mod numbers;
mod color_list;

use self::around::Around;
use self::color_list::ColorList;
pub(crate) use self::color_list::MOST_COLORS;
pub(crate) use self::numbers::bit_length;
use self::numbers::{EVEN_LOWER_BITS, Lengths, LowerBits, NUMBER_BITS, code_number};
use crate::entropy::bit_coder::BitCoder;
use crate::entropy::counter::Counter;
use crate::model::prediction::carry;

/// Candidates for a whole pixel: west, north, guess, north-east, north-west.
const CANDIDATES: usize = 5;
const GUESS: usize = 2;
const GUESSES: usize = 1 << 12;
const MOST_CONFIDENT: u8 = 3;
/// Kinds of "is it this one?": the four neighbours, then the guess by its confidence.
const KINDS: usize = CANDIDATES + MOST_CONFIDENT as usize;
const ACTIVITIES: usize = 10;
const CARRIED: usize = 4;

/// What was seen last after four neighbours, and how often in a row.
#[derive(Clone, Copy)]
struct Guess<const N: usize> {
    pixel: [u8; N],
    confidence: u8,
}

/// Everything the coder has learned; it lasts as long as a group.
pub(crate) struct Learned<const N: usize> {
    hits: [[Counter; 64]; KINDS],
    guesses: Vec<Guess<N>>,
    categories: [[[Lengths; CARRIED]; ACTIVITIES]; N],
    residuals: [LowerBits; N],
    listed: Option<ColorList<N>>,
}

impl<const N: usize> Learned<N> {
    /// Begins a component: whether colours are listed is its first decision.
    pub(crate) fn start<C: BitCoder>(coder: &mut C, listed: bool) -> Result<Learned<N>, C::Error> {
        let listed = coder.code(listed, &mut { Counter::EVEN })?;
        Ok(Learned {
            listed: listed.then(ColorList::new),
            ..Learned::new()
        })
    }

    fn new() -> Learned<N> {
        let unseen = Guess {
            pixel: [0; N],
            confidence: 0,
        };
        Learned {
            hits: [[Counter::EVEN; 64]; KINDS],
            guesses: vec![unseen; GUESSES],
            categories: [[[[Counter::EVEN; NUMBER_BITS]; CARRIED]; ACTIVITIES]; N],
            residuals: [EVEN_LOWER_BITS; N],
            listed: None,
        }
    }

    /// Codes the pixels of a tile in raster order. An encoder finds them in `pixels`; a decoder leaves them there.
    pub(crate) fn code_tile<C: BitCoder>(
        &mut self,
        coder: &mut C,
        width: usize,
        pixels: &mut [[u8; N]],
    ) -> Result<(), C::Error> {
        for at in 0..pixels.len() {
            let around = Around::new(pixels, width, at);
            pixels[at] = self.code_pixel(coder, &around, pixels[at])?;
        }
        Ok(())
    }

    fn code_pixel<C: BitCoder>(
        &mut self,
        coder: &mut C,
        around: &Around<N>,
        pixel: [u8; N],
    ) -> Result<[u8; N], C::Error> {
        let slot = around.slot();
        let guess = self.guesses[slot];
        let coded = match self.code_candidates(coder, around, guess, pixel)? {
            Some(hit) => hit,
            None => self.code_escape(coder, around, pixel)?,
        };
        if let Some(listed) = &mut self.listed {
            listed.note(coded);
        }
        let confidence = match coded == guess.pixel {
            true => MOST_CONFIDENT.min(guess.confidence + 1),
            false => 0,
        };
        self.guesses[slot] = Guess {
            pixel: coded,
            confidence,
        };
        Ok(coded)
    }

    /// "Is it this one?" for each distinct candidate, until the answer is yes.
    fn code_candidates<C: BitCoder>(
        &mut self,
        coder: &mut C,
        around: &Around<N>,
        guess: Guess<N>,
        pixel: [u8; N],
    ) -> Result<Option<[u8; N]>, C::Error> {
        let equalities = around.equalities();
        let candidates = [
            around.west,
            around.north,
            guess.pixel,
            around.north_east,
            around.north_west,
        ];
        for (index, candidate) in candidates.iter().enumerate() {
            if candidates[..index].contains(candidate) {
                continue;
            }
            let kind = match index {
                GUESS => CANDIDATES - 1 + usize::from(guess.confidence),
                before if before < GUESS => before,
                after => after - 1,
            };
            let counter = &mut self.hits[kind][equalities];
            if coder.code(pixel == *candidate, counter)? {
                return Ok(Some(*candidate));
            }
        }
        Ok(None)
    }

    fn code_escape<C: BitCoder>(
        &mut self,
        coder: &mut C,
        around: &Around<N>,
        pixel: [u8; N],
    ) -> Result<[u8; N], C::Error> {
        if let Some(listed) = &mut self.listed
            && let Some(color) =
                listed.code(coder, around.equalities().count_ones() as usize, pixel)?
        {
            return Ok(color);
        }
        self.code_residuals(coder, around, pixel)
    }

    /// Each sample as its difference to the prediction.
    fn code_residuals<C: BitCoder>(
        &mut self,
        coder: &mut C,
        around: &Around<N>,
        pixel: [u8; N],
    ) -> Result<[u8; N], C::Error> {
        let (mut coded, mut own, mut carried) = ([0; N], [0i16; 2], 0);
        for channel in 0..N {
            let base = around.base(channel);
            let prediction = carry(channel, base, own);
            let activity = around.activity(channel);
            let folded = fold(pixel[channel].wrapping_sub(prediction));
            let lengths = &mut self.categories[channel][activity][carried];
            let folded = code_number(coder, lengths, &mut self.residuals[channel], folded)?;
            coded[channel] = prediction.wrapping_add(unfold(folded));
            carried = bit_length(folded.into()).div_ceil(2).min(CARRIED - 1);
            if let Some(own) = own.get_mut(channel) {
                *own = i16::from(coded[channel]) - base;
            }
        }
        Ok(coded)
    }
}

/// 0, −1, 1, −2, 2 … to 0, 1, 2, 3, 4 …
fn fold(residual: u8) -> u8 {
    (residual << 1) ^ ((residual as i8 >> 7) as u8)
}

fn unfold(folded: u8) -> u8 {
    (folded >> 1) ^ (folded & 1).wrapping_neg()
}
