//! Are model files good ONNX? Python's checker says so, with shape inference.

mod random_models;

use pxc_model::{ModelFile, lowering};

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
    let lowered = |file: ModelFile| file.with_graph(lowering::lower(file.graph()).unwrap());
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
    let output = command.output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "checked 5");
}
