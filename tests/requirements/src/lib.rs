//! What some tests need beyond the checkout: images, Python packages. Also the seeds of random tests.
//!
//! Such a test is marked `#[ignore = "needs …"]`, so that `cargo test` says what it leaves out. With `cargo test --
//! --include-ignored` it runs, and fails if it does not find what it needs.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A folder of the image collections, such as `pngsuite`: in the folder that the environment variable `PXC_DATA` names,
/// else in `../shared/data` beside the checkout.
///
/// # Panics
/// If there is none.
pub fn data(folder: &str) -> PathBuf {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let path = std::env::var_os("PXC_DATA")
        .map_or_else(beside, PathBuf::from)
        .join(folder);
    assert!(
        path.is_dir(),
        "PXC_DATA names the folder of the image collections: no folder {}",
        path.display()
    );
    path
}

/// `python3`, which can import these modules. It runs far from the checkout, whose folders could pass for modules.
///
/// # Panics
/// If it cannot.
pub fn python_with(modules: &str) -> Command {
    let python = || {
        let mut command = Command::new("python3");
        command.current_dir(std::env::temp_dir());
        command
    };
    let imports = python().args(["-c", &format!("import {modules}")]).output();
    let output = imports.expect("python3 starts");
    assert!(
        output.status.success(),
        "import {modules}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    python()
}

/// The seed of a random test: `PXC_SEED`, else another one each time. A failing test prints it.
///
/// # Panics
/// If `PXC_SEED` is no number.
pub fn seed() -> u64 {
    let seed = match std::env::var("PXC_SEED") {
        Ok(text) => text.parse().expect("PXC_SEED is a number"),
        Err(_) => RandomState::new().build_hasher().finish(),
    };
    println!("PXC_SEED={seed}");
    seed
}
