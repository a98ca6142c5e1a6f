//! Every golden file decodes to the image beside it, and those that hold a JPEG file to that file.

use std::fs;
use std::path::{Path, PathBuf};

use pxc_codec::{Limits, read_header};
use tempfile::tempdir;

use crate::golden;
use pxc_test_harness::{decode_png, files_with_suffix, succeed};

/// The `.pxc` files of version 1: one more for each that is added.
const GOLDEN_FILES: usize = 114;

fn decodes(file: &Path, arguments: &[&str]) {
    let directory = tempdir().expect("a directory");
    let decoded = |extension: &str| {
        let file_name = file.display().to_string();
        let output = directory.path().join("decoded").with_extension(extension);
        let target = output.display().to_string();
        let command = ["decompress", "-q", &file_name, "-o", &target];
        succeed(directory.path(), &[&command, arguments].concat());
        fs::read(output).expect("an image")
    };
    let is_same = match fs::read(file.with_extension("jpg")) {
        Ok(jpeg) => decoded("jpg") == jpeg,
        Err(_) => {
            let png = fs::read(file.with_extension("png")).expect("the golden image");
            decode_png(&decoded("png")) == decode_png(&png)
        }
    };
    assert!(is_same, "{}: other pixels than before", file.display());
}

#[test]
fn golden_files_decode_to_their_images() {
    let files = files_with_suffix(&golden(), "pxc");
    assert_eq!(files.len(), GOLDEN_FILES, "the number of golden files");
    for file in &files {
        decodes(file, &[]);
        decodes(file, &["--threads", "7"]);
    }
    let has_jpeg = |file: &&PathBuf| file.with_extension("jpg").is_file();
    assert_eq!(files.iter().filter(has_jpeg).count(), 2);
    println!(
        "{} golden files decoded with tract, by one thread per core and by seven",
        files.len()
    );
}

#[test]
#[ignore = "needs ONNX Runtime"]
fn golden_files_decode_on_onnx_runtime() {
    for file in files_with_suffix(&golden(), "pxc") {
        decodes(&file, &["--backend", "onnxruntime"]);
    }
}

#[test]
fn some_golden_files_list_their_colors() {
    for name in ["rgb-network-colors.pxc", "rgb-refined-colors.pxc"] {
        let bytes = fs::read(golden().join(name)).expect("a golden file");
        let header = read_header(&bytes, &Limits::default()).expect("a header");
        assert!(header.color_set.is_some(), "{name}");
    }
}
