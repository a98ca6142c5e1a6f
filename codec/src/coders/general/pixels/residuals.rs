//! Samples as differences to a prediction (`docs/format.md`, *General method*, *Mixed residuals*).
//!
//! In: a pixel that equals no candidate, and what surrounds it. Out: the pixel, plane after plane.

use std::ops::Range;

use crate::coders::general::pixels::escape::{Escape, PixelContext};
use crate::coders::general::pixels::plane_predictor::PlanePredictor;
use crate::coders::general::pixels::residual_contexts::{
    CONTEXTS, EarlierSamples, NearbyErrors, contexts,
};
use crate::coders::mixing::context_mixer::ContextMixer;
use crate::coders::numbers::bit_length;
use crate::entropy::bit_coder::BitCoder;
use crate::entropy::counter::Counter;

/// Kinds of decisions, which have weight sets of their own: zero, sign, ten lengths, two bits.
const KINDS: usize = 14;
const SIGN: usize = 1;
const FIRST_LENGTH: usize = 2;
const LENGTHS: usize = 10;
const FIRST_BIT: usize = 12;
const SECOND_BIT: usize = 13;
/// Classes of activity, which have weight sets of their own.
const ACTIVITIES: usize = 5;
/// Nodes of the first and of the second bit below the highest.
const FIRST_BIT_NODE: u32 = 20;
const SECOND_BIT_NODE: u32 = 40;
/// Bits of the longest residual.
const MAX_LENGTH: usize = 17;

/// Everything about residuals that a component learns.
pub(crate) struct Residuals<const N: usize> {
    largest: i32,
    mixer: ContextMixer<CONTEXTS>,
    planes: [PlaneState; N],
}

/// What is learned of one plane, and what its latest rows leave.
struct PlaneState {
    predictor: PlanePredictor,
    errors: NearbyErrors,
    lower_bits: [[Counter; MAX_LENGTH]; MAX_LENGTH],
}

/// A sample whose residual is coded.
struct ResidualSample {
    plane: usize,
    prediction: i32,
    contexts: [u32; CONTEXTS],
    /// The class of activity.
    activity: usize,
}

impl ResidualSample {
    fn weight_set(&self, kind: usize) -> usize {
        (self.plane * KINDS + kind) * ACTIVITIES + self.activity
    }
}

/// The planes in coding order: alpha, green, red, blue.
fn order<const N: usize>() -> [usize; N] {
    const ORDERS: [&[usize]; 5] = [&[], &[0], &[1, 0], &[1, 0, 2], &[3, 1, 0, 2]];
    std::array::from_fn(|index| ORDERS[N][index])
}

impl<const N: usize> Residuals<N> {
    /// For samples in `0..=largest`, with tables of `2^bits` slots.
    pub(crate) fn new(bits: u32, largest: u16) -> Residuals<N> {
        Residuals {
            largest: largest.into(),
            mixer: ContextMixer::new(bits, KINDS * ACTIVITIES * N),
            planes: std::array::from_fn(|_| PlaneState {
                predictor: PlanePredictor::new(),
                errors: NearbyErrors::new(),
                lower_bits: [[Counter::EVEN; MAX_LENGTH]; MAX_LENGTH],
            }),
        }
    }

    /// Whether the residual is 0, its sign, then its magnitude.
    fn code_residual<C: BitCoder>(
        &mut self,
        coder: &mut C,
        sample: &ResidualSample,
        residual: i32,
    ) -> Result<i32, C::Error> {
        if !self.decide(coder, sample, residual != 0, 0, 0)? {
            return Ok(0);
        }
        let is_negative = match sample.prediction {
            0 => false,
            highest if highest == self.largest => true,
            _ => self.decide(coder, sample, residual < 0, 1, SIGN)?,
        };
        let rest = residual.unsigned_abs().wrapping_sub(1);
        let length = self.code_length(coder, sample, rest)?;
        let magnitude = self.code_bits(coder, sample, rest, length)? as i32 + 1;
        Ok(if is_negative { -magnitude } else { magnitude })
    }

