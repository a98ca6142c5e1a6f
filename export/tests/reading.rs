//! A model file gives the network back that it was exported from.

use std::path::{Path, PathBuf};

use pxc_export::Error;
use pxc_export::photo::{model::export, parity, reading::read};
use pxc_model::ModelFile;
use pxc_trainer::photo::network::PhotoNetwork;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn model(path: &str) -> ModelFile {
    let bytes = std::fs::read(root().join(path)).expect("a file");
    ModelFile::from_bytes(&bytes).expect("a model")
}

#[test]
fn the_network_of_a_model_file_has_the_logits_of_the_model() {
    for path in [
        "runtime/models/photo-gray.onnx",
        "runtime/models/photo-rgb.onnx",
        "runtime/models/photo-rgb-int8.onnx",
        "fixtures/models/tiny-gray.onnx",
        "fixtures/models/tiny-rgb.onnx",
    ] {
        let model = model(path);
        let network = read(&model).unwrap_or_else(|error| panic!("{path}: {error}"));
        // Exported again, its weights may be finer, but no logit changes.
        let again = export(&network, &"read back").expect("a model");
        for model in [&model, &again] {
            let pixels = parity::check(&network, model);
            let pixels = pixels.unwrap_or_else(|error| panic!("{path}: {error}"));
            assert_eq!(pixels, 384);
        }
    }
}

#[test]
fn another_network_is_told_from_the_model() {
    let model = model("fixtures/models/tiny-gray.onnx");
    let config = read(&model).expect("a network").config;
    let other = PhotoNetwork::new(&config, 7, &candle_core::Device::Cpu).expect("a network");
    let error = parity::check(&other, &model).expect_err("other weights");
    assert!(matches!(error, Error::Parity { .. }), "{error}");
}

#[test]
fn models_of_other_networks_are_refused() {
    // One of the paper's, and one of an earlier form: 8-bit blocks with wide heads.
    for path in ["tiny-row-gray", "tiny-int8"] {
        let model = model(&format!("fixtures/models/{path}.onnx"));
        let error = read(&model).map(|_| ()).expect_err(path);
        assert!(matches!(error, Error::Reading { .. }), "{error}");
    }
}
