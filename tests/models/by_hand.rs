//! A model that Python's `onnx.helper` makes is one that pxc uses: `export/examples/by_hand.py`.

use std::fs;
use std::path::Path;

use pxc_codec::ColorType;
use tempfile::tempdir;

use pxc_test_harness::{outcome, photo, succeed, write_png};

#[test]
#[ignore = "needs Python's onnx"]
fn a_model_made_by_hand_codes_images() {
    let mut python = pxc_test_requirements::python_with("onnx.checker, numpy");
    let directory = tempdir().expect("a directory");
    let root = directory.path();
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("export/examples/by_hand.py");
    let lines = fs::read_to_string(&program)
        .expect("the example")
        .lines()
        .count();
    assert!(lines <= 80, "{lines} lines");
    let made = python.arg(&program).arg(root.join("by-hand.onnx")).output();
    let made = made.expect("an output");
    assert!(
        made.status.success(),
        "{}",
        String::from_utf8_lossy(&made.stderr)
    );
    let said = succeed(root, &["models", "check", "by-hand.onnx"]);
    assert!(said.contains("\n  name              by-hand\n"), "{said}");
    assert!(
        said.contains("\n  sums              exact: at most "),
        "{said}"
    );

    write_png(&root.join("img.png"), &photo(90, 70, ColorType::Gray));
    let with_model = [
        "--effort",
        "fast",
        "--model",
        "by-hand.onnx",
        "--require-model",
    ];
    let compress = ["compress", "--verify", "img.png"];
    succeed(root, &[&compress[..], &with_model].concat());
    let (code, _, stderr) = outcome(root, &["test", "-q", "img.pxc"]);
    assert_eq!(code, 2);
    assert!(stderr.contains("model "), "{stderr}");
    succeed(root, &["test", "-q", "--model", "by-hand.onnx", "img.pxc"]);
}
