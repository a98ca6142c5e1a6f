//! Does a missing or wrong ONNX Runtime library end politely?

#![cfg(feature = "onnxruntime")]

mod random_models;

use std::path::PathBuf;

use pxc_runtime::{Backend, BackendOptions, Error, ErrorKind, Model, open};

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
    let said = "ONNX Runtime: no such file; looked in /nowhere/libonnxruntime.so";
    assert_eq!(error.to_string(), said);
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
    let libraries = [
        "/lib/x86_64-linux-gnu/libc.so.6",
        "/lib/aarch64-linux-gnu/libc.so.6",
        "/lib64/libc.so.6",
    ];
    let Some(library) = libraries
        .iter()
        .map(PathBuf::from)
        .find(|path| path.is_file())
    else {
        eprintln!("SKIPPED: no libc.so.6 in the usual places");
        return;
    };
    let error = refusal(library);
    assert!(error.to_string().contains("OrtGetApiBase"), "{error}");
}
