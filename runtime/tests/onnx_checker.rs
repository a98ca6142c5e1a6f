//! Are model files valid ONNX? Python's checker accepts them, with shape inference; and tract's own importer gives the
//! same logits for the models that pxc ships.

use std::path::{Path, PathBuf};

use pxc_model::reference::{LANES, Reference};
use pxc_model::{ModelFile, lowering};
use pxc_test_networks::random_models;
use tract_onnx::prelude::*;

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

#[test]
fn shipped_models_are_what_another_importer_reads() -> TractResult<()> {
    for path in shipped() {
        let bytes = std::fs::read(&path).unwrap();
        let file = ModelFile::from_bytes(&bytes).unwrap();
        let (graph, name) = (file.graph(), file.metadata().name());
        let reference = Reference::new(graph, file.metadata()).unwrap();
        let inputs = reference.pinned_inputs();
        let expected = reference.evaluate(&inputs).unwrap();

        // The shapes in the file have a symbol for the lanes.
        let importer = tract_onnx::onnx()
            .with_ignore_output_shapes(true)
            .with_ignore_value_info(true);
        let mut model = importer.model_for_read(&mut &bytes[..])?;
        let mut tensors = TVec::new();
        for (index, rows) in inputs.iter().enumerate() {
            let shape = [1, rows.len(), LANES];
            model.set_input_fact(index, f32::fact(shape).into())?;
            let values: Vec<f32> = rows
                .as_flattened()
                .iter()
                .map(|&value| value as f32)
                .collect();
            tensors.push(Tensor::from_shape(&shape, &values)?.into());
        }
        let found = model.into_optimized()?.into_runnable()?.run(tensors)?;
        assert_eq!(found.len(), graph.outputs().len());
        for (found, id) in found.iter().zip(graph.outputs()) {
            let found = found.try_as_plain_ram()?;
            let found = found.as_slice::<u8>()?;
            let expected = expected[id.index()].iter().flat_map(|row| row.values());
            let expected: Vec<u8> = expected.map(|value| value as u8).collect();
            assert!(found == expected, "{name}: {}", graph.tensor(*id).name);
            assert!(found.iter().any(|logit| *logit != found[0]), "{name}");
        }
    }
    Ok(())
}
