//! `fuzz/run picture`: see [`picture`].

#![no_main]

use libfuzzer_sys::fuzz_target;
use pxc_test_hostile::targets::picture;

fuzz_target!(|bytes: &[u8]| picture(bytes));
