//! Python's ONNX Runtime as a second opinion.

use std::path::{Path, PathBuf};

use pxc_test_requirements::python_with;

/// Runs `check_parity.py` on pairs of model and vectors.
pub(crate) fn check_with_python(pairs: &[(PathBuf, PathBuf)]) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/check_parity.py");
    let paths = pairs.iter().flat_map(|(model, vectors)| [model, vectors]);
    let mut python = python_with("numpy, onnx.checker, onnxruntime, safetensors.numpy");
    let output = python.arg(script).args(paths).output();
    let output = output.expect("python3 starts");
    println!("{}", String::from_utf8_lossy(&output.stdout));
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
