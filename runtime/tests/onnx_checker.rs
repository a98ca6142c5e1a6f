//! Are model files valid ONNX? Python's checker accepts them, with shape inference.

use std::path::{Path, PathBuf};

use pxc_model::{ModelFile, lowering};
use pxc_test_networks::random_models;

/// The models in the library.
fn shipped() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("models");
    let entries = std::fs::read_dir(folder).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let models = paths.filter(|path| path.extension().is_some_and(|found| found == "onnx"));
    let models: Vec<PathBuf> = models.collect();
    assert_eq!(models.len(), 3);
    models
}

const PROGRAM: &str = "
import sys
import onnx
for path in sys.argv[1:]:
    onnx.checker.check_model(onnx.load(path), full_check=True)
print('checked', len(sys.argv) - 1)
";

#[test]
#[ignore = "needs Python's onnx"]
fn files_pass_the_checker() {
    let mut command = pxc_test_requirements::python_with("onnx.checker");
    let directory = tempfile::tempdir().unwrap();
    command.args(["-c", PROGRAM]);
    let lowered = |file: ModelFile| {
        let graph = lowering::lower(file.graph()).unwrap();
        ModelFile::new(file.metadata().clone(), graph)
    };
    let models = [
        random_models::wide(1, 3, 16),
        random_models::wide(1, 1, 16),
        random_models::int8(1, 3, 16),
        random_models::int8(1, 1, 16),
        random_models::int8(1, 3, 16).and_then(lowered),
    ];
    for (index, model) in models.into_iter().enumerate() {
        let model = model.unwrap();
        model.prove().unwrap();
        let bytes = model.to_bytes().unwrap();
        assert_eq!(ModelFile::from_bytes(&bytes).unwrap(), model);
        let path = directory.path().join(format!("{index}.onnx"));
        std::fs::write(&path, bytes).unwrap();
        command.arg(path);
    }
    command.args(shipped());
    let output = command.output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "checked 8");
}
