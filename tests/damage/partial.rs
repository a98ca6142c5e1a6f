//! `decompress --partial` writes what is intact and names what is missing.

use std::fs;

use tempfile::tempdir;

use crate::golden;
use pxc_test_harness::{decode_png, outcome, succeed};

#[test]
fn partial_writes_what_is_sound_and_says_what_is_missing() {
    let directory = tempdir().expect("a directory");
    let whole = golden("rgb-tiles.pxc");
    fs::write(directory.path().join("whole.pxc"), &whole).expect("a written file");
    let info = succeed(directory.path(), &["info", "--json", "whole.pxc"]);
    let info: serde_json::Value = serde_json::from_str(&info).expect("JSON");
    let offset = info["groups"][4]["offset"].as_u64().expect("an offset") as usize;
    let mut damaged = whole;
    damaged[offset + 3] ^= 0x10;
    fs::write(directory.path().join("img.pxc"), &damaged).expect("a written file");

    let (code, _, _) = outcome(directory.path(), &["decompress", "img.pxc"]);
    assert_eq!(code, 1);
    assert!(!directory.path().join("img.png").exists());

    let (code, stdout, stderr) = outcome(
        directory.path(),
        &["decompress", "--partial", "--rm", "img.pxc"],
    );
    assert_eq!((code, stdout.as_str()), (1, ""));
    let lines: Vec<&str> = stderr.lines().collect();
    assert_eq!(lines.len(), 2, "{stderr}");
    assert!(
        lines[0].starts_with(&format!(
            "img.pxc: byte {offset:#x}: group 4 checksum: expected "
        )),
        "{stderr}"
    );
    assert!(
        lines[0].ends_with("; missing: columns 20–39, rows 16–31"),
        "{stderr}"
    );
    assert_eq!(
        lines[1],
        "img.pxc: 1 of 9 groups are damaged; the rest was written"
    );
    assert!(
        directory.path().join("img.pxc").exists(),
        "a damaged input is not removed"
    );

    let found = decode_png(&fs::read(directory.path().join("img.png")).expect("an image"));
    let expected = decode_png(&golden("rgb-tiles.png"));
    for (at, (found, expected)) in found.samples().iter().zip(expected.samples()).enumerate() {
        let (x, y) = (at / 3 % 50, at / 3 / 50);
        let missing = (20..40).contains(&x) && (16..32).contains(&y);
        assert_eq!(
            *found,
            if missing { 0 } else { *expected },
            "column {x}, row {y}"
        );
    }
}

#[test]
fn partial_on_a_sound_file_is_as_usual() {
    let directory = tempdir().expect("a directory");
    fs::write(directory.path().join("img.pxc"), golden("rgb-tiles.pxc")).expect("a written file");
    succeed(directory.path(), &["decompress", "--partial", "img.pxc"]);
    let found = decode_png(&fs::read(directory.path().join("img.png")).expect("an image"));
    assert!(found == decode_png(&golden("rgb-tiles.png")));
}
