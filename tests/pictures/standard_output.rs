//! Standard output has only data, whatever a library prints.

use std::fs;

use pxc_codec::{ColorType, Image};
use tempfile::tempdir;

use pxc_test_harness::two_levels;
use pxc_test_harness::{run, succeed};

const WIDTH: u32 = 500;
/// Rows of the part at the first level, and of all.
const HEIGHTS: [u32; 2] = [2600, 3000];

/// An image of four values without order.
fn noise() -> Image {
    let samples = (0..WIDTH * HEIGHTS[1]).scan(1_u32, |state, _| {
        *state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        Some((*state >> 30) as u8)
    });
    Image::new(WIDTH, HEIGHTS[1], ColorType::Gray, samples.collect()).expect("legal")
}

#[test]
fn a_library_that_prints_does_not_reach_the_standard_output() {
    let directory = tempdir().expect("a directory");
    let root = directory.path();
    // preflate-rs 0.7.6 prints what it could not match where the rest contradicts the parameters that it guessed from
    // 2^18 bytes.
    let file = two_levels(&noise(), HEIGHTS[0]);
    assert!(file.len() > 1 << 18);
    fs::write(root.join("img.png"), &file).expect("a file");
    let arguments = ["compress", "--exact-file=always", "--effort", "fast"];
    let arguments = [&arguments[..], &["-o", "-", "img.png"]].concat();
    let output = run(root, &arguments);
    assert_eq!(output.status.code(), Some(0));
    fs::write(root.join("out.pxc"), output.stdout).expect("a file");
    succeed(root, &["decompress", "out.pxc"]);
    assert!(fs::read(root.join("out.png")).expect("a file") == file);
}
