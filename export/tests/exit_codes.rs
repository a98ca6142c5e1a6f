//! Exit codes and messages of `pxc-export`, as its help states them.

use std::path::Path;
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
        "pxc-export: {}: not a sound configuration of a checkpoint: EOF",
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
