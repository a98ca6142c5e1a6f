//! Does the network match its training? The portable reference and every backend repeat the logits of the trainer's
//! rounded network, to the last bit.

use std::path::{Path, PathBuf};

use pxc_runtime::{Model, open};
#[cfg(feature = "onnxruntime")]
use pxc_test_networks::backends::onnxruntime;
use pxc_test_networks::backends::{
    Inputs, TestBackend, reference_logits, staged_logits, tract, whole_logits,
};
use pxc_test_networks::vectors::Vectors;

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/models")
}

#[test]
fn logits_are_the_trainers() {
    check_logits(&tract());
}

#[cfg(feature = "onnxruntime")]
#[test]
#[ignore = "needs ONNX Runtime"]
fn logits_of_onnxruntime_are_the_trainers() {
    check_logits(&onnxruntime());
}

fn check_logits(backends: &[TestBackend]) {
    let mut models = 0;
    let entries = std::fs::read_dir(fixtures())
        .unwrap()
        .map(|entry| entry.unwrap().path());
    for path in entries.filter(|path| {
        path.extension()
            .is_some_and(|extension| extension == "onnx")
    }) {
        let vectors = Vectors::read(&path.with_extension("safetensors"));
        if !vectors.tensors.contains_key("context") {
            // Whole images: a model that keeps maps.
            continue;
        }
        models += 1;
        let model =
            Model::from_bytes(&path.display().to_string(), &std::fs::read(&path).unwrap()).unwrap();
        let channels = model.spec().channels();
        let context = vectors.integers("context");
        let inputs = Inputs {
            lanes: context.len() / model.spec().features(),
            context,
            own: (0..channels - 1)
                .flat_map(|k| vectors.integers(&format!("own_{k}")))
                .collect(),
        };
        let expected =
            (0..channels).flat_map(|k| vectors.tensors[&format!("logits_{k}")].iter().copied());
        let expected: Vec<u8> = expected.collect();
        let file = pxc_model::ModelFile::from_bytes(&std::fs::read(&path).unwrap()).unwrap();
        let reference = reference_logits(&file, &inputs);
        assert!(reference == expected, "{}, reference", path.display());
        for backend in backends {
            let predictor = open(&model, &backend.options).unwrap();
            for logits in [
                whole_logits(&*predictor, &inputs).unwrap(),
                staged_logits(&*predictor, &inputs).unwrap(),
            ] {
                let pairs = logits.iter().zip(&expected);
                let largest = pairs.map(|(a, b)| a.abs_diff(*b)).max();
                println!(
                    "{}, {}: largest difference {largest:?}",
                    model.name(),
                    backend.name
                );
                assert!(logits == expected, "{}, {}", path.display(), backend.name);
            }
        }
    }
    assert!(models > 0, "no models in {}", fixtures().display());
}
