//! `fuzz/run exact_file`: see [`exact_file`].

#![no_main]

use libfuzzer_sys::fuzz_target;
use pxc_test_hostile::targets::exact_file;

fuzz_target!(|bytes: &[u8]| exact_file(bytes));
