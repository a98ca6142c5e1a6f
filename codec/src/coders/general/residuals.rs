//! Samples as differences to a prediction (`docs/format.md`, *General coder*, *Residuals*).

use super::Escape;
use super::around_tile::{Near, stir_pixels};
use super::blend::{Blend, PlaneNear};
use super::opinions::{Opinions, stir};
use super::repeats::Expected;
use crate::coders::adaptive::bit_length;
use crate::entropy::bit_coder::BitCoder;
use crate::entropy::counter::Counter;

const CONTEXTS: usize = 8;
/// Kinds of decisions that have mixers of their own: zero, sign, ten lengths, two bits.
const KINDS: usize = 14;
const LEVELS: usize = 5;
/// Bits of the longest residual.
const LONGEST: usize = 17;

/// Everything about residuals that a component learns.
pub(crate) struct Residuals<const N: usize> {
    largest: i32,
    opinions: Opinions<CONTEXTS>,
    planes: [Plane; N],
}

struct Plane {
    blend: Blend,
    /// `errors[x + 1]`: how wrong the prediction of column x was, of this row to the west, else of the row above.
    errors: Vec<u16>,
    north_west: u16,
    lower_bits: [[Counter; LONGEST]; LONGEST],
}

/// The planes in coding order: alpha, green, red, blue.
fn order<const N: usize>() -> [usize; N] {
    const ORDERS: [&[usize]; 5] = [&[], &[0], &[1, 0], &[1, 0, 2], &[3, 1, 0, 2]];
    std::array::from_fn(|index| ORDERS[N][index])
}

/// 0 for 0; two steps for each doubling.
fn level(value: u32) -> u32 {
    match bit_length(value) as u32 {
        0 => 0,
        1 => 1,
        length => 2 * (length - 1) + (value >> (length - 2) & 1),
    }
}

fn signed_level(value: i32) -> u32 {
    level(value.unsigned_abs()) << 1 | u32::from(value < 0)
}

impl<const N: usize> Residuals<N> {
    /// For samples in `0..=largest`.
    pub(crate) fn new(bits: u32, largest: u16) -> Residuals<N> {
        Residuals {
            largest: largest.into(),
            opinions: Opinions::new(bits, KINDS * LEVELS * N),
            planes: std::array::from_fn(|_| Plane {
                blend: Blend::new(),
                errors: Vec::new(),
                north_west: 0,
                lower_bits: [[Counter::EVEN; LONGEST]; LONGEST],
            }),
        }
    }

    #[expect(clippy::too_many_arguments)]
    fn contexts(
        &self,
        plane: usize,
        x: usize,
        near: &Near<N>,
        own: &PlaneNear,
        expected: &Expected<N>,
        prediction: i32,
        known: u32,
        earlier: u32,
    ) -> ([u32; CONTEXTS], u32) {
        let state = &self.planes[plane];
        let errors = [
            state.errors[x],
            state.errors[x + 1],
            state.errors[x + 2],
            state.north_west,
        ]
        .map(u32::from);
        let activity = level(2 * errors[0] + 2 * errors[1] + errors[2] + errors[3]);
        let seed = stir(plane as u32, 77);
        let likely = expected.matched.unwrap_or(expected.guess)[plane];
        let sure = match expected.matched {
            Some(_) => 4 + expected.length,
            None => expected.confidence,
        };
        let contexts = [
            stir(seed, activity),
            stir(stir(seed, 1), level(errors[0]) << 8 | level(errors[1])),
            stir(stir(seed, 2 + activity / 2), earlier),
            stir_pixels(stir(known, 3), &[near.w]),
            stir_pixels(stir(known, 4), &[near.w, near.n]),
            stir(
                stir(seed, 5),
                signed_level(prediction - own.w) << 16
                    | signed_level(prediction - own.n) << 8
                    | signed_level(own.n - own.nw),
            ),
            stir(
                stir(seed, 6 + (sure << 8)),
                (i32::from(likely) - prediction) as u32,
            ),
            stir(stir(known, 7), prediction as u32),
        ];
        (contexts, activity)
    }

