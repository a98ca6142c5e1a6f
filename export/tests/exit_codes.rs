//! Exit codes and messages of `pxc-export`, as its help states them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn export(checkpoint: &Path, model: &Path) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pxc-export"));
    let output = command.arg(checkpoint).arg(model).output();
    let output = output.expect("a process");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.code(), said)
}

#[test]
fn bad_data_and_other_failures_differ() {
    let directory = tempfile::tempdir().expect("a directory");
    let config = directory.path().join("config.json");
    let model = directory.path().join("model.onnx");
    std::fs::write(&config, "{").expect("a written file");
    let (code, said) = export(directory.path(), &model);
    let expected = format!(
        "pxc-export: {}: not a valid configuration of a checkpoint: EOF",
        config.display()
    );
    assert_eq!(code, Some(1), "{said}");
    assert!(said.starts_with(&expected), "{said}");

    std::fs::write(&model, "a model").expect("a written file");
    let (code, said) = export(directory.path(), &model);
    let expected = format!(
        "pxc-export: {}: already exists (use --force to replace it)\n",
        model.display()
    );
    assert_eq!((code, said), (Some(2), expected));
}

/// A trained network of this repository, whose `config.json` has only what is needed.
fn checkpoint(directory: &Path, version: &str) -> PathBuf {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/models/photo-gray");
    let config = fs::read(from.join("config.json")).expect("a configuration");
    let config: serde_json::Value = serde_json::from_slice(&config).expect("JSON");
    let config = format!("{{{version}\"network\": {}}}", config["network"]);
    fs::write(directory.join("config.json"), config).expect("a written file");
    let weights = directory.join("weights.safetensors");
    fs::copy(from.join("weights.safetensors"), &weights).expect("a copy");
    weights
}

#[test]
fn a_network_and_its_version_suffice() {
    let directory = tempfile::tempdir().expect("a directory");
    let model = directory.path().join("model.onnx");
    checkpoint(directory.path(), "\"version\": 1, ");
    assert_eq!(export(directory.path(), &model), (Some(0), String::new()));
    let config = directory.path().join("config.json").display().to_string();
    fs::remove_file(&model).expect("a file");
    for (version, found) in [("", "none"), ("\"version\": 2, ", "2")] {
        checkpoint(directory.path(), version);
        let said = format!(
            "pxc-export: {config}: version: expected 1, found {found}: this file is of another version of pxc-train\n"
        );
        assert_eq!(export(directory.path(), &model), (Some(2), said));
    }
}

#[test]
fn tensors_of_other_elements_are_named() {
    let directory = tempfile::tempdir().expect("a directory");
    let model = directory.path().join("model.onnx");
    let weights = checkpoint(directory.path(), "\"version\": 1, ");
    let bytes = fs::read(&weights).expect("a file");
    let length = u64::from_le_bytes(bytes[..8].try_into().expect("a length")) as usize;
    let (header, data) = bytes[8..].split_at(length);
    let header: serde_json::Value = serde_json::from_slice(header).expect("JSON");
    for (element, found) in [("F16", "f16"), ("BOOL", "BOOL")] {
        // All elements of the data are there, but the tensor has only the first of them.
        let mut header = header.clone();
        let shape = header["first.bias"]["shape"].clone();
        let offsets = &header["first.bias"]["data_offsets"];
        let (start, end) = (
            offsets[0].as_u64().expect("a number"),
            offsets[1].as_u64().expect("a number"),
        );
        let (size, tail) = match element {
            "F16" => (2, 2),
            _ => (1, 3),
        };
        let count = (end - start) / 4;
        header["first.bias"] = serde_json::json!({"dtype": element, "shape": shape, "data_offsets": [start, start + size * count]});
        header["rest"] = serde_json::json!({"dtype": "U8", "shape": [tail * count], "data_offsets": [start + size * count, end]});
        let header = header.to_string();
        let file = [
            &(header.len() as u64).to_le_bytes()[..],
            header.as_bytes(),
            data,
        ]
        .concat();
        fs::write(&weights, file).expect("a written file");
        let said = format!(
            "pxc-export: {}: tensor first.bias: expected f32 {shape}, found {found} {shape}\n",
            weights.display()
        );
        assert_eq!(export(directory.path(), &model), (Some(1), said));
    }
}
