//! Do the fuzz targets hold for their corpora, `fuzz/corpus/TARGET`?

use std::fs;
use std::path::Path;

use pxc_test_hostile::targets;

/// Runs a target on each file of its corpus.
fn replay(name: &str, target: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fuzz/corpus")
        .join(name);
    let entries = fs::read_dir(&folder).expect("a corpus");
    let mut paths: Vec<_> = entries
        .map(|entry| entry.expect("an entry").path())
        .collect();
    paths.sort();
    assert!(!paths.is_empty(), "{}", folder.display());
    for path in paths {
        println!("{}", path.display());
        target(&fs::read(&path).expect("a file"));
    }
}

#[test]
fn payload() {
    replay("payload", targets::payload);
}

#[test]
fn model() {
    replay("model", targets::model);
}

#[test]
fn picture() {
    replay("picture", targets::picture);
}

#[test]
fn png_image() {
    replay("png_image", targets::png_image);
}

#[test]
fn exact_file() {
    replay("exact_file", targets::exact_file);
}

#[test]
fn decode() {
    replay("decode", targets::decode);
}
