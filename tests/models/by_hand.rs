//! pxc uses a model that Python's `onnx.helper` makes: `export/examples/by_hand.py`.

use std::fs;
use std::path::Path;

use pxc_codec::{CodingMethod, ColorType};
use pxc_runtime::{Backend, CompressOptions, Engine, Registry};
use tempfile::tempdir;

use pxc_test_harness::{outcome, photo, succeed};

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

    let registry = Registry::with_directory(None);
    let model = registry
        .add_file(&root.join("by-hand.onnx"))
        .expect("a model");
    let engine = Engine::new(registry, Backend::Tract);
    let image = photo(90, 70, ColorType::Gray);
    // The method that needs the model: others may make smaller files than so small a network.
    let options = CompressOptions::default()
        .with_model(Some(model.name()))
        .with_method(CodingMethod::Network);
    let (bytes, _) = engine.compress(&image, &options).expect("a file");
    fs::write(root.join("img.pxc"), bytes).expect("a written file");
    let (code, _, stderr) = outcome(root, &["test", "-q", "img.pxc"]);
    assert_eq!(code, 2);
    assert!(stderr.contains("model by-hand"), "{stderr}");
    succeed(root, &["test", "-q", "--model", "by-hand.onnx", "img.pxc"]);
}
