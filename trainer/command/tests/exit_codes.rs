//! Exit codes and messages of `pxc-train`, as its help states them.

use std::path::Path;
use std::process::Command;

fn eval(checkpoint: &Path) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pxc-train"));
    let output = command.arg("eval").arg(checkpoint).arg("images").output();
    let output = output.expect("a process");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.code(), said)
}

#[test]
fn bad_data_and_other_failures_differ() {
    let directory = tempfile::tempdir().expect("a directory");
    let config = directory.path().join("config.json");
    let (code, said) = eval(directory.path());
    let expected = format!("pxc-train: {}: cannot be read: ", config.display());
    assert_eq!(code, Some(2), "{said}");
    assert!(said.starts_with(&expected), "{said}");

    std::fs::write(&config, "{").expect("a written file");
    let (code, said) = eval(directory.path());
    let expected = format!(
        "pxc-train: {}: not a valid configuration of a checkpoint: EOF",
        config.display()
    );
    assert_eq!(code, Some(1), "{said}");
    assert!(said.starts_with(&expected), "{said}");
}
