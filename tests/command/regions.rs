//! `decompress --region`: a part of an image is what the whole image has there.

use std::fs;
use std::path::Path;

use pxc_codec::ColorType;
use pxc_test_harness::{outcome, photo, succeed, write_png};
use tempfile::tempdir;

fn open(path: &Path) -> image::RgbaImage {
    image::open(path).expect("an image").to_rgba8()
}

#[test]
fn a_part_is_that_of_the_whole() {
    let directory = tempdir().expect("a directory");
    let root = directory.path();
    let picture = photo(600, 500, ColorType::Rgba);
    write_png(&root.join("img.png"), &picture);
    succeed(root, &["compress", "img.png"]);
    let whole = open(&root.join("img.png"));
    for (x, y, width, height) in [(0, 0, 1, 1), (299, 240, 20, 30), (590, 0, 10, 500)] {
        let region = format!("{x},{y},{width},{height}");
        let arguments = [
            "decompress",
            "-f",
            "img.pxc",
            "--region",
            &region,
            "-o",
            "part.png",
        ];
        succeed(root, &arguments);
        let expected = image::imageops::crop_imm(&whole, x, y, width, height).to_image();
        assert!(open(&root.join("part.png")) == expected, "{region}");
    }
    let arguments = [
        "decompress",
        "img.pxc",
        "--region",
        "1,2,3,4",
        "-o",
        "part.ppm",
    ];
    let (code, _, stderr) = outcome(root, &arguments);
    assert_eq!(
        (code, stderr.as_str()),
        (
            2,
            "part.ppm: ppm cannot hold this 8-bit rgba image exactly (it holds 8- and 16-bit rgb)\n"
        )
    );
}

#[test]
fn a_part_outside_the_image_is_refused() {
    let directory = tempdir().expect("a directory");
    let root = directory.path();
    write_png(&root.join("img.png"), &photo(40, 30, ColorType::Rgb));
    succeed(root, &["compress", "--rm", "img.png"]);
    assert_eq!(
        outcome(root, &["decompress", "img.pxc", "--region", "30,0,11,5"]),
        (
            2,
            String::new(),
            "img.pxc: region of 11 columns and 5 rows at column 30, row 0: not inside the image of 40 columns and 30 rows\n"
                .into()
        )
    );
    let (code, _, stderr) = outcome(root, &["decompress", "img.pxc", "--region", "1,2,3"]);
    assert_eq!(code, 2);
    assert!(
        stderr.contains("expected column, row, width and height, as in 512,256,100,100"),
        "{stderr}"
    );
    assert!(!root.join("img.png").exists());
}

#[test]
fn damage_elsewhere_does_not_matter() {
    let directory = tempdir().expect("a directory");
    let root = directory.path();
    write_png(&root.join("img.png"), &photo(600, 500, ColorType::Rgb));
    succeed(root, &["compress", "img.png"]);
    let mut bytes = fs::read(root.join("img.pxc")).expect("a file");
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    fs::write(root.join("img.pxc"), bytes).expect("a file");
    let part = |region: &str| {
        let arguments = [
            "decompress",
            "-q",
            "img.pxc",
            "-o",
            "part.png",
            "-f",
            "--region",
            region,
        ];
        outcome(root, &arguments).0
    };
    assert_eq!(part("0,0,100,100"), 0);
    assert_eq!(part("0,400,100,100"), 1);
}

/// A file that holds a JPEG file is decoded as a whole; region and thumbnail are made of that.
#[test]
fn parts_and_thumbnails_of_jpeg_files() {
    let directory = tempdir().expect("a directory");
    let root = directory.path();
    let picture = photo(600, 500, ColorType::Rgb);
    let mut jpeg = Vec::new();
    let encoder = image::codecs::jpeg::JpegEncoder::new(&mut jpeg);
    let (samples, color) = (picture.samples(), image::ExtendedColorType::Rgb8);
    image::ImageEncoder::write_image(encoder, samples, 600, 500, color).expect("a JPEG file");
    fs::write(root.join("img.jpg"), jpeg).expect("a written file");
    succeed(root, &["compress", "img.jpg"]);
    succeed(
        root,
        &["decompress", "-q", "img.jpg.pxc", "-o", "whole.png"],
    );
    let whole = open(&root.join("whole.png"));
    let part = ["--region", "590,100,10,30", "-o", "part.png"];
    succeed(root, &[&["decompress", "img.jpg.pxc"][..], &part].concat());
    let expected = image::imageops::crop_imm(&whole, 590, 100, 10, 30).to_image();
    assert!(open(&root.join("part.png")) == expected);
    succeed(root, &["thumbnail", "img.jpg.pxc", "-o", "small.png"]);
    let small = open(&root.join("small.png"));
    assert_eq!(small.dimensions(), (256, 213));
    let size = ["-s", "200", "-o", "smaller.png"];
    succeed(root, &[&["thumbnail", "img.jpg.pxc"][..], &size].concat());
    let small = open(&root.join("smaller.png"));
    // 3 × 2.99 pixels each.
    assert_eq!(small.dimensions(), (200, 167));
    let sum: u32 = (0..9)
        .map(|at| u32::from(whole.get_pixel(3 + at % 3, 6 + at / 3)[1]))
        .sum();
    assert!(u32::from(small.get_pixel(1, 2)[1]).abs_diff(sum / 9) < 2);
    let outside = [
        "decompress",
        "img.jpg.pxc",
        "--region",
        "590,0,11,1",
        "-o",
        "x.png",
    ];
    let (code, _, stderr) = outcome(root, &outside);
    assert!(code == 2 && stderr.contains("region"), "{code}: {stderr}");
    assert!(!root.join("x.png").exists());
}
