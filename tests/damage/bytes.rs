//! Compressed files that are cut short, have a flipped byte, or continue after their end.

use std::fs;

use tempfile::tempdir;

use crate::golden;
use pxc_test_harness::outcome;

/// Writes each file, tests all of them with one command and returns the exit code and one line per file.
fn test_all(files: &[(String, Vec<u8>)]) -> (i32, Vec<String>) {
    let directory = tempdir().expect("a directory");
    for (name, bytes) in files {
        fs::write(directory.path().join(name), bytes).expect("a written file");
    }
    let names = files.iter().map(|(name, _)| name.as_str());
    let arguments: Vec<&str> = ["test", "--jobs", "1"].into_iter().chain(names).collect();
    let (code, stdout, stderr) = outcome(directory.path(), &arguments);
    assert_eq!(stdout, "");
    let mut lines: Vec<String> = stderr.lines().map(str::to_owned).collect();
    if files.len() > 1 {
        let summary = lines.pop().expect("a summary");
        assert!(summary.contains(" failed"), "{summary}");
    }
    assert_eq!(lines.len(), files.len(), "one line per file: {stderr}");
    for ((name, _), line) in files.iter().zip(&lines) {
        assert!(
            line.starts_with(&format!("{name}: ")),
            "{line} is not about {name}"
        );
    }
    (code, lines)
}

/// Golden files that are small enough to be damaged at every byte.
const SMALL: [&str; 4] = [
    "rgb-row.pxc",
    "gray-stored.pxc",
    "gray-alpha.pxc",
    "rgb-adaptive.pxc",
];

#[test]
fn truncation_at_every_length_is_an_error_that_names_the_place() {
    for name in SMALL {
        let whole = golden(name);
        let cut: Vec<_> = (1..whole.len())
            .map(|length| (format!("{length}.pxc"), whole[..length].to_vec()))
            .collect();
        let (code, lines) = test_all(&cut);
        assert_eq!(code, 1);
        for line in lines {
            assert!(
                line.contains(": byte 0x") && line.contains("truncated"),
                "{line}"
            );
        }
    }
}

#[test]
fn every_flipped_byte_is_an_error() {
    for name in SMALL {
        let whole = golden(name);
        for mask in [0x01, 0x80, 0xff] {
            let flipped: Vec<_> = (0..whole.len())
                .map(|at| {
                    let mut bytes = whole.clone();
                    bytes[at] ^= mask;
                    (format!("{at}.pxc"), bytes)
                })
                .collect();
            let (code, lines) = test_all(&flipped);
            // Another version number is not damage, but an unknown version.
            assert_eq!(code, 2);
            assert!(lines[8].contains("version"), "{}", lines[8]);
            for (at, line) in lines.iter().enumerate() {
                assert!(line.contains(": byte 0x"), "byte {at}: {line}");
            }
        }
    }
}

#[test]
fn bytes_after_the_end_are_an_error() {
    let mut bytes = golden("rgb-row.pxc");
    bytes.push(0);
    let (code, lines) = test_all(&[("long.pxc".into(), bytes)]);
    assert_eq!(code, 1);
    assert!(
        lines[0].ends_with("1 bytes after the last group"),
        "{}",
        lines[0]
    );
}
