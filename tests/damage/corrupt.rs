//! The files of fixtures/corrupt, each with an error of its own.

use std::fs;
use std::path::Path;

use pxc_codec::{ColorType, Image, Limits, pixel_digest, read_header};

use crate::crafted::{Crafted, LARGEST_U32, endless_exact_file};
use crate::golden;
use pxc_test_harness::{fixtures, outcome};

/// Every file of fixtures/corrupt bears the name of the error that it causes; `expected.txt` has the words.
#[test]
fn corrupt_files_fail_with_their_own_error() {
    let folder = fixtures().join("corrupt");
    let expected = fs::read_to_string(folder.join("expected.txt")).expect("the expected errors");
    let mut lines = expected.lines();
    for (name, _, code) in corrupt_files() {
        let (found, _, stderr) = outcome(&folder, &["test", &name]);
        assert_eq!(found, code, "{stderr}");
        assert_eq!(mask_place(&stderr), lines.next().unwrap_or_default());
    }
    assert_eq!(lines.next(), None);
}

/// Leaves out what the message of a missing model says about this machine.
fn mask_place(line: &str) -> String {
    let line = line.trim_end();
    line.split_once("; looked in ")
        .map_or(line, |(start, _)| start)
        .to_owned()
}

#[test]
#[ignore = "writes fixtures"]
fn write_missing_corrupt_files() {
    let folder = fixtures().join("corrupt");
    let mut expected = String::new();
    for (name, bytes, _) in corrupt_files() {
        write_if_missing(&folder.join(&name), &bytes);
        let (_, _, stderr) = outcome(&folder, &["test", &name]);
        expected.push_str(&mask_place(&stderr));
        expected.push('\n');
    }
    write_if_missing(&folder.join("expected.txt"), expected.as_bytes());
}

fn write_if_missing(path: &Path, bytes: &[u8]) {
    if !path.exists() {
        fs::write(path, bytes).expect("a written file");
    }
}

/// Every error that means bad data has its file.
#[test]
fn no_error_of_the_codec_is_left_out() {
    let source =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("codec/src/error.rs"));
    let source = source.expect("the errors of the codec");
    let (before, _) = source
        .split_once("=> ErrorKind::BadData")
        .expect("the kind");
    let (_, pattern) = before
        .rsplit_once("=> ErrorKind::")
        .expect("an arm before it");
    let names = pattern.split("Error::").skip(1);
    let names: Vec<&str> = names
        .map(|arm| arm.split([' ', '{']).next().unwrap_or_default())
        .collect();
    assert!(
        names.len() >= 12 && names.contains(&"PixelDigest"),
        "{names:?}"
    );
    let files = corrupt_files();
    for name in names {
        let file = format!("{name}.pxc");
        assert!(
            files.iter().any(|(known, ..)| *known == file),
            "{file} is missing"
        );
    }
}

/// The model of a golden file.
fn model_of(name: &str) -> Option<[u8; 8]> {
    let header = read_header(&golden(name), &Limits::default()).expect("a header");
    header.model.map(|model| model.0)
}

/// Name, bytes and exit code.
type CorruptFile = (&'static str, Vec<u8>, i32);

fn corrupt_files() -> Vec<(String, Vec<u8>, i32)> {
    let files = [
        damaged_files(),
        illegal_groups(),
        illegal_fields(),
        illegal_previews(),
    ]
    .concat();
    let named = files.into_iter();
    named
        .map(|(name, bytes, code)| (format!("{name}.pxc"), bytes, code))
        .collect()
}

/// A gray image of this width and height.
fn gray(width: &[u8], height: &[u8]) -> Crafted {
    Crafted {
        width: width.to_vec(),
        height: height.to_vec(),
        ..Crafted::default()
    }
}

/// What is found before a group is decoded.
fn damaged_files() -> Vec<CorruptFile> {
    let stored = golden("gray-stored.pxc");
    let flip = |at: usize| {
        let mut bytes = stored.clone();
        bytes[at] ^= 1;
        bytes
    };
    let last = stored.len() - 1;
    let mut long = stored.clone();
    long.extend(b"more");
    vec![
        ("Signature", flip(3), 1),
        ("Truncated", stored[..20].to_vec(), 1),
        ("HeaderChecksum", flip(12), 1),
        ("Unsupported", flip(8), 2),
        ("HeaderField", gray(&[0], &[1]).bytes(), 1),
        ("LimitExceeded", gray(&LARGEST_U32, &LARGEST_U32).bytes(), 2),
        ("GroupChecksum", flip(last), 1),
        ("GroupTruncated", stored[..last].to_vec(), 1),
        ("TrailingBytes", long, 1),
    ]
}

/// What is found in a group, or in what it needs.
fn illegal_groups() -> Vec<CorruptFile> {
    let one = gray(&[1], &[1]);
    vec![
        (
            "GroupContent",
            Crafted {
                payload: vec![9, 77],
                ..one.clone()
            }
            .bytes(),
            1,
        ),
        (
            "PixelDigest",
            Crafted {
                payload: vec![0, 77],
                ..one.clone()
            }
            .bytes(),
            1,
        ),
        (
            "UnknownModel",
            Crafted {
                model: Some([0xab; 8]),
                payload: vec![1, 0, 0, 0, 0],
                ..one.clone()
            }
            .bytes(),
            2,
        ),
        ("RebuildWork", endless_exact_file().bytes(), 2),
    ]
}

/// What is found in a preview, when the image is decoded.
fn illegal_previews() -> Vec<CorruptFile> {
    let image = Image::new(1, 1, ColorType::Gray, vec![77]).expect("legal");
    let with = |stream, checksum| {
        let crafted = Crafted {
            digest: pixel_digest(&image),
            preview: Some((stream, checksum)),
            payload: vec![0, 77],
            ..gray(&[1], &[1])
        };
        crafted.bytes()
    };
    let illegal = [0xff; 8];
    vec![
        ("PreviewChecksum", with([0; 8], 1), 1),
        (
            "PreviewContent",
            with(illegal, crc32fast::hash(&illegal)),
            1,
        ),
    ]
}

/// What is found in the fields of a header.
fn illegal_fields() -> Vec<CorruptFile> {
    let one = gray(&[1], &[1]);
    vec![
        (
            "ColorSet",
            Crafted {
                model: model_of("rgb-network.pxc"),
                color_set: Some(vec![0xff; 8]),
                payload: vec![1, 0, 0, 0, 0],
                ..one.clone()
            }
            .bytes(),
            1,
        ),
        (
            "SampleMap",
            Crafted {
                sample_map: Some(vec![0xff; 8]),
                payload: vec![0, 77],
                ..one.clone()
            }
            .bytes(),
            1,
        ),
        (
            "MetadataContent",
            Crafted {
                metadata: Some(vec![7, b'g', b'A', b'M', b'A', 0]),
                payload: vec![0, 77],
                ..one.clone()
            }
            .bytes(),
            1,
        ),
        (
            "ModelFormat",
            Crafted {
                model: model_of("rgb-network.pxc"),
                payload: vec![1, 0, 0, 0, 0],
                ..one.clone()
            }
            .bytes(),
            1,
        ),
        (
            "ModelTile",
            Crafted {
                model: model_of("pixelcnn-gray.pxc"),
                payload: vec![1, 0, 0, 0, 0],
                ..gray(&[127], &[127])
            }
            .bytes(),
            1,
        ),
    ]
}
