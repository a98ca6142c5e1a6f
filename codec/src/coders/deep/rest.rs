//! The samples that the first decisions leave, divided at round numbers (`docs/format.md`, *Rest*).
//!
//! In: the samples that are left. Out: the sample. Which samples are frequent is learned, not only how far they are
//! from the mean.

use crate::coders::deep::arithmetic::logarithm::logarithm;
use crate::coders::deep::contexts::SampleContext;
use crate::coders::deep::decisions::OpenSamples;
use crate::coders::deep::dimensions::WEIGHTED;
use crate::coders::mixing::context_mixer::ContextMixer;
use crate::coders::mixing::hash::hash;
use crate::entropy::bit_coder::BitCoder;
use crate::entropy::logistic::{MAX_LOG_ODDS, ONE};

const CONTEXTS: usize = 8;
/// The distribution's input, and those of the contexts.
const INPUTS: usize = 1 + CONTEXTS;
/// Sizes of the half that is decided about, and sides of the range on which the samples that were left are; each has
/// weight sets of its own.
const SIZES: usize = 16;
const SIDES: usize = 3;
/// The weights before anything is learned, of 2^16.
const FIRST_WEIGHTS: [i32; INPUTS] = {
    let mut weights = [ONE * 13 / 64; INPUTS];
    weights[0] = ONE * 40 / 64;
    weights
};

/// Mixes the distribution's input with those of the contexts.
type Mixer = ContextMixer<CONTEXTS, INPUTS>;

/// Bytes of memory, with tables of `2^bits` slots.
pub(crate) fn memory(bits: u32) -> u64 {
    /// Weights and the knot sets of the APM.
    const OTHERS: u64 = (SIZES * SIDES * Mixer::WEIGHT_SET_BYTES + (1 << 17)) as u64;
    ((CONTEXTS * size_of::<u32>()) as u64) << bits | OTHERS
}

/// What is learned about the samples that are left.
pub(crate) struct Rest {
    mixer: Mixer,
}

/// The samples that the first decisions left, and what selects their counters.
struct RestContext<'a> {
    context: &'a SampleContext<'a>,
    channel: u32,
    low: i32,
    high: i32,
    /// Where they are in the range: 0 up to the largest sample, 1 from the smallest on, 2 neither.
    side: u32,
}

impl Rest {
    /// With tables of `2^bits` slots.
    pub(crate) fn new(bits: u32) -> Rest {
        Rest {
            mixer: ContextMixer::with_weights(bits, SIZES * SIDES, FIRST_WEIGHTS),
        }
    }

    /// Codes the sample of a channel, one of those that are open.
    pub(crate) fn code<C: BitCoder>(
        &mut self,
        coder: &mut C,
        context: &SampleContext<'_>,
        open: &OpenSamples,
        channel: usize,
        sample: i32,
    ) -> Result<i32, C::Error> {
        let rest = RestContext::new(context, open, channel);
        let (mut low, mut high) = (open.low, open.high);
        let (mut below, mut end) = open.weighted();
        while high - low > 1 {
            let bit = (low ^ (high - 1)).ilog2();
            let split = (high - 1) >> bit << bit;
            let mass = context.prediction.mass_below(WEIGHTED, split);
            let mass = mass.clamp(below, end);
            let upper = logarithm((end - mass) / 16 + 1 + (high - split) as u32);
            let lower = logarithm((mass - below) / 16 + 1 + (split - low) as u32);
            let prior = (upper - lower).clamp(-MAX_LOG_ODDS, MAX_LOG_ODDS);
            let set = (bit as usize).min(SIZES - 1) * SIDES + rest.side as usize;
            let keys = rest.keys(split, bit);
            let (answer, inputs) = (sample >= split, [prior; INPUTS]);
            if self.mixer.decide(coder, answer, &keys, set, inputs)? {
                (low, below) = (split, mass);
            } else {
                (high, end) = (split, mass);
            }
        }
        Ok(low)
    }
}

impl<'a> RestContext<'a> {
    fn new(context: &'a SampleContext<'a>, open: &OpenSamples, channel: usize) -> RestContext<'a> {
        let range = context.prediction.range;
        let side = match (open.low == range.smallest, open.high > range.largest) {
            (true, _) => 1,
            (_, true) => 0,
            _ => 2,
        };
        RestContext {
            context,
            channel: channel as u32,
            low: open.low,
            high: open.high,
            side,
        }
    }

    /// The keys of the decision whether the sample is at least `split`, the middle of `2^(bit + 1)` samples.
    fn keys(&self, split: i32, bit: u32) -> [u32; CONTEXTS] {
        let &SampleContext { around, cells, .. } = self.context;
        let seed = hash(self.channel * SIDES as u32 + self.side, 77);
        let value = hash(hash(seed, split as u32), bit);
        let distance = match self.side {
            1 => self.high - split,
            _ => split - self.low,
        };
        let near = hash(hash(seed, distance_level(distance as u32)), bit);
        let with = |hashed: u32, which: u32, number: i32| hash(hash(hashed, which), number as u32);
        let class = self.context.prediction.class() as i32;
        [
            hash(value, 1),
            with(value, 2, around.west),
            with(value, 3, around.north),
            with(near, 4, class),
            with(value, 5, around.north_west),
            with(value, 6, around.north_east),
            hash(with(value, 7, around.west), around.north as u32),
            hash(
                hash(hash(near, 8), cells.west.error >> 4),
                cells.north.error >> 4,
            ),
        ]
    }
}

/// Two levels for each doubling of a number from 1 on.
fn distance_level(number: u32) -> u32 {
    let octave = number.max(1).ilog2();
    2 * octave + ((number << 1 >> octave) & 1)
}
