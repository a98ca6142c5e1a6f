//! What does an application that embeds the library pull in? Nothing of the command line, and ONNX Runtime only when
//! asked to.

use std::collections::BTreeSet;
use std::process::Command;

/// Names of all normal dependencies of `pxc-runtime` with the given features.
fn dependencies(features: &[&str]) -> Vec<String> {
    let crates = crates("normal", features);
    let names = crates.iter().filter_map(|line| line.split(' ').next());
    names.map(str::to_owned).collect()
}

/// All crates of a kind, itself included, with their versions.
fn crates(edges: &str, features: &[&str]) -> BTreeSet<String> {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["tree", "--locked", "--prefix=none", "--edges", edges]);
    cargo.args(["--package=pxc-runtime", "--format={p}"]);
    cargo.arg("--target=x86_64-unknown-linux-gnu");
    // The features of this package alone, whatever the others need.
    cargo.env("CARGO_RESOLVER_FEATURE_UNIFICATION", "selected");
    cargo.args(features).current_dir(env!("CARGO_MANIFEST_DIR"));
    let output = cargo.output().expect("cargo runs");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    let stdout = String::from_utf8(output.stdout).expect("UTF-8");
    let crates = stdout.lines().map(|line| line.trim_end_matches(" (*)"));
    crates.map(str::to_owned).collect()
}

#[test]
fn the_guide_states_how_many_crates_there_are() {
    let guide = include_str!("../../docs/embedding.md");
    let all = crates("normal,build", &[]).len();
    let fewest = crates("normal,build", &["--no-default-features"]).len();
    let said = format!("is {all} crates with the default features, {fewest} without any");
    assert!(guide.contains(&said), "{said}");
}

#[test]
fn embedding_pulls_in_no_command_line_and_no_onnx_runtime() {
    for features in [&[][..], &["--no-default-features"]] {
        let names = dependencies(features);
        for needed in ["pxc-codec", "pxc-model", "tract-core"] {
            assert!(names.iter().any(|name| name == needed), "{needed}");
        }
        let unwanted = |name: &&String| {
            let name = name.as_str();
            name.starts_with("clap")
                || name.starts_with("ort")
                || name.starts_with("candle")
                || ["indicatif", "ctrlc", "png", "image", "tract-onnx"].contains(&name)
        };
        let found: Vec<&String> = names.iter().filter(unwanted).collect();
        assert!(found.is_empty(), "{found:?}");
    }
}

#[test]
fn onnx_runtime_comes_with_its_feature() {
    let names = dependencies(&["--no-default-features", "--features=onnxruntime"]);
    assert!(names.iter().any(|name| name == "ort"));
}

/// preflate-rs has a part under the LGPL, and what it reads can keep it busy for ever.
#[test]
fn exact_files_come_without_preflate() {
    let names = dependencies(&["--features=exact"]);
    assert!(names.iter().any(|name| name == "pxc-picture"));
    let unwanted = |name: &&String| ["preflate-rs", "cabac"].contains(&name.as_str());
    assert_eq!(names.iter().find(unwanted), None);
}
