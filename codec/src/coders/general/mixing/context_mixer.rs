//! Decisions mixed from the counters of several contexts (`docs/format.md`, *General coder*, *Mixed decisions*).
//!
//! In: contexts, the number of the decision, and which weight set to use. Out: the decision's answer.

use crate::coders::general::mixing::apm::ContextApm;
use crate::coders::general::mixing::counters::CounterTables;
use crate::coders::general::mixing::hash::hash;
use crate::entropy::bit_coder::BitCoder;
use crate::entropy::logistic::{ONE, learn, mix, squash};

/// Rates of a weight set, as powers of two. It falls by one each time that the decisions of the set become eight times
/// as many, from [`FAST_DECISIONS`] on.
const FASTEST: u32 = 15;
const SLOWEST: u32 = 18;
const FAST_DECISIONS: u32 = 64;

/// Tables of counters for `N` contexts, the weight sets that mix them, and the APM that refines the mixture.
pub(crate) struct ContextMixer<const N: usize> {
    counters: CounterTables,
    weight_sets: Vec<WeightSet<N>>,
    apm: ContextApm,
}

#[derive(Clone, Copy)]
struct WeightSet<const N: usize> {
    weights: [i32; N],
    decisions: u32,
}

impl<const N: usize> ContextMixer<N> {
    /// With tables of `2^bits` slots.
    pub(crate) fn new(bits: u32, weight_sets: usize) -> ContextMixer<N> {
        let weight_set = WeightSet {
            weights: [ONE * 3 / (2 * N as i32); N],
            decisions: 0,
        };
        ContextMixer {
            counters: CounterTables::new(N, bits),
            weight_sets: vec![weight_set; weight_sets],
            apm: ContextApm::new(),
        }
    }

    /// Codes a decision: `contexts` are hashes of what is known, `node` tells the decisions of a context apart.
    #[inline]
    pub(crate) fn code<C: BitCoder>(
        &mut self,
        coder: &mut C,
        bit: bool,
        contexts: &[u32; N],
        node: u32,
        weight_set: usize,
    ) -> Result<bool, C::Error> {
        let (mut slots, mut inputs) = ([0; N], [0; N]);
        for (table, &context) in contexts.iter().enumerate() {
            slots[table] = self.counters.find(table, hash(context, node));
            inputs[table] = self.counters.input(slots[table]);
        }
        let weight_set = &mut self.weight_sets[weight_set];
        let log_odds = mix(&weight_set.weights, &inputs);
        let mixed = squash(log_odds);
        let position = self.apm.position(hash(contexts[0], node), log_odds);
        let one = (mixed + self.apm.probability(position)) / 2;
        let bit = coder.decide(bit, ((ONE - one) as u32) << 8)?;
        weight_set.learn(&inputs, if bit { ONE - mixed } else { -mixed });
        self.apm.learn(position, bit);
        for slot in slots {
            self.counters.learn(slot, bit);
        }
        Ok(bit)
    }
}

impl<const N: usize> WeightSet<N> {
    #[inline]
    fn learn(&mut self, inputs: &[i32; N], error: i32) {
        let length = u32::BITS - (self.decisions / FAST_DECISIONS).leading_zeros();
        let rate = (FASTEST + length.div_ceil(3)).min(SLOWEST);
        learn(&mut self.weights, inputs, error, rate);
        self.decisions = self.decisions.saturating_add(1);
    }
}
