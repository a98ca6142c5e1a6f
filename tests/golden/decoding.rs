//! Every golden file decodes to the image beside it.

use std::fs;
use std::path::Path;

use pxc_codec::{Limits, read_header};
use pxc_test_requirements::Requirement;
use tempfile::tempdir;

use crate::cases::CASES;
use crate::golden;
use crate::harness::{decode_png, files_with_suffix, outcome, succeed};

fn decodes(file: &Path, arguments: &[&str]) {
    let directory = tempdir().expect("a directory");
    let file_name = file.display().to_string();
    let output = directory.path().join("decoded.png").display().to_string();
    succeed(
        directory.path(),
        &[&["decompress", &file_name, "-o", &output], arguments].concat(),
    );
    let decoded = decode_png(&fs::read(&output).expect("an image"));
    let expected = decode_png(&fs::read(file.with_extension("png")).expect("the golden image"));
    assert!(
        decoded == expected,
        "{}: other pixels than before",
        file.display()
    );
}

#[test]
fn golden_files_decode_to_their_images() {
    let files = files_with_suffix(&golden(), "pxc");
    assert!(files.len() >= CASES.len(), "golden files are missing");
    for file in &files {
        decodes(file, &[]);
        decodes(file, &["--threads", "7"]);
    }
    println!(
        "{} golden files decoded with tract, by one thread per core and by seven",
        files.len()
    );
}

#[test]
fn golden_files_decode_on_onnx_runtime() {
    let file = golden().join("rgb-network.pxc").display().to_string();
    let (code, _, stderr) = outcome(
        &golden(),
        &["test", "-q", "--backend", "onnxruntime", &file],
    );
    let absent = stderr.contains("ONNX Runtime: ") || stderr.contains("this build has no");
    let found = match code != 0 && absent {
        true => Err(stderr.trim_end()),
        false => Ok(()),
    };
    if Requirement::OnnxRuntime.of(found).is_none() {
        return;
    }
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
