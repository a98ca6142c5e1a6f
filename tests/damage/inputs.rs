//! Missing models, files that are not models, damaged PNG files.

use std::fs;
use std::path::Path;

use pxc_codec::{ColorType, JpegFile, Limits, read_header};
use tempfile::tempdir;

use crate::golden;
use pxc_test_harness::{fixtures, outcome, photo, pxc, succeed, text, write_png};

#[test]
fn a_missing_model_is_named_with_the_places_searched() {
    let directory = tempdir().expect("a directory");
    fs::write(directory.path().join("img.pxc"), golden("rgb-network.pxc")).expect("a written file");
    let info = succeed(directory.path(), &["info", "--json", "img.pxc"]);
    let info: serde_json::Value = serde_json::from_str(&info).expect("JSON");
    let output = pxc()
        .current_dir(directory.path())
        .env("PXC_MODELS", directory.path())
        .args(["decompress", "img.pxc"])
        .output()
        .expect("an output");
    let stderr = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        stderr.contains(info["model_id"].as_str().expect("an id")),
        "{stderr}"
    );
    assert!(
        stderr.contains(&directory.path().display().to_string()),
        "{stderr}"
    );
    let advice =
        "(give the file of the model with --model, or add it for good: pxc models add FILE)\n";
    assert!(stderr.ends_with(advice), "{stderr}");
    assert!(!directory.path().join("img.png").exists());
    let model = fixtures()
        .join("models/tiny-rgb.onnx")
        .display()
        .to_string();
    let given = pxc()
        .current_dir(directory.path())
        .env("PXC_MODELS", directory.path())
        .args(["decompress", "img.pxc", "--model", &model])
        .output()
        .expect("an output");
    assert_eq!(
        (given.status.code(), text(&given.stderr)),
        (Some(0), String::new())
    );
}

/// A file stores the name of its model, unless every reader has the model.
#[test]
fn a_missing_model_is_called_by_its_name() {
    let directory = tempdir().expect("a directory");
    let root = directory.path();
    write_png(&root.join("img.png"), &photo(60, 60, ColorType::Rgb));
    succeed(root, &["compress", "--model", "tiny-rgb", "img.png"]);
    let info = |models: &Path, arguments: &[&str]| {
        let mut command = pxc();
        command.current_dir(root).env("PXC_MODELS", models);
        let output = command.args(arguments).output().expect("an output");
        (
            output.status.code(),
            text(&output.stdout),
            text(&output.stderr),
        )
    };
    let (_, json, _) = info(root, &["info", "--json", "img.pxc"]);
    let object: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(object["model_name"], "tiny-rgb");
    assert_eq!(object["model_available"], false);
    let id = object["model_id"].as_str().expect("an id");
    let (_, human, _) = info(root, &["info", "img.pxc"]);
    let line = format!("  model_id           tiny-rgb, {id}, which is not available\n");
    assert!(human.contains(&line), "{human}");
    let (code, _, stderr) = info(root, &["test", "img.pxc"]);
    assert_eq!(code, Some(2));
    let start =
        format!("img.pxc: model tiny-rgb, {id} was not found; looked in 3 embedded models, ");
    assert!(stderr.starts_with(&start), "{stderr}");

    succeed(root, &["compress", "-f", "img.png"]);
    let (_, json, _) = info(root, &["info", "--json", "img.pxc"]);
    let object: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(object["model_available"], true);
    let bytes = fs::read(root.join("img.pxc")).expect("a file");
    let header = read_header(&bytes, &Limits::default()).expect("a header");
    assert_eq!((header.model.is_some(), header.model_name), (true, None));
}

#[test]
fn a_file_that_is_no_model_is_refused() {
    let directory = tempdir().expect("a directory");
    write_png(
        &directory.path().join("img.png"),
        &photo(4, 4, ColorType::Rgb),
    );
    fs::write(directory.path().join("bad.onnx"), "this is no model").expect("a written file");
    let (code, _, stderr) = outcome(
        directory.path(),
        &["compress", "--model", "bad.onnx", "img.png"],
    );
    assert_eq!(code, 2);
    assert!(stderr.starts_with("bad.onnx: "), "{stderr}");
    assert!(!directory.path().join("img.pxc").exists());
}

#[test]
fn damaged_png_files_are_bad_data() {
    let directory = tempdir().expect("a directory");
    let path = directory.path().join("img.png");
    write_png(&path, &photo(20, 20, ColorType::Rgb));
    let whole = fs::read(&path).expect("a file");
    for at in [0, 5, 20, 45, whole.len() / 2, whole.len() - 16] {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x20;
        fs::write(&path, &bytes).expect("a written file");
        let (code, _, stderr) = outcome(directory.path(), &["compress", "img.png"]);
        assert_eq!(code, 1, "byte {at}: {stderr}");
        fs::write(&path, &whole[..at]).expect("a written file");
        let (code, _, stderr) = outcome(directory.path(), &["compress", "img.png"]);
        assert_eq!(code, 1, "{at} bytes: {stderr}");
    }
    assert!(!directory.path().join("img.pxc").exists());
}

/// The checksum of its file is right.
#[test]
fn a_damaged_jpeg_file_inside_is_bad_data() {
    let directory = tempdir().expect("a directory");
    let file = JpegFile {
        width: 4,
        height: 4,
        color: ColorType::Gray,
        digest: [0; 8],
        stream: &[0; 40],
    };
    let bytes = file.write(&Limits::default()).expect("a file");
    fs::write(directory.path().join("img.pxc"), bytes).expect("a written file");
    let said = "img.pxc: the JPEG file in it is damaged, and nothing of it can be saved: damaged JPEG: the header of its \
        Lepton stream is not legal (get a copy of the file)\n";
    assert_eq!(
        outcome(directory.path(), &["test", "img.pxc"]),
        (1, String::new(), said.into())
    );
}
