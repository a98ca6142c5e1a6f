//! Files of a few dozen bytes that declare 2^28 pixels: an error at once, in little memory.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use assert_cmd::Command;
use pxc_codec::{Limits, read_header};
use tempfile::tempdir;

use crate::crafted::Crafted;
use crate::golden;
use pxc_test_harness::{fixtures, outcome, text};

/// 2^14 and 2^28 as varints.
const SIDE: [u8; 3] = [0x80, 0x80, 0x01];
const ROW: [u8; 5] = [0x80, 0x80, 0x80, 0x80, 0x01];

/// Method bytes: network, adaptive, refined, general, thorough. Of the others, *stored* (0) has no entropy-coded
/// stream, and to *deep* (6) an empty stream is an image of one value.
const METHODS: [u8; 5] = [1, 2, 3, 4, 7];

/// What an entropy-coded stream may begin with.
const STREAMS: [&[u8]; 3] = [&[], &[0; 3], &[0x7f, 0xff, 0x31]];

fn file(method: u8, stream: &[u8], width: &[u8], height: &[u8]) -> Crafted {
    let limits = Limits::default();
    let header = read_header(&golden("gray-refined.pxc"), &limits).expect("a header");
    Crafted {
        width: width.to_vec(),
        height: height.to_vec(),
        model: header.model.map(|model| model.0),
        payload: [&[method], stream].concat(),
        ..Crafted::default()
    }
}

/// Tests a file in an address space of 1.5 GB, image and tile included; returns the exit code and the message.
fn test(folder: &Path, name: &str) -> (Option<i32>, String) {
    let output = Command::new("sh")
        .current_dir(folder)
        .env("PXC_MODELS", fixtures().join("models"))
        .args([
            "-c",
            "ulimit -v 1500000; exec \"$0\" test -q -T 1 --max-memory 2G \"$1\"",
        ])
        .args([env!("CARGO_BIN_EXE_pxc"), name])
        .output()
        .expect("an output");
    (output.status.code(), text(&output.stderr))
}

#[cfg(unix)]
#[test]
fn streams_that_run_dry_end_at_once() {
    let directory = tempdir().expect("a directory");
    let folder = directory.path();
    for (method, stream) in METHODS
        .iter()
        .flat_map(|&method| STREAMS.map(|stream| (method, stream)))
    {
        let bytes = file(method, stream, &SIDE, &SIDE).bytes();
        assert!(bytes.len() <= 44 + stream.len(), "{} bytes", bytes.len());
        fs::write(folder.join("large.pxc"), bytes).expect("a file");
        let begin = Instant::now();
        let (code, stderr) = test(folder, "large.pxc");
        let elapsed = begin.elapsed();
        let said = "group 0: the entropy-coded stream ";
        assert!(
            code == Some(1) && stderr.contains(said),
            "{method}: {stderr}"
        );
        assert!(elapsed < Duration::from_secs(20), "{method}: {elapsed:?}");
    }
}

/// A row of 2^28 pixels: the general method would keep 25 bytes for each of its columns.
#[test]
fn memory_for_columns_is_limited() {
    let directory = tempdir().expect("a directory");
    let folder = directory.path();
    fs::write(folder.join("row.pxc"), file(4, &[], &ROW, &[1]).bytes()).expect("a file");
    let (code, _, stderr) = outcome(folder, &["test", "row.pxc"]);
    let said = "max_memory limit: allowed 2147483648, needed ";
    assert!(code == 2 && stderr.contains(said), "{stderr}");
}
