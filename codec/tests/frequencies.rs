//! Do all instruction sets give the same integers, and do the intervals of a lane tile 0..2^24 without a gap?

mod seeded;

use proptest::prelude::*;
use pxc_codec::entropy::frequencies::{EXP2, Frequencies};
use pxc_codec::entropy::interval::Interval;
use pxc_codec::simd::InstructionSet;

/// The definition, without regard for speed.
fn plain_intervals(logits: &[u8], lanes: usize, lane: usize) -> Vec<(u64, u64)> {
    let frequency = |r: usize| u64::from(EXP2[usize::from(logits[r * lanes + lane])]);
    let total: u64 = (0..256).map(frequency).sum();
    let mut sum = 0;
    (0..256)
        .map(|r| {
            let left = (sum << 24) / total;
            sum += frequency(r);
            (left, (sum << 24) / total)
        })
        .collect()
}

fn intervals(instructions: InstructionSet, logits: &[u8], symbols: &[u8]) -> Vec<Interval> {
    let mut out = Vec::new();
    Frequencies::new(instructions).intervals(logits, symbols, &mut out);
    out
}

fn noise(seed: u64, count: usize) -> Vec<u8> {
    let mut state = seed;
    (0..count)
        .map(|_| {
            state = state
                .wrapping_mul(6364136223846793005)
                .wrapping_add(1442695040888963407);
            (state >> 56) as u8
        })
        .collect()
}

#[test]
fn every_symbol_of_every_lane_has_the_defined_interval() {
    for lanes in [1, 2, 31, 32, 33, 64, 100] {
        let logits = noise(lanes as u64, 256 * lanes);
        let mut end = vec![0; lanes];
        for symbol in 0..=255u8 {
            let symbols = vec![symbol; lanes];
            let fast = intervals(InstructionSet::detect(), &logits, &symbols);
            for instructions in InstructionSet::all_detected() {
                assert_eq!(fast, intervals(instructions, &logits, &symbols));
            }
            for (lane, interval) in fast.iter().enumerate() {
                let (left, right) = plain_intervals(&logits, lanes, lane)[usize::from(symbol)];
                assert_eq!(u64::from(interval.left), left);
                assert_eq!(u64::from(interval.probability.get()), right - left);
                assert_eq!(interval.left, end[lane]);
                end[lane] = interval.left + interval.probability.get();
            }
        }
        assert!(end.iter().all(|&end| end == 1 << 24));
    }
}

#[test]
fn all_logits_map_to_their_frequency_with_all_instructions() {
    let lanes = 256;
    let logits: Vec<u8> = (0..256 * lanes)
        .map(|i| if i / lanes == 7 { (i % lanes) as u8 } else { 0 })
        .collect();
    let symbols = vec![7; lanes];
    for instructions in InstructionSet::all_detected() {
        for (lane, interval) in intervals(instructions, &logits, &symbols)
            .iter()
            .enumerate()
        {
            assert_eq!(
                *interval,
                Interval::scaled(7, 7 + EXP2[lane], 255 + EXP2[lane])
            );
        }
    }
}

proptest! {
    #![proptest_config(seeded::cases(64))]
    #[test]
    fn instruction_sets_agree(lanes in 1usize..130, seed: u64, level: u8) {
        let logits: Vec<u8> = noise(seed, 256 * lanes).iter().map(|l| l.saturating_sub(level)).collect();
        let symbols = noise(!seed, lanes);
        let expected = intervals(InstructionSet::Portable, &logits, &symbols);
        for instructions in InstructionSet::all_detected() {
            prop_assert_eq!(intervals(instructions, &logits, &symbols), expected.clone());
        }
    }
}
