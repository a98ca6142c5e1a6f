//! Imports between crates run one way, as the manifests say.

use std::fs;

use crate::root;

#[test]
fn imports_run_one_way() {
    for (package, forbidden) in [
        (
            "codec",
            &[
                "pxc-model",
                "pxc-picture",
                "pxc-runtime",
                "pxc-trainer",
                "pxc-export",
                "tract-onnx",
                "candle-core",
            ][..],
        ),
        (
            "runtime/model",
            &[
                "pxc-runtime",
                "pxc-trainer",
                "pxc-export",
                "tract-onnx",
                "candle-core",
            ],
        ),
        (
            "runtime",
            &["pxc-picture", "pxc-trainer", "pxc-export", "candle-core"],
        ),
        (
            "runtime/jpeg",
            &["pxc-model", "pxc-picture", "pxc-runtime", "clap", "ort"],
        ),
        (
            "runtime/picture",
            &["pxc-model", "pxc-runtime", "clap", "ort", "tract-onnx"],
        ),
        ("runtime/image", &["pxc-codec", "pxc-model", "clap", "ort"]),
        ("runtime/c", &["pxc-codec", "pxc-model", "clap", "ort"]),
        ("runtime/python", &["pxc-codec", "pxc-model", "clap", "ort"]),
        ("trainer", &["pxc-runtime", "pxc-export", "tract-onnx"]),
        (".", &["pxc-trainer", "pxc-export", "candle-core"]),
    ] {
        let manifest =
            fs::read_to_string(root().join(package).join("Cargo.toml")).expect("a manifest");
        let dependencies = dependency_lines(&manifest);
        for name in forbidden {
            // Applications choose what is optional.
            let is_needed =
                |line: &&str| line.starts_with(name) && !line.contains("optional = true");
            assert!(
                !dependencies.iter().any(is_needed),
                "{package} depends on {name}"
            );
        }
    }
}

/// The lines of `[dependencies]`.
fn dependency_lines(manifest: &str) -> Vec<&str> {
    manifest
        .lines()
        .skip_while(|line| *line != "[dependencies]")
        .skip(1)
        .take_while(|line| !line.starts_with('['))
        .collect()
}
