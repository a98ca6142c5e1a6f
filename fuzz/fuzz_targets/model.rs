//! `fuzz/run model`: see [`model`].

#![no_main]

use libfuzzer_sys::fuzz_target;
use pxc_test_hostile::targets::model;

fuzz_target!(|bytes: &[u8]| model(bytes));
