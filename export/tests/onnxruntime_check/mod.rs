//! Python's ONNX Runtime as a second opinion.

use std::path::{Path, PathBuf};
use std::process::Command;

use pxc_test_requirements::Requirement;

/// Runs `check_parity.py` on pairs of model and vectors. Without Python and its packages it is skipped, unless
/// `PXC_REQUIRE` names `python-onnx`.
pub(crate) fn check_with_python(pairs: &[(PathBuf, PathBuf)]) {
    let Some(()) = Requirement::PythonOnnx.of(packages()) else {
        return;
    };
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/check_parity.py");
    let paths = pairs.iter().flat_map(|(model, vectors)| [model, vectors]);
    let output = python().arg(script).args(paths).output();
    let output = output.expect("python3 starts");
    println!("{}", String::from_utf8_lossy(&output.stdout));
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// Python away from the checkout, whose folders could pass for modules.
fn python() -> Command {
    let mut python = Command::new("python3");
    python.current_dir(std::env::temp_dir());
    python
}

/// Whether Python has the packages that `check_parity.py` imports.
fn packages() -> Result<(), String> {
    let imports = "import numpy, onnx.checker, onnxruntime, safetensors.numpy";
    match python().args(["-c", imports]).output() {
        Ok(output) if output.status.success() => Ok(()),
        Ok(_) => Err("python3 lacks numpy, onnx, onnxruntime or safetensors".into()),
        Err(error) => Err(format!("python3: {error}")),
    }
}
