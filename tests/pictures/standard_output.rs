//! The standard output holds data alone, whatever a library prints.

use std::fs;

use flate2::{Compress, Compression, FlushCompress};
use pxc_codec::{ColorType, Image};
use tempfile::tempdir;

use crate::harness::{PngFile, run, succeed};

const WIDTH: u32 = 500;
/// Rows of a first part and of all.
const HEIGHTS: [u32; 2] = [2600, 3000];

/// An image of four values without order.
fn noise() -> Image {
    let samples = (0..WIDTH * HEIGHTS[1]).scan(1_u32, |state, _| {
        *state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        Some((*state >> 30) as u8)
    });
    Image::new(WIDTH, HEIGHTS[1], ColorType::Gray, samples.collect()).expect("legal")
}

/// A PNG file whose first 2^18 bytes are compressed at level 1, the rest at level 9: preflate-rs 0.7.6 prints what it could not
/// match where the rest contradicts the parameters that it guessed from the beginning.
fn two_levels(image: &Image) -> Vec<u8> {
    let rows = image.samples().chunks_exact(WIDTH as usize);
    let plain: Vec<u8> = rows.flat_map(|row| [&[0], row].concat()).collect();
    let (first, second) = plain.split_at((WIDTH + 1) as usize * HEIGHTS[0] as usize);
    let mut stream = vec![0x78, 0x01];
    for (part, level, flush) in [
        (first, 1, FlushCompress::Full),
        (second, 9, FlushCompress::Finish),
    ] {
        let mut out = Vec::with_capacity(part.len() + 1000);
        let mut compress = Compress::new(Compression::new(level), false);
        compress
            .compress_vec(part, &mut out, flush)
            .expect("enough room");
        assert_eq!(compress.total_in(), part.len() as u64);
        stream.extend(out);
    }
    let sums = plain.iter().fold((1_u32, 0_u32), |(low, high), &byte| {
        let low = (low + u32::from(byte)) % 65521;
        (low, (high + low) % 65521)
    });
    stream.extend((sums.1 << 16 | sums.0).to_be_bytes());
    assert!(stream.len() > 1 << 18);

    let mut file = PngFile::of(image).bytes()[..33].to_vec();
    for (tag, data) in [(b"IDAT", stream.as_slice()), (b"IEND", &[])] {
        file.extend((data.len() as u32).to_be_bytes());
        let body = [tag.as_slice(), data].concat();
        file.extend(&body);
        file.extend(crc32fast::hash(&body).to_be_bytes());
    }
    file
}

#[test]
fn a_library_that_prints_does_not_reach_the_standard_output() {
    let directory = tempdir().expect("a directory");
    let root = directory.path();
    let file = two_levels(&noise());
    fs::write(root.join("img.png"), &file).expect("a file");
    let arguments = ["compress", "--exact-file=always", "--effort", "fast"];
    let arguments = [&arguments[..], &["-o", "-", "img.png"]].concat();
    let output = run(root, &arguments);
    assert_eq!(output.status.code(), Some(0));
    fs::write(root.join("out.pxc"), output.stdout).expect("a file");
    succeed(root, &["decompress", "out.pxc"]);
    assert!(fs::read(root.join("out.png")).expect("a file") == file);
}
