//! Golden files that hold whole files: the same bytes come back, whatever the version of the crate that rebuilds them.

use std::fs;
use std::io::Write;
use std::path::Path;

use flate2::{Compression, write::ZlibEncoder};
use pxc_codec::ColorType;
use tempfile::tempdir;

use crate::golden;
use crate::images::calm;
use pxc_test_harness::{PngFile, succeed, write_png};

/// Name, level of compression, bytes in each `IDAT` chunk.
const FILES: [(&str, u32, usize); 2] = [("exact-fast", 1, 1 << 20), ("exact-stored", 0, 1 << 16)];

/// Extensions of files that a template and the pixels bring back. The files are `exact-EXTENSION.EXTENSION`.
const TEMPLATES: [&str; 6] = ["bmp", "pgm", "ppm", "pam", "qoi", "tiff"];

/// Written by zlib 1.2.13 at level 6, by way of Pillow.
const ZLIB: &str = "exact-zlib";

/// A PNG file whose rows have the filters 0 to 4 in turn, with chunks before and behind the pixels.
fn png_file(level: u32, idat_bytes: usize) -> Vec<u8> {
    let size = if level == 0 { (40, 30) } else { (160, 120) };
    let image = calm(size, ColorType::Rgb);
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::new(level));
    let row_bytes = size.0 as usize * 3;
    let mut above = vec![0; row_bytes];
    for (y, row) in image.samples().chunks_exact(row_bytes).enumerate() {
        let filter = y % 5;
        let filtered = (0..row_bytes).map(|x| {
            let left = |row: &[u8]| if x < 3 { 0 } else { row[x - 3] };
            row[x].wrapping_sub(predicted(filter, left(row), above[x], left(&above)))
        });
        let filtered: Vec<u8> = std::iter::once(filter as u8).chain(filtered).collect();
        encoder.write_all(&filtered).expect("a row");
        above.copy_from_slice(row);
    }
    let stream = encoder.finish().expect("a stream");

    let whole = PngFile::of(&image).bytes();
    let mut bytes = whole[..33].to_vec();
    chunk(&mut bytes, b"gAMA", &45455_u32.to_be_bytes());
    for part in stream.chunks(idat_bytes) {
        chunk(&mut bytes, b"IDAT", part);
    }
    chunk(&mut bytes, b"tEXt", b"Comment\0behind the pixels");
    chunk(&mut bytes, b"IEND", &[]);
    bytes.extend_from_slice(b"behind the end");
    bytes
}

/// PNG's filters: none, sub, up, average, Paeth.
fn predicted(filter: usize, a: u8, b: u8, c: u8) -> u8 {
    let estimate = i16::from(a) + i16::from(b) - i16::from(c);
    let distance = |value: u8| estimate.abs_diff(value.into());
    match filter {
        0 => 0,
        1 => a,
        2 => b,
        3 => ((u16::from(a) + u16::from(b)) / 2) as u8,
        _ if distance(a) <= distance(b) && distance(a) <= distance(c) => a,
        _ if distance(b) <= distance(c) => b,
        _ => c,
    }
}

fn chunk(bytes: &mut Vec<u8>, tag: &[u8; 4], data: &[u8]) {
    bytes.extend((data.len() as u32).to_be_bytes());
    let start = bytes.len();
    bytes.extend(tag);
    bytes.extend(data);
    let checksum = crc32fast::hash(&bytes[start..]);
    bytes.extend(checksum.to_be_bytes());
}

#[test]
#[ignore = "writes golden files"]
fn write_missing_exact_files() {
    for (name, level, idat_bytes) in FILES {
        let path = golden().join(format!("{name}.png"));
        if !path.exists() {
            fs::write(&path, png_file(level, idat_bytes)).expect("a written file");
        }
    }
    for name in FILES.map(|(name, ..)| name).into_iter().chain([ZLIB]) {
        compress_missing(name, "png", &["--model", "tiny-rgb"]);
    }
}

/// Compresses a golden file, all of it, if its .pxc file is missing.
fn compress_missing(name: &str, extension: &str, options: &[&str]) {
    let [coded, file] = ["pxc", extension].map(|kind| format!("{name}.{kind}"));
    if !golden().join(&coded).exists() {
        let exactly = [
            "compress",
            "-q",
            "--exact-file=require",
            &file,
            "-o",
            &coded,
        ];
        succeed(&golden(), &[&exactly, options].concat());
        println!("written: {coded}");
    }
}

/// A plain PGM file with a comment, leading zeros and lines of different lengths.
fn plain_pgm() -> String {
    let image = calm((24, 18), ColorType::Gray);
    let samples = image.samples().iter().enumerate();
    let numbers = samples.map(|(at, sample)| match at % 7 {
        0 => format!("{sample:03}\n"),
        3 => format!("{sample}  "),
        _ => format!("{sample} "),
    });
    let numbers: String = numbers.collect();
    format!("P2 # plain\n24 18\n255\n{numbers}")
}

#[test]
#[ignore = "writes golden files"]
fn write_missing_exact_templates() {
    let directory = tempdir().expect("a directory");
    let root = directory.path();
    write_png(&root.join("img.png"), &calm((24, 18), ColorType::Rgb));
    succeed(root, &["compress", "img.png"]);
    for extension in TEMPLATES {
        let name = format!("exact-{extension}");
        let [file, coded, image] = [extension, "pxc", "png"].map(|kind| {
            golden()
                .join(format!("{name}.{kind}"))
                .display()
                .to_string()
        });
        match (extension, Path::new(&file).exists()) {
            (_, true) => {}
            ("pgm", _) => fs::write(&file, plain_pgm()).expect("a written file"),
            _ => drop(succeed(root, &["decompress", "img.pxc", "-o", &file])),
        }
        compress_missing(&name, extension, &[]);
        if !Path::new(&image).exists() {
            let pixels = ["decompress", &coded, "-o", &image, "--format", "png"];
            succeed(root, &pixels);
        }
    }
}

#[test]
fn exact_templates_come_back_byte_for_byte() {
    let directory = tempdir().expect("a directory");
    for extension in TEMPLATES {
        let file = golden().join(format!("exact-{extension}.pxc"));
        let (file, name) = (file.display().to_string(), format!("img.{extension}"));
        succeed(directory.path(), &["decompress", &file, "-o", &name]);
        let found = fs::read(directory.path().join(name)).expect("a file");
        let kept = golden().join(format!("exact-{extension}.{extension}"));
        assert!(
            found == fs::read(kept).expect("the golden file"),
            "{extension}: other bytes than before"
        );
    }
}

#[test]
fn exact_files_come_back_byte_for_byte() {
    let directory = tempdir().expect("a directory");
    for name in FILES.map(|(name, _, _)| name).into_iter().chain([ZLIB]) {
        let file = golden().join(format!("{name}.pxc")).display().to_string();
        succeed(
            directory.path(),
            &["decompress", "-f", &file, "-o", "img.png"],
        );
        let found = fs::read(directory.path().join("img.png")).expect("a file");
        let kept = fs::read(golden().join(format!("{name}.png"))).expect("the golden file");
        assert!(found == kept, "{name}: other bytes than before");
    }
}
