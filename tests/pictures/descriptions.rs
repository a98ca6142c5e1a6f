//! When pxc keeps a description of a file, what that costs, and what it says of files that do not come back byte for
//! byte.

use std::fs;

use pxc_codec::ColorType;
use pxc_test_harness::{PngFile, decode_png, names, outcome, photo, succeed};
use tempfile::tempdir;

use crate::exact_files::{save, workshop};

#[test]
fn what_cannot_be_rebuilt_is_said() {
    let directory = workshop();
    let root = directory.path();
    let image = image::open(root.join("img.png")).expect("an image");
    image.save(root.join("img.webp")).expect("a file");
    assert_eq!(
        outcome(root, &["compress", "--exact-file=require", "img.webp"]),
        (
            2,
            String::new(),
            "img.webp: not compressed: --exact-file=require is given: pxc does not rebuild WebP files\n"
                .into()
        )
    );
    assert_eq!(names(root), ["img.png", "img.webp"]);
    assert_eq!(
        outcome(root, &["compress", "--exact-file=always", "img.webp"]),
        (
            0,
            String::new(),
            "img.webp: note: the file cannot be rebuilt byte for byte, only its pixels and metadata: pxc does not rebuild WebP files\n"
                .into()
        )
    );
    let (code, _, stderr) = outcome(
        root,
        &[
            "compress",
            "--exact-file=always",
            "--strip",
            "all",
            "img.png",
        ],
    );
    assert_eq!(code, 2);
    assert!(stderr.contains("cannot be used with"), "{stderr}");
}

#[test]
fn info_says_why_a_file_is_not_exact() {
    let directory = tempdir().expect("a directory");
    let root = directory.path();
    save(root, "img.webp", image::ImageFormat::WebP);
    let reason = "pxc does not rebuild WebP files";
    let (code, _, stderr) = outcome(root, &["compress", "-v", "--rm", "img.webp"]);
    assert!(code == 0 && stderr.contains(reason), "{stderr}");
    let info = succeed(root, &["info", "img.webp.pxc"]);
    let line = format!("\n  exact_file         no: {reason}\n");
    assert!(info.contains(&line), "{info}");
    let json = succeed(root, &["info", "--json", "img.webp.pxc"]);
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(json["not_exact"], reason);
    assert_eq!(json["exact_file"], serde_json::Value::Null);
    succeed(root, &["decompress", "img.webp.pxc"]);
    succeed(
        root,
        &[
            "compress",
            "--exact-file=never",
            "img.webp",
            "-o",
            "never.pxc",
        ],
    );
    let info = succeed(root, &["info", "never.pxc"]);
    assert!(
        info.contains("exact_file         no: not asked for\n"),
        "{info}"
    );
}

/// Bytes that no coder finds simple.
fn noise(count: u32) -> impl Iterator<Item = u8> {
    (0..count).scan(7_u32, |state, _| {
        *state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        Some((*state >> 24) as u8)
    })
}

/// The same PNG file, with its pixels in many chunks of irregular lengths.
fn in_many_chunks(png: &[u8]) -> Vec<u8> {
    let mut lengths = noise(u32::MAX).map(|byte| 1 + usize::from(byte >> 4));
    let (mut file, mut rest) = (png[..8].to_vec(), &png[8..]);
    while let Some((length, after)) = rest.split_first_chunk::<4>() {
        let (kind, after) = after.split_at(4);
        let (mut data, after) = after.split_at(u32::from_be_bytes(*length) as usize);
        rest = &after[4..];
        loop {
            let part = match kind {
                b"IDAT" => lengths.next().map_or(0, |length| length.min(data.len())),
                _ => data.len(),
            };
            file.extend((part as u32).to_be_bytes());
            let start = file.len();
            file.extend([kind, &data[..part]].concat());
            file.extend(crc32fast::hash(&file[start..]).to_be_bytes());
            data = &data[part..];
            if data.is_empty() {
                break;
            }
        }
    }
    file
}

#[test]
fn a_description_that_costs_much_is_left_out_by_default() {
    let directory = tempdir().expect("a directory");
    let root = directory.path();
    let bytes = in_many_chunks(&PngFile::of(&photo(90, 70, ColorType::Rgb)).bytes());
    fs::write(root.join("img.png"), &bytes).expect("a file");
    let (code, _, stderr) = outcome(root, &["compress", "-v", "img.png"]);
    assert_eq!(code, 0, "{stderr}");
    assert!(stderr.contains("its description would take"), "{stderr}");
    let info = succeed(root, &["info", "img.pxc"]);
    assert!(info.contains("exact_file         no"), "{info}");
    succeed(
        root,
        &["compress", "-f", "-q", "--exact-file=always", "img.png"],
    );
    succeed(root, &["decompress", "-f", "img.pxc"]);
    assert!(fs::read(root.join("img.png")).expect("a file") == bytes);
}

/// The white space of a plain PGM file has no meaning, and is noise here.
#[test]
fn plain_formats_are_exact_at_any_cost() {
    let directory = tempdir().expect("a directory");
    let root = directory.path();
    let mut bytes = b"P2\n60 40\n255\n".to_vec();
    let spaces = noise(2400).flat_map(|byte| [b'7', b" \n\t\r"[usize::from(byte >> 6)]]);
    bytes.extend(spaces);
    fs::write(root.join("img.pgm"), &bytes).expect("a file");
    succeed(root, &["compress", "img.pgm"]);
    succeed(root, &["decompress", "-f", "img.pgm.pxc"]);
    assert!(fs::read(root.join("img.pgm")).expect("a file") == bytes);
}

