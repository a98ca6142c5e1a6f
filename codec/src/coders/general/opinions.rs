//! Decisions whose chance is mixed from the opinions of several contexts (`docs/format.md`, *General coder*, *Mixed decisions*).

use crate::entropy::bit_coder::BitCoder;
use crate::entropy::logistic::{ONE, learn, mix, squash, stretch};

/// Binary logarithm of one, in a slot.
const SLOT_BITS: u32 = 18;
const SLOT_ONE: u32 = (1 << SLOT_BITS) - 1;
const COUNT_BITS: u32 = 6;
/// Answers after which a slot stops growing more rigid.
const RIGID: u32 = (1 << COUNT_BITS) - 1;
const CHECK_BITS: u32 = 8;
const EMPTY: u32 = 1 << (SLOT_BITS - 1);

/// `131072 div (2·count + 3)`: one over count + 1.5, of 2^16.
const STEPS: [u32; RIGID as usize + 1] = {
    let mut steps = [0; RIGID as usize + 1];
    let mut count = 0;
    while count < steps.len() {
        steps[count] = 131_072 / (2 * count as u32 + 3);
        count += 1;
    }
    steps
};
/// How much an opinion counts by the answers it rests on, of 256: `512·count div (2·count + 1)`.
const TRUST: [i32; RIGID as usize + 1] = {
    let mut trust = [0; RIGID as usize + 1];
    let mut count = 0;
    while count < trust.len() {
        trust[count] = (512 * count / (2 * count + 1)) as i32;
        count += 1;
    }
    trust
};
/// Rate of a mixer: `FASTEST` at first, one more each time that its decisions are eight times as many, from `FAST_DECISIONS`.
const FASTEST: u32 = 15;
const SLOWEST: u32 = 18;
const FAST_DECISIONS: u32 = 64;

/// Binary logarithm of the number of refinements by context.
const REFINED_BITS: u32 = 10;
/// Knots of a refinement, in equal steps of log-odds.
const KNOTS: usize = 33;
/// Binary logarithm of the distance between two knots.
const KNOT_BITS: u32 = 9;
const REFINED_RATE: u32 = 6;

/// Joins a value to a hash.
#[inline]
pub(crate) fn stir(hash: u32, value: u32) -> u32 {
    (hash ^ value).wrapping_mul(0x9e37_79b1).rotate_left(15)
}

/// `N` tables of slots and the mixers of their opinions.
pub(crate) struct Opinions<const N: usize> {
    bits: u32,
    slots: Vec<u32>,
    mixers: Vec<Mixer<N>>,
    refined: Vec<[u16; KNOTS]>,
}

#[derive(Clone, Copy)]
struct Mixer<const N: usize> {
    weights: [i32; N],
    decisions: u32,
}

impl<const N: usize> Opinions<N> {
    /// Tables of `2^bits` slots, and so many mixers.
    pub(crate) fn new(bits: u32, mixers: usize) -> Opinions<N> {
        let mixer = Mixer {
            weights: [ONE * 3 / (2 * N as i32); N],
            decisions: 0,
        };
        Opinions {
            bits,
            slots: vec![EMPTY; N << bits],
            mixers: vec![mixer; mixers],
            refined: vec![straight(); 1 << REFINED_BITS],
        }
    }

    /// Codes a decision: `contexts` say what is known, `node` which decision it is.
    #[inline]
    pub(crate) fn code<C: BitCoder>(
        &mut self,
        coder: &mut C,
        bit: bool,
        contexts: &[u32; N],
        node: u32,
        mixer: usize,
    ) -> Result<bool, C::Error> {
        let (mut places, mut odds) = ([0; N], [0; N]);
        for (index, &context) in contexts.iter().enumerate() {
            let key = stir(context, node);
            places[index] = index << self.bits | (key >> (32 - self.bits)) as usize;
            let slot = &mut self.slots[places[index]];
            let check = key & ((1 << CHECK_BITS) - 1);
            if *slot >> (SLOT_BITS + COUNT_BITS) != check {
                *slot = check << (SLOT_BITS + COUNT_BITS) | EMPTY;
            }
            let probability = (*slot & SLOT_ONE) >> (SLOT_BITS - 16);
            let trust = TRUST[(*slot >> SLOT_BITS & RIGID) as usize];
            odds[index] = (stretch(probability as i32) * trust) >> 8;
        }
        let mixer = &mut self.mixers[mixer];
        let sum = mix(&mixer.weights, &odds);
        let mixed = squash(sum);
        let refined = &mut self.refined[(stir(contexts[0], node) >> (32 - REFINED_BITS)) as usize];
        let (knot, part) = knot(sum);
        let (low, high) = (i32::from(refined[knot]), i32::from(refined[knot + 1]));
        let between = low + (((high - low) * part) >> KNOT_BITS);
        let one = (mixed + between) / 2;
        let bit = coder.decide(bit, ((ONE - one) as u32) << 8)?;
        mixer.learn(&odds, if bit { ONE - mixed } else { -mixed });
        let nearest = knot + (part >> (KNOT_BITS - 1)) as usize;
        refine(&mut refined[nearest], bit);
        for place in places {
            update(&mut self.slots[place], bit);
        }
        Ok(bit)
    }
}

impl<const N: usize> Mixer<N> {
    #[inline]
    fn learn(&mut self, odds: &[i32; N], error: i32) {
        let length = u32::BITS - (self.decisions / FAST_DECISIONS).leading_zeros();
        let rate = (FASTEST + length.div_ceil(3)).min(SLOWEST);
        learn(&mut self.weights, odds, error, rate);
        self.decisions = self.decisions.saturating_add(1);
    }
}

/// The knot at or below log-odds, and the distance to it.
#[inline]
fn knot(odds: i32) -> (usize, i32) {
    let shifted = odds + ((KNOTS as i32 - 1) << KNOT_BITS) / 2;
    let knot = (shifted >> KNOT_BITS).clamp(0, KNOTS as i32 - 2);
    (knot as usize, shifted - (knot << KNOT_BITS))
}

/// A refinement that changes nothing.
fn straight() -> [u16; KNOTS] {
    std::array::from_fn(|knot| squash(((knot as i32) - (KNOTS as i32 - 1) / 2) << KNOT_BITS) as u16)
}

#[inline]
fn refine(knot: &mut u16, bit: bool) {
    let target = if bit { 65_535 - 31 } else { 32 };
    let distance = target - i32::from(*knot);
    *knot = (i32::from(*knot) + (distance >> REFINED_RATE)) as u16;
}

#[inline]
fn update(slot: &mut u32, bit: bool) {
    let (probability, count) = (*slot & SLOT_ONE, *slot >> SLOT_BITS & RIGID);
    let step = STEPS[count as usize];
    let scaled = |distance: u32| ((u64::from(distance) * u64::from(step)) >> 16) as u32;
    let next = match bit {
        true => probability + scaled(SLOT_ONE - probability),
        false => probability - scaled(probability),
    };
    let grown = if count < RIGID { 1 << SLOT_BITS } else { 0 };
    *slot = (*slot & !SLOT_ONE | next) + grown;
}
