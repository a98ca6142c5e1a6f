//! `fuzz/run payload`: see [`payload`].

#![no_main]

use libfuzzer_sys::fuzz_target;
use pxc_test_hostile::targets::payload;

fuzz_target!(|bytes: &[u8]| payload(bytes));