#[test]
fn what_would_be_lost_without_a_description_is_kept_at_any_cost() {
    let directory = workshop();
    let root = directory.path();
    let mut png = fs::read(root.join("img.png")).expect("a file");
    png.extend(noise(999));
    fs::write(root.join("img.png"), &png).expect("a file");
    // A bitmap whose fourth bytes are not alpha.
    let mut bmp = b"BM".to_vec();
    for field in [
        54 + 60 * 40 * 4,
        0,
        54,
        40,
        60,
        40,
        0x20_0001,
        0,
        0,
        0,
        0,
        0,
        0,
    ] {
        bmp.extend(u32::to_le_bytes(field));
    }
    bmp.extend(noise(60 * 40).flat_map(|byte| [7, 7, 7, byte]));
    fs::write(root.join("img.bmp"), &bmp).expect("a file");
    for (name, coded, bytes) in [("img.png", "img.pxc", png), ("img.bmp", "img.bmp.pxc", bmp)] {
        let expected = (0, String::new(), String::new());
        assert_eq!(outcome(root, &["compress", "--rm", "-q", name]), expected);
        succeed(root, &["decompress", "--rm", coded]);
        assert!(
            fs::read(root.join(name)).expect("a file") == bytes,
            "{name}"
        );
    }
}

/// A conversion, and `--json`, name what the described file has besides its picture.
#[test]
fn a_conversion_says_what_else_the_file_has() {
    let directory = tempdir().expect("a directory");
    let root = directory.path();
    // Three pixels of linear colours, and something behind them.
    let qoi = b"qoif\0\0\0\x03\0\0\0\x01\x04\x01\xc0\xfe\x0a\x14\x1e\x35\0\0\0\0\0\0\0\x01more";
    fs::write(root.join("img.qoi"), qoi).expect("a file");
    let lost = |arguments: &[&str]| {
        let (code, stdout, stderr) = outcome(root, arguments);
        assert_eq!(code, 0, "{stderr}");
        let line = stdout.lines().next().expect("a line");
        let object: serde_json::Value = serde_json::from_str(line).expect("JSON");
        let names = object["lost"].as_array().expect("a list").clone();
        let names: Vec<String> = names
            .iter()
            .filter_map(|name| name.as_str().map(str::to_owned))
            .collect();
        let note = format!("does not keep {}\n", names.join(", "));
        assert_eq!(stderr.contains(&note), !names.is_empty(), "{stderr}");
        names
    };
    let never = ["compress", "--json", "--exact-file=never", "img.qoi"];
    let names = lost(&never);
    assert_eq!(names.len(), 2, "{names:?}");
    assert!(lost(&["compress", "--json", "-f", "img.qoi"]).is_empty());
    let coded = "img.qoi.pxc";
    for format in ["png", "tiff"] {
        let convert = ["decompress", "--json", coded, "--format", format];
        assert_eq!(lost(&convert), names, "{format}");
    }
    assert!(lost(&["decompress", "--json", "-f", coded]).is_empty());
    let (code, _, stderr) = outcome(root, &["decompress", "--rm", "-f", coded, "-o", "a.png"]);
    let said = format!("lose {}, the bytes of the original file", names.join(", "));
    assert!(code == 2 && stderr.contains(&said), "{stderr}");
}

/// Bits behind the ends of rows are no part of the image, so that no file is promised that has them.
#[test]
fn padding_bits_are_lost_and_that_is_said() {
    use png::{BitDepth, ColorType};
    for (color, depth, width, last) in [
        (ColorType::Grayscale, BitDepth::One, 5, 7),
        (ColorType::Indexed, BitDepth::One, 5, 1),
        (ColorType::Grayscale, BitDepth::Two, 3, 3),
        (ColorType::Indexed, BitDepth::Four, 3, 15),
    ] {
        let directory = tempdir().expect("a directory");
        let root = directory.path();
        let depth_bits = depth as usize;
        let row = (width as usize * depth_bits).div_ceil(8);
        let mut rows = vec![0x55; 8 * row];
        let clean: u8 = !((1u16 << (8 * row - width as usize * depth_bits)) - 1) as u8;
        rows.chunks_mut(row)
            .for_each(|row| *row.last_mut().expect("a byte") &= clean);
        *rows.last_mut().expect("a byte") |= last;
        let palette = (0..1u8 << depth_bits).flat_map(|entry| [entry; 3]);
        let file = PngFile {
            width,
            height: 8,
            color,
            depth,
            palette: (color == ColorType::Indexed).then(|| palette.collect()),
            transparency: None,
            rows,
            chunks: Vec::new(),
        };
        let png = file.bytes();
        fs::write(root.join("img.png"), &png).expect("a file");
        let require = ["compress", "--exact-file=require", "img.png"];
        let (code, _, stderr) = outcome(root, &require);
        let reason = ": padding bits of rows that are not zero\n";
        assert!(code == 2 && stderr.ends_with(reason), "{stderr}");
        let (code, _, stderr) = outcome(root, &["compress", "--rm", "img.png"]);
        let lost = "--rm would lose padding bits of rows that are not zero";
        assert!(code == 2 && stderr.contains(lost), "{stderr}");
        assert_eq!(names(root), ["img.png"]);
        let (code, _, stderr) = outcome(root, &["compress", "img.png"]);
        assert!(code == 0 && stderr.ends_with(reason), "{stderr}");
        let info = succeed(root, &["info", "img.pxc"]);
        assert!(
            info.contains("padding bits of rows that are not zero"),
            "{info}"
        );
        let (code, _, stderr) = outcome(root, &["test", "-q", "img.pxc"]);
        assert_eq!((code, stderr.as_str()), (0, ""));
        succeed(root, &["decompress", "-f", "img.pxc"]);
        let back = fs::read(root.join("img.png")).expect("a file");
        assert!(decode_png(&back) == decode_png(&png), "{color:?} {depth:?}");
    }
}
