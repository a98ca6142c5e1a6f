//! Decisions mixed from the counters of several contexts (`docs/format.md`, *General method*, *Mixed decisions*).
//!
//! In: contexts, the number of the decision, and which weight set to use. Out: the decision's answer.

use crate::coders::mixing::apm::ContextApm;
use crate::coders::mixing::counters::CounterTables;
use crate::coders::mixing::hash::hash;
use crate::entropy::bit_coder::BitCoder;
use crate::entropy::logistic::{ONE, learn, mix, squash};

/// Rates of a weight set, as powers of two. It falls by one each time that the decisions of the set become eight times
/// as many, from [`FAST_DECISIONS`] on.
const FASTEST: u32 = 15;
const SLOWEST: u32 = 18;
const FAST_DECISIONS: u32 = 64;

/// Tables of counters for `N` contexts, the weight sets that mix their inputs and perhaps others, and the APM that
/// refines the mixture.
pub(crate) struct ContextMixer<const N: usize, const INPUTS: usize = N> {
    counters: CounterTables,
    weight_sets: Vec<WeightSet<INPUTS>>,
    apm: ContextApm,
}

#[derive(Clone, Copy)]
struct WeightSet<const INPUTS: usize> {
    weights: [i32; INPUTS],
    decisions: u32,
}

impl<const N: usize> ContextMixer<N> {
    /// With tables of `2^bits` slots; all contexts count the same at first.
    pub(crate) fn new(bits: u32, weight_sets: usize) -> ContextMixer<N> {
        ContextMixer::with_weights(bits, weight_sets, [ONE * 3 / (2 * N as i32); N])
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
        let keys = contexts.map(|context| hash(context, node));
        self.decide(coder, bit, &keys, weight_set, [0; N])
    }
}

impl<const N: usize, const INPUTS: usize> ContextMixer<N, INPUTS> {
    /// Bytes of a weight set.
    pub(crate) const WEIGHT_SET_BYTES: usize = size_of::<WeightSet<INPUTS>>();

    /// With tables of `2^bits` slots, and the weights before anything is learned.
    pub(crate) fn with_weights(
        bits: u32,
        weight_sets: usize,
        weights: [i32; INPUTS],
    ) -> ContextMixer<N, INPUTS> {
        let weight_set = WeightSet {
            weights,
            decisions: 0,
        };
        ContextMixer {
            counters: CounterTables::new(N, bits),
            weight_sets: vec![weight_set; weight_sets],
            apm: ContextApm::new(),
        }
    }

    /// Codes a decision: `keys` are hashes of a context and of the decision. They give the last of the `inputs`; the
    /// caller gives those before.
    #[inline]
    pub(crate) fn decide<C: BitCoder>(
        &mut self,
        coder: &mut C,
        bit: bool,
        keys: &[u32; N],
        weight_set: usize,
        mut inputs: [i32; INPUTS],
    ) -> Result<bool, C::Error> {
        let mut slots = [0; N];
        for (table, &key) in keys.iter().enumerate() {
            slots[table] = self.counters.find(table, key);
            inputs[INPUTS - N + table] = self.counters.input(slots[table]);
        }
        let weight_set = &mut self.weight_sets[weight_set];
        let log_odds = mix(&weight_set.weights, &inputs);
        let mixed = squash(log_odds);
        let position = self.apm.position(keys[0], log_odds);
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

impl<const INPUTS: usize> WeightSet<INPUTS> {
    #[inline]
    fn learn(&mut self, inputs: &[i32; INPUTS], error: i32) {
        let length = u32::BITS - (self.decisions / FAST_DECISIONS).leading_zeros();
        let rate = (FASTEST + length.div_ceil(3)).min(SLOWEST);
        learn(&mut self.weights, inputs, error, rate);
        self.decisions = self.decisions.saturating_add(1);
    }
}
