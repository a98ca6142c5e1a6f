//! Python's ONNX Runtime as a second opinion.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Runs `check_parity.py` on pairs of model and vectors; says so and passes where Python lacks the packages.
pub(crate) fn check_with_python(pairs: &[(PathBuf, PathBuf)]) {
    let modules = "import numpy, onnx, onnxruntime, safetensors";
    let present = Command::new("python3").args(["-c", modules]).output();
    if !present.is_ok_and(|output| output.status.success()) {
        eprintln!(
            "SKIPPED: python3 with numpy, onnx, onnxruntime and safetensors is not installed"
        );
        return;
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/check_parity.py");
    let paths = pairs.iter().flat_map(|(model, vectors)| [model, vectors]);
    let output = Command::new("python3")
        .arg(script)
        .args(paths)
        .output()
        .expect("python3 starts");
    println!("{}", String::from_utf8_lossy(&output.stdout));
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
