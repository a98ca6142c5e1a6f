//! Does the tree keep its own rules? File names are unique, imports run one way.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Names that every crate may use. The list gets no longer.
const SHARED_NAMES: [&str; 4] = ["lib.rs", "main.rs", "error.rs", "mod.rs"];

const SOURCES: [&str; 9] = [
    "src",
    "codec/src",
    "runtime/src",
    "runtime/model/src",
    "runtime/image/src",
    "runtime/c/src",
    "runtime/python/src",
    "trainer/src",
    "export/src",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn source_files(folder: &Path) -> Vec<PathBuf> {
    let entries =
        fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths
        .flat_map(|path| {
            if path.is_dir() {
                source_files(&path)
            } else {
                vec![path]
            }
        })
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect()
}

#[test]
fn file_names_are_unique_across_the_workspace() {
    let mut seen: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    for path in SOURCES
        .iter()
        .flat_map(|folder| source_files(&root().join(folder)))
    {
        let name = path
            .file_name()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        seen.entry(name).or_default().push(path);
    }
    for (name, paths) in seen {
        assert!(
            paths.len() == 1 || SHARED_NAMES.contains(&name.as_str()),
            "{name}: {paths:?}"
        );
        for vague in ["util", "common", "helper", "manager", "misc"] {
            assert!(!name.contains(vague), "{name} says nothing");
        }
    }
}

#[test]
fn every_file_says_what_it_is_for() {
    for path in SOURCES
        .iter()
        .flat_map(|folder| source_files(&root().join(folder)))
    {
        let source = fs::read_to_string(&path).expect("UTF-8");
        assert!(
            source.starts_with("//! "),
            "{} does not open with `//! `",
            path.display()
        );
    }
}

#[test]
fn imports_run_one_way() {
    for (package, forbidden) in [
        (
            "codec",
            &[
                "pxc-model",
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
        ("runtime", &["pxc-trainer", "pxc-export", "candle-core"]),
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
            assert!(
                !dependencies.iter().any(|line| line.starts_with(name)),
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

/// Files are added to fixtures/ and never changed or removed: each has its line in SHA256SUMS.
#[test]
fn fixtures_are_listed() {
    let folder = root().join("fixtures");
    let sums = fs::read_to_string(folder.join("SHA256SUMS")).expect("the list");
    let listed: Vec<&str> = sums
        .lines()
        .filter_map(|line| line.split_once("  ./"))
        .map(|(_, name)| name)
        .collect();
    for name in &listed {
        assert!(folder.join(name).is_file(), "{name} is gone");
    }
    for kind in ["corrupt", "golden/v1", "images", "models"] {
        for entry in fs::read_dir(folder.join(kind)).expect("a folder") {
            let name = format!(
                "{kind}/{}",
                entry.expect("an entry").file_name().to_string_lossy()
            );
            assert!(
                listed.contains(&name.as_str()),
                "{name} has no line in SHA256SUMS"
            );
        }
    }
}
