//! What appears on a terminal only.

use std::process::Command;

use crate::workshop;
use pxc_test_harness::{fixtures, text};

/// What a command writes to a terminal.
#[cfg(target_os = "linux")]
fn on_terminal(folder: &std::path::Path, command: &str) -> Result<String, String> {
    let output = Command::new("script")
        .current_dir(folder)
        .env("PXC_MODELS", fixtures().join("models"))
        .env("PXC", env!("CARGO_BIN_EXE_pxc"))
        .args(["-qec", command, "/dev/null"])
        .output()
        .map_err(|error| format!("script: {error}"))?;
    match output.status.success() {
        true => Ok(text(&output.stdout)),
        false => Err(text(&output.stdout)),
    }
}

#[cfg(target_os = "linux")]
#[test]
#[ignore = "needs the command script of util-linux"]
fn a_single_file_has_a_line() {
    let directory = workshop();
    let root = directory.path();
    let said = on_terminal(root, "\"$PXC\" compress img.png").expect("success");
    let bytes = |name: &str| root.join(name).metadata().expect("a file").len();
    let (image, coded) = (bytes("img.png"), bytes("img.pxc"));
    let ratio = image as f64 / coded as f64;
    let line = format!("img.png → img.pxc: {image} → {coded} bytes, ratio {ratio:.3}\r\n");
    assert!(said.contains(&line), "{said}");
    let back = on_terminal(root, "\"$PXC\" decompress -f img.pxc").expect("success");
    let line = format!("img.pxc → img.png: {coded} → {image} bytes, ratio {ratio:.3}\r\n");
    assert!(back.contains(&line), "{back}");
    let quiet = on_terminal(root, "\"$PXC\" decompress -q -f img.pxc").expect("success");
    assert!(!quiet.contains('→'), "{quiet}");
}
