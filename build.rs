//! Tells the command from which commit it is built, if anything says so: the crate's own Git repository, or what
//! `cargo package` writes into a package. In: these. Out: the variable PXC_COMMIT, empty where nobody knows.

use std::path::Path;
use std::process::Command;

/// What `cargo package` adds to a package.
const PACKED: &str = ".cargo_vcs_info.json";

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let commit = checked_out().or_else(packed).unwrap_or_default();
    println!("cargo::rustc-env=PXC_COMMIT={commit}");
}

/// The commit that is checked out in the repository of which this crate is the root.
fn checked_out() -> Option<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let top = git(&["rev-parse", "--show-toplevel"])?;
    if Path::new(&top).canonicalize().ok()? != root.canonicalize().ok()? {
        return None;
    }
    // Every commit and every checkout adds a line.
    let log = git(&["rev-parse", "--git-path", "logs/HEAD"])?;
    if root.join(&log).exists() {
        println!("cargo::rerun-if-changed={log}");
    }
    git(&["rev-parse", "--verify", "HEAD"])
}

fn git(arguments: &[&str]) -> Option<String> {
    let mut git = Command::new("git");
    let output = git
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .ok()?;
    let said = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| said.trim().to_owned())
}

/// The commit that was packed.
fn packed() -> Option<String> {
    let written =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(PACKED)).ok()?;
    let (_, rest) = written.split_once("\"sha1\"")?;
    rest.split('"').nth(1).map(str::to_owned)
}
