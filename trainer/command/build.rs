//! Tells the command which commit it is built from: checkpoints and tuned models name it.

use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // Sources that lie inside another repository have no commit there.
    let is_own = git(&["rev-parse", "--show-prefix"]).is_some_and(|at| at == "trainer/command/");
    let commit = git(&["rev-parse", "--short=12", "HEAD"]).filter(|_| is_own);
    let commit = commit.unwrap_or_else(|| env!("CARGO_PKG_VERSION").to_owned());
    println!("cargo::rustc-env=PXC_TRAIN_COMMIT={commit}");
    // This log changes with every commit and checkout.
    let log = git(&["rev-parse", "--git-path", "logs/HEAD"]);
    if let Some(log) = log.filter(|log| Path::new(log).is_file()) {
        println!("cargo::rerun-if-changed={log}");
    }
}

/// What a git command prints; `None` if it fails.
fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}
