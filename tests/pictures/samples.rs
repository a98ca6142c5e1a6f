//! Bit depths, palettes and transparent colours come back.

use std::fs;

use pxc_codec::ColorType;
use tempfile::tempdir;

use pxc_test_harness::{PngFile, decode_png, photo, succeed};

#[test]
fn every_bit_depth_palettes_and_transparent_colours_come_back() {
    let palette = PngFile {
        width: 5,
        height: 2,
        color: png::ColorType::Indexed,
        depth: png::BitDepth::Two,
        palette: Some(vec![1, 2, 3, 250, 251, 252, 9, 8, 7]),
        transparency: None,
        rows: vec![0b0001_1000, 0b0100_0000, 0b1001_0001, 0b1000_0000],
        chunks: Vec::new(),
    };
    let see_through = PngFile {
        transparency: Some(vec![0, 128]),
        depth: png::BitDepth::Eight,
        rows: vec![0, 1, 2, 1, 0, 2, 2, 2, 1, 0],
        palette: palette.palette.clone(),
        chunks: Vec::new(),
        ..palette
    };
    let gray = photo(9, 7, ColorType::Gray);
    let transparent_gray = PngFile {
        transparency: Some(vec![0, gray.samples()[0]]),
        ..PngFile::of(&gray)
    };
    let sixteen_bit = PngFile {
        depth: png::BitDepth::Sixteen,
        rows: (0..6 * 4 * 2)
            .map(|at| at * 41 % 256)
            .map(|byte: u32| byte as u8)
            .collect(),
        width: 6,
        ..PngFile::of(&photo(4, 4, ColorType::Gray))
    };
    let two_bit = PngFile {
        depth: png::BitDepth::Two,
        rows: vec![0x1b; 4],
        ..PngFile::of(&photo(4, 4, ColorType::Gray))
    };
    for file in [palette, see_through, transparent_gray, sixteen_bit, two_bit] {
        let directory = tempdir().expect("a directory");
        let original = file.bytes();
        fs::write(directory.path().join("img.png"), &original).expect("a file");
        succeed(directory.path(), &["compress", "--verify", "img.png"]);
        succeed(
            directory.path(),
            &["decompress", "img.pxc", "-o", "back.png"],
        );
        let back = fs::read(directory.path().join("back.png")).expect("a file");
        assert!(decode_png(&back) == decode_png(&original));
    }
}
