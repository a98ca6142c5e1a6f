//! What is known of a sample before its first decision (`docs/format.md`, *Thorough refinement*, *More counters*).
//!
//! In: its surroundings. Out: contexts of counters and of lists, and classes that select weight sets.

use crate::coders::linear::mean_errors::quarter_octave as error_class;
use crate::coders::refinement::cells::{
    NORTH, NORTH_EAST, NORTH_NORTH, NORTH_NORTH_EAST, NORTH_WEST, NORTH_WEST_WEST, WEST, WEST_WEST,
};
use crate::coders::refinement::dimensions::{CONTEXTS, LANES, MEAN_UNIT, PREDICTORS};
use crate::coders::thorough::dimensions::LISTS;
use crate::coders::thorough::mixer::{MIXTURES, Selection, Selector, USUAL};
use crate::coders::thorough::surroundings::Surroundings;

/// What is known of a sample besides the samples around it.
pub(crate) struct Knowledge {
    pub(crate) spread: i32,
    /// In 64ths of a sample.
    pub(crate) means: [i32; PREDICTORS],
    pub(crate) error_classes: [u8; PREDICTORS],
    /// Ranks of W and N, and of two earlier samples.
    pub(crate) ranks: [i32; 2],
    pub(crate) other_ranks: [i32; 2],
    /// The class of what the neighbours cost, 0 to 15.
    pub(crate) cost: i32,
    pub(crate) row: usize,
}

/// The last of the linear predictors.
const WEIGHTED: usize = PREDICTORS - 1;

/// A context for each of sixteen more counters.
#[inline(always)]
pub(crate) fn counter_contexts(around: &Surroundings, known: &Knowledge) -> [i32; CONTEXTS] {
    let at = |neighbor: usize| around.own[neighbor];
    let near = |value: i32, shift: i32, limit: i32| {
        ((value - around.median) >> shift).clamp(-limit, limit - 1) + limit
    };
    let mean = |predictor: usize, shift: i32, limit: i32| {
        let distance = known.means[predictor] - around.median * MEAN_UNIT;
        (distance >> shift).clamp(-limit, limit - 1) + limit
    };
    let (half, cost) = (known.spread >> 1, known.cost);
    let errors = i32::from(known.error_classes[WEIGHTED] >> 1);
    let (w, n, nw, ne) = (at(WEST), at(NORTH), at(NORTH_WEST), at(NORTH_EAST));
    [
        mean(WEIGHTED, 3, 64) + 128 * half,
        mean(1, 4, 32) + 64 * mean(2, 4, 32),
        mean(0, 4, 32) + 64 * mean(WEIGHTED, 4, 32),
        mean(WEIGHTED, 2, 128) + 256 * cost,
        mean(WEIGHTED, 4, 32) + 64 * (known.other_ranks[0] >> 4) + 1024 * half,
        ((known.means[WEIGHTED] & 63) >> 2) + 16 * errors,
        near(w + n - nw, 0, 32) + 64 * cost,
        near(around.shifted(WEST, 0), 0, 32) + 64 * near(around.shifted(NORTH, 0), 0, 32),
        near(around.shifted(WEST, 1), 0, 32) + 64 * near(around.shifted(NORTH, 1), 0, 32),
        near(n + ne - at(NORTH_NORTH_EAST), 0, 32) + 64 * near(nw + w - at(NORTH_WEST_WEST), 0, 32),
        around.step(WEST, 0) + 256 + 512 * w,
        around.step(NORTH, 0) + 256 + 512 * n,
        around.other[0].here + 256 * around.median,
        near(at(WEST_WEST), 1, 16) + 32 * near(w, 0, 16) + 1024 * cost,
        near(at(NORTH_NORTH), 1, 16) + 32 * near(n, 0, 16) + 1024 * cost,
        cost + 32 * errors,
    ]
}

