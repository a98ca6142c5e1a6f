//! Does a missing or wrong ONNX Runtime library cause a clear error?

#![cfg(feature = "onnxruntime")]

use std::path::PathBuf;

use pxc_runtime::{Backend, BackendOptions, Error, ErrorKind, Model, full_message, open};
use pxc_test_networks::random_models;

fn refusal(library: PathBuf) -> Error {
    let bytes = random_models::wide(1, 1, 8)
        .and_then(|file| file.to_bytes())
        .unwrap();
    let model = Model::from_bytes("random", &bytes).unwrap();
    let mut options = BackendOptions::from(Backend::OnnxRuntime);
    options.onnxruntime_library = Some(library);
    let error = open(&model, &options).err().expect("must be refused");
    assert_eq!(error.kind(), ErrorKind::Backend);
    error
}

#[test]
fn absent() {
    let error = refusal("/nowhere/libonnxruntime.so".into());
    let said = "ONNX Runtime cannot be loaded (looked in /nowhere/libonnxruntime.so): no such file";
    assert_eq!(full_message(&error), said);
}

#[test]
fn not_a_library() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "not a library").unwrap();
    let error = refusal(file.path().to_owned());
    assert!(matches!(error, Error::OnnxRuntimeLibrary { .. }), "{error}");
}

#[test]
#[cfg(target_os = "linux")]
fn another_library() {
    // A library that this test itself has loaded.
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
    let mut paths = maps.split_whitespace();
    let library = paths.find(|path| path.contains("/libc.so")).unwrap();
    let error = refusal(library.into());
    let said = full_message(&error);
    assert!(said.contains("OrtGetApiBase"), "{said}");
}
