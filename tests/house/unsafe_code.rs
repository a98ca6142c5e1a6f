//! SECURITY.md lists the files with unsafe code.

use std::collections::BTreeSet;
use std::fs;

use crate::modules::rust_files;
use crate::root;
use crate::sources::source_folders;

/// The source files in which the lint `unsafe_code` is lifted, from the root of the tree.
fn files_with_unsafe_code() -> BTreeSet<String> {
    let paths = source_folders()
        .into_iter()
        .flat_map(|folder| rust_files(&folder));
    let lifts = |path: &std::path::PathBuf| {
        let source = fs::read_to_string(path).expect("UTF-8");
        source.contains("allow(unsafe_code") || source.contains("expect(unsafe_code")
    };
    let inside = |path: std::path::PathBuf| {
        let inside = path.strip_prefix(root()).expect("a file of the tree");
        inside.to_string_lossy().into_owned()
    };
    paths.filter(lifts).map(inside).collect()
}

/// The `.rs` files that a document names, from the root of the tree.
fn named_sources(document: &str) -> BTreeSet<String> {
    let quoted = document.split('`').skip(1).step_by(2);
    let sources = quoted.filter(|name| name.ends_with(".rs"));
    sources.map(str::to_owned).collect()
}

#[test]
fn unsafe_code_is_listed() {
    let document = fs::read_to_string(root().join("SECURITY.md")).expect("a document");
    assert_eq!(named_sources(&document), files_with_unsafe_code());
}
