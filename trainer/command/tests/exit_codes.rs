//! Exit codes and messages of `pxc-train`, as its help states them.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

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

#[cfg(unix)]
#[test]
fn an_interrupted_run_fails_and_leaves_a_checkpoint() {
    let directory = tempfile::tempdir().expect("a directory");
    let digits = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/models/digits.png");
    let mut command = Command::new(env!("CARGO_BIN_EXE_pxc-train"));
    command.args(["paper", "mnist-diagonal-1x32", "--hidden", "4"]);
    command.args(["--report-every", "1", "--no-progress", "--out"]);
    command.arg(directory.path());
    command
        .arg("--data")
        .arg(&digits)
        .arg("--valid")
        .arg(&digits);
    let run = command.stderr(Stdio::piped()).stdout(Stdio::null());
    let run = run.spawn().expect("a process");
    let checkpoint = directory.path().join("config.json");
    let start = Instant::now();
    while !checkpoint.exists() {
        assert!(start.elapsed() < Duration::from_secs(120), "no checkpoint");
        std::thread::sleep(Duration::from_millis(10));
    }
    let interrupt = ["-INT".to_owned(), run.id().to_string()];
    let sent = Command::new("kill").args(interrupt).status();
    assert!(sent.expect("kill").success());
    let output = run.wait_with_output().expect("an end");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(130), "{said}");
    assert!(said.contains("the same command resumes from"), "{said}");
}
