//! Imports between crates run one way: the manifests agree with the table in CONTRIBUTING.md.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use crate::root;

/// The folders of the crates that programs use, and their packages.
const CRATES: [(&str, &str); 13] = [
    ("codec", "pxc-codec"),
    ("runtime/model", "pxc-model"),
    ("runtime/jpeg", "pxc-jpeg"),
    ("runtime/picture", "pxc-picture"),
    ("runtime", "pxc-runtime"),
    ("runtime/image", "pxc-image"),
    ("runtime/c", "pxc-c"),
    ("runtime/python", "pxc-python"),
    ("runtime/web", "pxc-web"),
    (".", "pxc"),
    ("trainer", "pxc-trainer"),
    ("export", "pxc-export"),
    ("trainer/command", "pxc-train"),
];

/// Large libraries, and the only crates that may use them.
const LIBRARIES: [(&str, &[&str]); 4] = [
    ("tract-core", &["runtime"]),
    ("ort", &["runtime"]),
    ("candle-core", &["trainer", "export", "trainer/command"]),
    ("clap", &[".", "trainer", "export", "trainer/command"]),
];

fn read(name: &str) -> String {
    fs::read_to_string(root().join(name)).expect("UTF-8")
}

/// The names in the tables of dependencies of a manifest, optional ones and those of single targets included.
fn dependencies(manifest: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut is_listing = false;
    for line in manifest.lines() {
        if line.starts_with('[') {
            is_listing = line == "[dependencies]"
                || line.starts_with("[target.") && line.ends_with(".dependencies]");
        } else if is_listing && !line.starts_with('#') {
            let name = line.split(['.', ' ', '=']).next().unwrap_or_default();
            names.insert(name.to_owned());
        }
    }
    names
}

/// What each crate builds on, by folder, as the table in CONTRIBUTING.md has it.
fn documented(document: &str) -> BTreeMap<String, BTreeSet<String>> {
    let lines = document.lines();
    let rows = lines
        .skip_while(|line| *line != "| crate | builds on |")
        .skip(2)
        .take_while(|line| line.starts_with('|'));
    let quoted = |cell: &str| -> BTreeSet<String> {
        let names = cell.split('`').skip(1).step_by(2);
        names.map(str::to_owned).collect()
    };
    let mut table = BTreeMap::new();
    for row in rows {
        let cells: Vec<&str> = row.split('|').collect();
        for name in quoted(cells[1]) {
            table.insert(name, quoted(cells[2]));
        }
    }
    table
}

#[test]
fn crates_build_on_those_that_are_documented() {
    let documented = documented(&read("CONTRIBUTING.md"));
    let folders: BTreeSet<&str> = CRATES.iter().map(|(folder, _)| *folder).collect();
    let rows: BTreeSet<&str> = documented.keys().map(String::as_str).collect();
    assert_eq!(rows, folders);
    for (folder, _) in CRATES {
        let names = dependencies(&read(&format!("{folder}/Cargo.toml")));
        let own = CRATES
            .iter()
            .filter(|(_, package)| names.contains(*package));
        let found: BTreeSet<String> = own.map(|(folder, _)| (*folder).to_owned()).collect();
        assert_eq!(found, documented[folder], "{folder}");
    }
}

#[test]
fn the_version_is_the_same_everywhere() {
    let version = env!("CARGO_PKG_VERSION");
    let package = read("runtime/web/npm/package.json");
    assert!(package.contains(&format!("\"version\": \"{version}\"")));
    let changes = read("CHANGELOG.md");
    let mut sections = changes.lines().filter(|line| line.starts_with("## "));
    let newest = sections.find(|line| *line != "## Unreleased");
    let newest = newest.expect("a version");
    assert!(newest.starts_with(&format!("## {version} - ")), "{newest}");
}

#[test]
fn large_libraries_are_used_where_they_belong() {
    for (folder, _) in CRATES {
        let names = dependencies(&read(&format!("{folder}/Cargo.toml")));
        for (library, users) in LIBRARIES {
            let is_allowed = users.contains(&folder) || !names.contains(library);
            assert!(is_allowed, "{folder} depends on {library}");
        }
    }
}

#[test]
fn all_tables_of_dependencies_count() {
    let manifest = "[package]\nname = \"a\"\n[dependencies]\n# why\nb.workspace = true\nc = { optional = true }\n
[target.'cfg(unix)'.dependencies]\nd = \"1\"\n[dev-dependencies]\ne = \"1\"\n";
    let mut names = dependencies(manifest);
    names.remove("");
    assert_eq!(names, ["b", "c", "d"].map(str::to_owned).into());
    let table = documented("| crate | builds on |\n|---|---|\n| `a`, `b` | `c`; optional: `d` |\n");
    assert_eq!(table["b"], ["c", "d"].map(str::to_owned).into());
}