    /// The number of bits of `rest`, in unary.
    fn code_length<C: BitCoder>(
        &mut self,
        coder: &mut C,
        sample: &ResidualSample,
        rest: u32,
    ) -> Result<usize, C::Error> {
        let (longest, actual) = (bit_length(self.largest as u32), bit_length(rest));
        for length in 0..longest {
            let node = FIRST_LENGTH + length;
            let kind = FIRST_LENGTH + length.min(LENGTHS - 1);
            if !self.decide(coder, sample, actual > length, node as u32, kind)? {
                return Ok(length);
            }
        }
        Ok(longest)
    }

    /// The bits of `rest` below the highest of `length`, from the top. Returns `rest`.
    fn code_bits<C: BitCoder>(
        &mut self,
        coder: &mut C,
        sample: &ResidualSample,
        rest: u32,
        length: usize,
    ) -> Result<u32, C::Error> {
        let mut value = u32::from(length > 0);
        for (count, bit) in (0..length.saturating_sub(1)).rev().enumerate() {
            let wanted = rest >> bit & 1 != 0;
            let one = match count {
                0 => {
                    let node = FIRST_BIT_NODE + length as u32;
                    self.decide(coder, sample, wanted, node, FIRST_BIT)?
                }
                1 => {
                    let node = SECOND_BIT_NODE + 2 * length as u32 + (value & 1);
                    self.decide(coder, sample, wanted, node, SECOND_BIT)?
                }
                _ => {
                    let lower_bits = &mut self.planes[sample.plane].lower_bits;
                    coder.code(wanted, &mut lower_bits[length - 1][bit])?
                }
            };
            value = value << 1 | u32::from(one);
        }
        Ok(value)
    }

    #[inline]
    fn decide<C: BitCoder>(
        &mut self,
        coder: &mut C,
        sample: &ResidualSample,
        bit: bool,
        node: u32,
        kind: usize,
    ) -> Result<bool, C::Error> {
        let weight_set = sample.weight_set(kind);
        self.mixer
            .code(coder, bit, &sample.contexts, node, weight_set)
    }
}

impl<const N: usize> Escape<N> for Residuals<N> {
    fn start_tile(&mut self, width: usize) {
        for plane in &mut self.planes {
            plane.predictor.start_tile(width);
            plane.errors.start_tile(width);
        }
    }

    fn skip(&mut self, columns: Range<usize>) {
        for plane in &mut self.planes {
            plane.predictor.skip(&columns);
            plane.errors.skip(&columns);
        }
    }

    fn code<C: BitCoder>(
        &mut self,
        coder: &mut C,
        context: &PixelContext<N>,
        pixel: [u16; N],
    ) -> Result<[u16; N], C::Error> {
        let (mut coded, mut before) = ([0; N], None);
        let mut earlier = EarlierSamples::none(N);
        for plane in order::<N>() {
            let around = context.around.plane(plane);
            let PlaneState {
                predictor, errors, ..
            } = &mut self.planes[plane];
            let prediction = predictor.predict(context.x, &around, before, self.largest);
            let (contexts, activity) =
                contexts(context, plane, &around, errors, prediction, earlier);
            let sample = ResidualSample {
                plane,
                prediction,
                contexts,
                activity: (activity as usize / 6).min(ACTIVITIES - 1),
            };
            let residual = i32::from(pixel[plane]) - prediction;
            let residual = self.code_residual(coder, &sample, residual)?;
            let value = prediction + residual;
            coder.require((0..=self.largest).contains(&value))?;
            coded[plane] = value as u16;
            let state = &mut self.planes[plane];
            state.predictor.learn(context.x, value);
            state
                .errors
                .store(context.x, residual.unsigned_abs() as u16);
            earlier.push(value, residual);
            before = Some((value, around));
        }
        Ok(coded)
    }
}
