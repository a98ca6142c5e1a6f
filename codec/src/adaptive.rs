//! The adaptive coder: planes that no model covers (alpha) and pictures drawn by programs.
//!
//! In: the pixels of a tile and a [`BitCoder`]. Out: binary decisions with adaptive chances (`docs/format.md`, *Adaptive
//! coder*). One piece of code encodes and decodes: a [`BitCoder`] answers each decision, and the answer is what counts.

use crate::frequencies::PRECISION;
use crate::prediction::{base, carry};
use crate::range_coder::{IntervalDecoder, IntervalEncoder, InvalidStream, decision};

/// Decisions after which a chance stops growing more rigid.
const RIGID: u32 = 254;
/// Candidates for a whole pixel: west, north, guess, north-east, north-west.
const CANDIDATES: usize = 5;
const GUESS: usize = 2;
const GUESSES: usize = 1 << 12;
const MOST_CONFIDENT: u8 = 3;
/// Kinds of "is it this one?": the four neighbours, then the guess by its confidence.
const KINDS: usize = CANDIDATES + MOST_CONFIDENT as usize;
const ACTIVITIES: usize = 10;
const CARRIED: usize = 4;
/// Bits of the largest folded residual.
const CATEGORIES: usize = 8;

/// An adaptive probability.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Chance {
    /// Probability of `false`, of 2^24; never 0 nor 2^24.
    zero: u32,
    /// Decisions seen, at most [`RIGID`].
    seen: u32,
}

impl Chance {
    const EVEN: Chance = Chance {
        zero: 1 << (PRECISION - 1),
        seen: 0,
    };

    #[inline]
    fn update(&mut self, bit: bool) {
        let divisor = self.seen + 2;
        if bit {
            self.zero -= self.zero / divisor;
        } else {
            self.zero += ((1 << PRECISION) - self.zero) / divisor;
        }
        self.seen = RIGID.min(self.seen + 1);
    }
}

/// Encodes decisions or decodes them.
pub(crate) trait BitCoder {
    /// Codes a decision: an encoder writes `bit` and returns it; a decoder ignores `bit` and returns what it reads.
    fn code(&mut self, bit: bool, chance: &mut Chance) -> Result<bool, InvalidStream>;
}

impl BitCoder for IntervalEncoder {
    #[inline]
    fn code(&mut self, bit: bool, chance: &mut Chance) -> Result<bool, InvalidStream> {
        self.encode(decision(bit, chance.zero));
        chance.update(bit);
        Ok(bit)
    }
}

impl BitCoder for IntervalDecoder<'_> {
    #[inline]
    fn code(&mut self, _: bool, chance: &mut Chance) -> Result<bool, InvalidStream> {
        let bit = self.decision(chance.zero)?;
        chance.update(bit);
        Ok(bit)
    }
}

/// The pixels around the one being coded. A pixel outside the tile is replaced by its nearest neighbour inside.
struct Around<const N: usize> {
    west: [u8; N],
    north: [u8; N],
    north_west: [u8; N],
    north_east: [u8; N],
    west_west: [u8; N],
    north_north: [u8; N],
}

impl<const N: usize> Around<N> {
    fn new(pixels: &[[u8; N]], width: usize, at: usize) -> Around<N> {
        let (x, above) = (at % width, at >= width);
        let north = if above {
            Some(pixels[at - width])
        } else {
            None
        };
        let west = if x > 0 {
            pixels[at - 1]
        } else {
            north.unwrap_or([0; N])
        };
        let north = north.unwrap_or(west);
        Around {
            west,
            north,
            north_west: if above && x > 0 {
                pixels[at - width - 1]
            } else {
                north
            },
            north_east: if above && x + 1 < width {
                pixels[at - width + 1]
            } else {
                north
            },
            west_west: if x > 1 { pixels[at - 2] } else { west },
            north_north: if at >= 2 * width {
                pixels[at - 2 * width]
            } else {
                north
            },
        }
    }

    /// Which neighbours are equal, in 6 bits.
    fn equalities(&self) -> usize {
        let equal = [
            self.west == self.north,
            self.north == self.north_west,
            self.north == self.north_east,
            self.west == self.west_west,
            self.north == self.north_north,
            self.west == self.north_west,
        ];
        equal
            .iter()
            .rev()
            .fold(0, |bits, &bit| bits << 1 | usize::from(bit))
    }

    /// Where the guess for these neighbours is kept.
    fn slot(&self) -> usize {
        let neighbours = [self.west, self.north, self.north_west, self.north_east];
        let hash = neighbours.iter().flatten().fold(0u32, |hash, &sample| {
            (hash ^ u32::from(sample)).wrapping_mul(0x0100_0193)
        });
        (hash.wrapping_mul(0x9e37_79b1) >> (32 - GUESSES.ilog2())) as usize
    }

    fn base(&self, channel: usize) -> i16 {
        base(
            self.west[channel].into(),
            self.north[channel].into(),
            self.north_west[channel].into(),
        )
    }

