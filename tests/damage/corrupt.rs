//! The files of fixtures/corrupt, each with an error of its own.

use std::fs;
use std::path::Path;

use crate::crafted::{Crafted, LARGEST_U32, endless_exact_file};
use crate::golden;
use crate::harness::{fixtures, outcome};

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

/// What a missing model's message says about this machine is left out.
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
    fs::write(folder.join("expected.txt"), expected).expect("a written file");
}

fn write_if_missing(path: &Path, bytes: &[u8]) {
    if !path.exists() {
        fs::write(path, bytes).expect("a written file");
    }
}

/// Name, bytes and exit code, made from the golden files.
fn corrupt_files() -> Vec<(String, Vec<u8>, i32)> {
    let stored = golden("gray-stored.pxc");
    let flip = |at: usize| {
        let mut bytes = stored.clone();
        bytes[at] ^= 1;
        bytes
    };
    let last = stored.len() - 1;
    let mut long = stored.clone();
    long.extend(b"more");
    let gray = |width: &[u8], height: &[u8]| Crafted {
        width: width.to_vec(),
        height: height.to_vec(),
        ..Crafted::default()
    };
    let one = gray(&[1], &[1]);
    let files = [
        ("Signature", flip(3), 1),
        ("Truncated", stored[..20].to_vec(), 1),
        ("HeaderChecksum", flip(12), 1),
        ("Unsupported", flip(8), 2),
        ("HeaderField", gray(&[0], &[1]).bytes(), 1),
        ("LimitExceeded", gray(&LARGEST_U32, &LARGEST_U32).bytes(), 2),
        ("GroupChecksum", flip(last), 1),
        ("GroupTruncated", stored[..last].to_vec(), 1),
        ("TrailingBytes", long, 1),
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
                ..one
            }
            .bytes(),
            2,
        ),
        ("RebuildWork", endless_exact_file().bytes(), 2),
    ];
    files
        .map(|(name, bytes, code)| (format!("{name}.pxc"), bytes, code))
        .into()
}
