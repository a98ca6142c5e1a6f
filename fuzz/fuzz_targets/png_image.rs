//! `fuzz/run png_image`: see [`png_image`].

#![no_main]

use libfuzzer_sys::fuzz_target;
use pxc_test_hostile::targets::png_image;

fuzz_target!(|bytes: &[u8]| png_image(bytes));