    /// How much the neighbours differ, 0 to 9.
    fn activity(&self, channel: usize) -> usize {
        let difference = |a: &[u8; N], b: &[u8; N]| u32::from(a[channel].abs_diff(b[channel]));
        let sum = difference(&self.west, &self.north_west)
            + difference(&self.north, &self.north_west)
            + difference(&self.north_east, &self.north);
        bit_length(sum).min(ACTIVITIES - 1)
    }
}

fn bit_length(value: u32) -> usize {
    (u32::BITS - value.leading_zeros()) as usize
}

/// What was seen last after four neighbours, and how often in a row.
#[derive(Clone, Copy)]
struct Guess<const N: usize> {
    pixel: [u8; N],
    confidence: u8,
}

/// Everything the coder has learned; it lasts as long as a group.
pub(crate) struct Learned<const N: usize> {
    hits: [[Chance; 64]; KINDS],
    guesses: Vec<Guess<N>>,
    categories: [[[[Chance; CATEGORIES]; CARRIED]; ACTIVITIES]; N],
    residuals: [[[Chance; 1 << (CATEGORIES - 1)]; CATEGORIES]; N],
}

impl<const N: usize> Learned<N> {
    pub(crate) fn new() -> Learned<N> {
        let unseen = Guess {
            pixel: [0; N],
            confidence: 0,
        };
        Learned {
            hits: [[Chance::EVEN; 64]; KINDS],
            guesses: vec![unseen; GUESSES],
            categories: [[[[Chance::EVEN; CATEGORIES]; CARRIED]; ACTIVITIES]; N],
            residuals: [[[Chance::EVEN; 1 << (CATEGORIES - 1)]; CATEGORIES]; N],
        }
    }

    /// Codes the pixels of a tile in raster order. An encoder finds them in `pixels`; a decoder leaves them there.
    pub(crate) fn code_tile<C: BitCoder>(
        &mut self,
        coder: &mut C,
        width: usize,
        pixels: &mut [[u8; N]],
    ) -> Result<(), InvalidStream> {
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
    ) -> Result<[u8; N], InvalidStream> {
        let slot = around.slot();
        let guess = self.guesses[slot];
        let coded = match self.code_candidates(coder, around, guess, pixel)? {
            Some(hit) => hit,
            None => self.code_residuals(coder, around, pixel)?,
        };
        self.guesses[slot] = if coded == guess.pixel {
            Guess {
                pixel: coded,
                confidence: MOST_CONFIDENT.min(guess.confidence + 1),
            }
        } else {
            Guess {
                pixel: coded,
                confidence: 0,
            }
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
    ) -> Result<Option<[u8; N]>, InvalidStream> {
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
            let chance = &mut self.hits[kind][equalities];
            if coder.code(pixel == *candidate, chance)? {
                return Ok(Some(*candidate));
            }
        }
        Ok(None)
    }

    /// Each sample as its difference to the prediction.
    fn code_residuals<C: BitCoder>(
        &mut self,
        coder: &mut C,
        around: &Around<N>,
        pixel: [u8; N],
    ) -> Result<[u8; N], InvalidStream> {
        let (mut coded, mut own, mut carried) = ([0; N], [0i16; 2], 0);
        for channel in 0..N {
            let base = around.base(channel);
            let prediction = carry(channel, base, own);
            let activity = around.activity(channel);
            let folded = fold(pixel[channel].wrapping_sub(prediction));
            let folded = self.code_folded(coder, channel, [activity, carried], folded)?;
            coded[channel] = prediction.wrapping_add(unfold(folded));
            carried = bit_length(folded.into()).div_ceil(2).min(CARRIED - 1);
            if let Some(own) = own.get_mut(channel) {
                *own = i16::from(coded[channel]) - base;
            }
        }
        Ok(coded)
    }

    /// A number below 256: its bit length in unary, then the bits below the highest, from the top.
    fn code_folded<C: BitCoder>(
        &mut self,
        coder: &mut C,
        channel: usize,
        [activity, carried]: [usize; 2],
        folded: u8,
    ) -> Result<u8, InvalidStream> {
        let chances = &mut self.categories[channel][activity][carried];
        let wanted = bit_length(folded.into());
        let mut length = 0;
        while length < CATEGORIES && coder.code(wanted > length, &mut chances[length])? {
            length += 1;
        }
        if length == 0 {
            return Ok(0);
        }
        let mut node = 1usize;
        for shift in (0..length - 1).rev() {
            let bit = folded >> shift & 1 == 1;
            let chance = &mut self.residuals[channel][length - 1][node];
            node = node << 1 | usize::from(coder.code(bit, chance)?);
        }
        Ok(node as u8)
    }
}

/// 0, −1, 1, −2, 2 … to 0, 1, 2, 3, 4 …
fn fold(residual: u8) -> u8 {
    (residual << 1) ^ ((residual as i8 >> 7) as u8)
}

fn unfold(folded: u8) -> u8 {
    (folded >> 1) ^ (folded & 1).wrapping_neg()
}
