//! Tables of counters by context (`docs/format.md`, *General method*, *Mixed decisions*).
//!
//! In: the hash of a context and of a decision. Out: a slot, whose counter gives an input of the mixer and learns the
//! answer.

use crate::entropy::logistic::stretch;

/// Bits of a counter's probability, below its count.
const PROBABILITY_BITS: u32 = 18;
const MAX_PROBABILITY: u32 = (1 << PROBABILITY_BITS) - 1;
const EVEN: u32 = 1 << (PROBABILITY_BITS - 1);
/// Bits of a counter's count, below its check.
const COUNT_BITS: u32 = 6;
/// Answers after which the rate no longer falls.
const MAX_COUNT: u32 = (1 << COUNT_BITS) - 1;
/// Bits of the check, which tells contexts in the same slot apart.
const CHECK_BITS: u32 = 8;

/// The rate, of 2^16, by the count: `131072 div (2·count + 3)`, one over count + 1.5.
const RATES: [u32; MAX_COUNT as usize + 1] = {
    let mut rates = [0; MAX_COUNT as usize + 1];
    let mut count = 0;
    while count < rates.len() {
        rates[count] = 131_072 / (2 * count as u32 + 3);
        count += 1;
    }
    rates
};
/// How much a counter is trusted, of 256, by its count: `512·count div (2·count + 1)`.
const TRUST: [i32; MAX_COUNT as usize + 1] = {
    let mut trust = [0; MAX_COUNT as usize + 1];
    let mut count = 0;
    while count < trust.len() {
        trust[count] = (512 * count / (2 * count + 1)) as i32;
        count += 1;
    }
    trust
};

/// Tables of `2^bits` slots each.
pub(crate) struct CounterTables {
    bits: u32,
    slots: Vec<u32>,
}

impl CounterTables {
    pub(crate) fn new(tables: usize, bits: u32) -> CounterTables {
        CounterTables {
            bits,
            slots: vec![EVEN; tables << bits],
        }
    }

    /// The slot of a key in a table. Its counter begins anew if it was another key's.
    #[inline]
    pub(crate) fn find(&mut self, table: usize, key: u32) -> usize {
        let slot = table << self.bits | (key >> (32 - self.bits)) as usize;
        let counter = &mut self.slots[slot];
        let check = key & ((1 << CHECK_BITS) - 1);
        if *counter >> (PROBABILITY_BITS + COUNT_BITS) != check {
            *counter = check << (PROBABILITY_BITS + COUNT_BITS) | EVEN;
        }
        slot
    }

    /// The log-odds of a slot's counter, as far as it is trusted.
    #[inline]
    pub(crate) fn input(&self, slot: usize) -> i32 {
        let counter = self.slots[slot];
        let probability = (counter & MAX_PROBABILITY) >> (PROBABILITY_BITS - 16);
        let trust = TRUST[(counter >> PROBABILITY_BITS & MAX_COUNT) as usize];
        (stretch(probability as i32) * trust) >> 8
    }

    /// Moves a slot's counter towards the answer.
    #[inline]
    pub(crate) fn learn(&mut self, slot: usize, bit: bool) {
        let counter = &mut self.slots[slot];
        let probability = *counter & MAX_PROBABILITY;
        let count = *counter >> PROBABILITY_BITS & MAX_COUNT;
        let rate = RATES[count as usize];
        let step = |distance: u32| ((u64::from(distance) * u64::from(rate)) >> 16) as u32;
        let next = match bit {
            true => probability + step(MAX_PROBABILITY - probability),
            false => probability - step(probability),
        };
        let one_more = match count < MAX_COUNT {
            true => 1 << PROBABILITY_BITS,
            false => 0,
        };
        *counter = (*counter & !MAX_PROBABILITY | next) + one_more;
    }
}