    /// Zero or not, the sign, the length of `|residual| − 1`, its bits below the highest.
    fn code_residual<C: BitCoder>(
        &mut self,
        coder: &mut C,
        plane: usize,
        contexts: &[u32; CONTEXTS],
        activity: u32,
        prediction: i32,
        residual: i32,
    ) -> Result<i32, C::Error> {
        let band = (activity as usize / 6).min(LEVELS - 1);
        let mixer = |kind: usize| (plane * KINDS + kind) * LEVELS + band;
        let opinions = &mut self.opinions;
        if !opinions.code(coder, residual != 0, contexts, 0, mixer(0))? {
            return Ok(0);
        }
        let negative = match prediction {
            0 => false,
            highest if highest == self.largest => true,
            _ => opinions.code(coder, residual < 0, contexts, 1, mixer(1))?,
        };
        let rest = residual.unsigned_abs().wrapping_sub(1);
        let longest = bit_length(self.largest as u32);
        let (actual, mut length) = (bit_length(rest), 0);
        while length < longest
            && opinions.code(
                coder,
                actual > length,
                contexts,
                2 + length as u32,
                mixer(2 + length.min(9)),
            )?
        {
            length += 1;
        }
        let mut value = u32::from(length > 0);
        for (count, bit) in (0..length.saturating_sub(1)).rev().enumerate() {
            let wanted = rest >> bit & 1 != 0;
            let one = match count {
                0 => opinions.code(coder, wanted, contexts, 20 + length as u32, mixer(12))?,
                1 => {
                    let node = 40 + 2 * length as u32 + (value & 1);
                    opinions.code(coder, wanted, contexts, node, mixer(13))?
                }
                _ => coder.code(wanted, &mut self.planes[plane].lower_bits[length - 1][bit])?,
            };
            value = value << 1 | u32::from(one);
        }
        let magnitude = value as i32 + 1;
        Ok(if negative { -magnitude } else { magnitude })
    }
}

impl<const N: usize> Escape<N> for Residuals<N> {
    fn start_tile(&mut self, width: usize) {
        for plane in &mut self.planes {
            plane.blend.start_tile(width);
            plane.errors.clear();
            plane.errors.resize(width + 2, 0);
            plane.north_west = 0;
        }
    }

    /// The pixel of column `x` was known at once.
    fn skip(&mut self, x: usize) {
        for plane in &mut self.planes {
            plane.blend.skip(x);
            plane.store(x, 0);
        }
    }

    fn code<C: BitCoder>(
        &mut self,
        coder: &mut C,
        near: &Near<N>,
        expected: &Expected<N>,
        x: usize,
        pixel: [u16; N],
    ) -> Result<[u16; N], C::Error> {
        let mut coded = [0; N];
        let mut known = stir(0, N as u32);
        let (mut earlier, mut before) = (0, None);
        for plane in order::<N>() {
            let own = PlaneNear::of(near, plane);
            let other = before.map(|(sample, plane)| (sample, PlaneNear::of(near, plane)));
            let other = other.as_ref().map(|(sample, near)| (*sample, near));
            let prediction = self.planes[plane]
                .blend
                .predict(x, &own, other, self.largest);
            let (contexts, activity) =
                self.contexts(plane, x, near, &own, expected, prediction, known, earlier);
            let sample = i32::from(pixel[plane]);
            let residual = self.code_residual(
                coder,
                plane,
                &contexts,
                activity,
                prediction,
                sample - prediction,
            )?;
            let sample = prediction + residual;
            coder.require((0..=self.largest).contains(&sample))?;
            coded[plane] = sample as u16;
            let state = &mut self.planes[plane];
            state.blend.note(x, sample);
            state.store(x, residual.unsigned_abs() as u16);
            known = stir(known, sample as u32);
            earlier = (earlier << 8) | (signed_level(residual) + 1);
            before = Some((sample, plane));
        }
        Ok(coded)
    }
}

impl Plane {
    fn store(&mut self, x: usize, error: u16) {
        self.north_west = std::mem::replace(&mut self.errors[x + 1], error);
        if x + 3 == self.errors.len() {
            self.north_west = 0;
        }
    }
}