/// The samples that make the context of each list.
#[inline(always)]
pub(crate) fn list_contexts(around: &Surroundings) -> [[i32; 4]; LISTS] {
    let at = |neighbor: usize| around.own[neighbor];
    let (w, n, nw, ne) = (at(WEST), at(NORTH), at(NORTH_WEST), at(NORTH_EAST));
    let (ww, nn) = (at(WEST_WEST), at(NORTH_NORTH));
    let [a, b] = [around.other[0].here, around.other[1].here];
    let steps = |neighbor: usize| {
        [
            at(neighbor),
            around.step(neighbor, 0),
            around.step(neighbor, 1),
            0,
        ]
    };
    [
        [a, b, 0, 0],
        [w, a, 0, 0],
        [w, b, 0, 0],
        [n, a, 0, 0],
        [n, b, 0, 0],
        [w, n, 0, 0],
        [w, a, b, 0],
        [n, a, b, 0],
        [w, n, a, b],
        steps(WEST),
        steps(NORTH),
        steps(NORTH_WEST),
        steps(NORTH_EAST),
        [w, ww, a, 0],
        [n, nn, a, 0],
        [w, n, ne, nw],
        [w + n - nw, a, 0, 0],
        [w + n - nw, a, b, 0],
        [n + ne - at(NORTH_NORTH_EAST), a, 0, 0],
        [2 * w - ww, a, 0, 0],
        [2 * n - nn, a, 0, 0],
        [ne, w, a, b],
        [a, 0, 0, 0],
        [b, w >> 2, a >> 2, 0],
    ]
}

/// The classes of what is known of a sample. Those that change with each decision are 0.
#[inline(always)]
pub(crate) fn selection(around: &Surroundings, known: &Knowledge) -> Selection {
    let at = |neighbor: usize| around.own[neighbor];
    let (w, n, nw) = (at(WEST), at(NORTH), at(NORTH_WEST));
    let distance = known.means[WEIGHTED] - around.median * MEAN_UNIT;
    let quarter = |class: u8| (class >> 2).min(7);
    let class = |selector: Selector| match selector {
        Selector::Spread => known.spread,
        Selector::Band => (known.row / LANES % USUAL) as i32,
        Selector::Errors => known.error_classes[WEIGHTED].into(),
        Selector::Counts | Selector::Node | Selector::Nothing => 0,
        Selector::LinearInput | Selector::ListCount => 0,
        Selector::Ranks => eighths(known.ranks),
        Selector::Texture => 8 * slope(w - nw) + slope(n - nw),
        Selector::OtherRanks => eighths(known.other_ranks),
        Selector::Disagreement => error_class(range(&known.means) as u32 / 8 + 1).min(63) as i32,
        Selector::Median => around.median >> 1,
        Selector::Cost => 2 * known.cost + i32::from(known.spread > 5),
        Selector::Mean => (distance >> 4).clamp(-32, 31) + 32,
        Selector::PredictorErrors => {
            i32::from(8 * quarter(known.error_classes[2]) + quarter(known.error_classes[0]))
        }
    };
    let mut classes = [0; MIXTURES];
    for (entry, selector) in classes.iter_mut().zip(ALL) {
        *entry = class(selector) as u8;
    }
    Selection(classes)
}

/// All selectors in order.
const ALL: [Selector; MIXTURES] = [
    Selector::Spread,
    Selector::Band,
    Selector::Errors,
    Selector::Counts,
    Selector::Node,
    Selector::Ranks,
    Selector::Texture,
    Selector::OtherRanks,
    Selector::Disagreement,
    Selector::Median,
    Selector::Nothing,
    Selector::Cost,
    Selector::Mean,
    Selector::PredictorErrors,
    Selector::LinearInput,
    Selector::ListCount,
];

/// Two numbers of 256, in eighths.
#[inline(always)]
fn eighths([first, second]: [i32; 2]) -> i32 {
    8 * (first >> 5) + (second >> 5)
}

/// The class of a difference, 0 to 7.
#[inline(always)]
fn slope(difference: i32) -> i32 {
    let size = match difference.abs() {
        0..=1 => 0,
        2..=5 => 1,
        6..=15 => 2,
        _ => 3,
    };
    if difference < 0 { 3 - size } else { 4 + size }
}

#[inline(always)]
fn range(numbers: &[i32; 4]) -> i32 {
    let (mut least, mut most) = (numbers[0], numbers[0]);
    for &number in numbers {
        least = least.min(number);
        most = most.max(number);
    }
    most - least
}
