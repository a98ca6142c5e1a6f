//! `docs/json.md` has the keys that commands print, and no others.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use pxc_codec::ColorType;
use pxc_test_harness::{files_with_suffix, fixtures, photo, pxc, text, write_png};
use serde_json::Value;
use tempfile::tempdir;

use crate::words::write_webp;

/// Keys whose objects have no keys that are known beforehand.
const OPEN: &str = "total.ignored";

/// Adds the keys of an object that have a value.
fn add_keys(prefix: &str, value: &Value, keys: &mut BTreeSet<String>) {
    match value {
        Value::Null => {}
        Value::Object(fields) if prefix != OPEN => {
            let dot = if prefix.is_empty() { "" } else { "." };
            for (key, value) in fields {
                add_keys(&format!("{prefix}{dot}{key}"), value, keys);
            }
        }
        Value::Array(items) if items.iter().all(Value::is_object) => {
            for item in items {
                add_keys(&format!("{prefix}[]"), item, keys);
            }
        }
        _ => drop(keys.insert(prefix.to_owned())),
    }
}

/// The keys that some runs print.
fn printed(directory: &Path, runs: &[Vec<OsString>]) -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    for run in runs {
        let mut command = pxc();
        let command = command.current_dir(directory).args(run).arg("--json");
        let output = command.output().expect("an output");
        let lines = text(&output.stdout);
        assert!(!lines.is_empty(), "{run:?}: {}", text(&output.stderr));
        for line in lines.lines() {
            add_keys("", &serde_json::from_str(line).expect("JSON"), &mut keys);
        }
    }
    keys
}

/// The keys in the tables of a section.
fn documented(section: &str) -> BTreeSet<String> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/json.md");
    let document = fs::read_to_string(path).expect("a document");
    let heading = format!("\n## {section}\n");
    let (_, text) = document.split_once(&heading).expect("the section");
    let text = text.split("\n## ").next().unwrap_or(text);
    let rows = text.lines().filter_map(|line| line.strip_prefix("| `"));
    let keys = rows.filter_map(|row| row.split_once('`'));
    keys.map(|(key, _)| key.to_owned()).collect()
}

fn run(words: &str, names: &[&OsStr]) -> Vec<OsString> {
    let words = words.split(' ').map(OsString::from);
    words
        .chain(names.iter().map(|&name| name.to_owned()))
        .collect()
}

/// Files of all kinds, one of whose names is not Unicode.
fn fill(directory: &Path, name: &OsStr) {
    write_png(&directory.join(name), &photo(40, 30, ColorType::Rgb));
    write_webp(&directory.join("a.webp"));
    let surplus = b"qoif\0\0\0\x03\0\0\0\x01\x04\x01\xc0\xfe\x0a\x14\x1e\x35\0\0\0\0\0\0\0\x01more";
    fs::write(directory.join("img.qoi"), surplus).expect("a file");
    fs::write(directory.join("empty.png"), "").expect("a file");
    fs::write(directory.join("lossy.webp"), b"RIFF\x12\0\0\0WEBPVP8 ").expect("a file");
    fs::write(directory.join("bad.pxc"), b"\x89pxc").expect("a file");
}

#[test]
fn the_keys_are_those_of_the_tables() {
    let directory = tempdir().expect("a directory");
    let (root, name) = (directory.path(), OsStr::from_bytes(b"\xff.png"));
    fill(root, name);
    let (coded, bad) = (OsStr::from_bytes(b"\xff.pxc"), OsStr::new("bad.pxc"));
    let check = |section: &str, runs: &[Vec<OsString>]| {
        assert_eq!(printed(root, runs), documented(section), "{section}");
    };
    check(
        "compress, decompress and thumbnail",
        &[
            run("compress -r -k --exact-file=never .", &[]),
            run("decompress -f", &[coded]),
            run("compress -f a.webp", &[]),
        ],
    );
    check("test", &[run("test -r", &[coded, bad, OsStr::new(".")])]);
    let golden = files_with_suffix(&fixtures().join("golden/v1"), "pxc");
    let mut files: Vec<&OsStr> = golden.iter().map(|path| path.as_os_str()).collect();
    files.extend([coded, bad, OsStr::new("a.webp.pxc")]);
    let preview = fixtures().join("corrupt/PreviewContent.pxc");
    files.extend([preview.as_os_str(), OsStr::new(".")]);
    check("info", &[run("info -r", &files)]);
    check("bench", &[run("bench -r", &[name, OsStr::new(".")])]);
    let model = fixtures().join("models/tiny-rgb.onnx");
    let models = [
        run("models", &[]),
        run("models check", &[model.as_os_str()]),
    ];
    check("models, models check and models add", &models);
}
