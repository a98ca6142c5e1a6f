//! `.pxc` files of every coding method, changed inside and sealed again with right lengths and checksums:
//! `fuzz/run decode`. The test `hostile` of pxc-picture replays the corpus.

#![no_main]

use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};
use pxc_test_hostile::{Random, change, change_with, check};

/// Bytes that libFuzzer may add to a part.
const GROWTH: usize = 64;

fuzz_target!(|bytes: &[u8]| check(bytes));

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    let mut random = Random::new(seed.into());
    let changed = match random.below(4) {
        0 => change(&data[..size], &mut random),
        _ => change_with(&data[..size], &mut random, &mut edit),
    };
    let length = changed.len().min(max_size);
    data[..length].copy_from_slice(&changed[..length]);
    length
});

/// Leaves the bytes to libFuzzer, which knows what was compared with what.
fn edit(part: &mut Vec<u8>) {
    let length = part.len();
    let most = length + GROWTH;
    part.resize(most, 0);
    let length = fuzzer_mutate(part, length, most);
    part.truncate(length);
}
