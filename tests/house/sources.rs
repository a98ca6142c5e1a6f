//! The rules for source files, and small trees that break each of them.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::{TempDir, tempdir};

use crate::circles::circles;
use crate::modules::{Crate, rust_files};
use crate::root;
use crate::sizes::{crowded, functions, median_file, too_long};

/// Source files in a folder.
const MOST_FILES: usize = 12;
/// Lines of the middle file of a crate.
const MEDIAN_LINES: usize = 200;
/// Lines of nine functions in ten.
const FUNCTION_LINES: usize = 40;
/// Names that say nothing.
const VAGUE: [&str; 5] = ["util", "common", "helper", "manager", "misc"];

/// The folders with a `Cargo.toml`, below `folder` and itself.
fn packages(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder");
    let below = entries.map(|entry| entry.expect("an entry").path());
    let is_source = |path: &PathBuf| {
        let name = path.file_name().expect("a name").to_string_lossy();
        path.is_dir() && !name.starts_with('.') && name != "target"
    };
    let mut found: Vec<PathBuf> = below
        .filter(is_source)
        .flat_map(|path| packages(&path))
        .collect();
    if folder.join("Cargo.toml").is_file() {
        found.push(folder.to_owned());
    }
    found
}

/// The folders `src` of all packages.
pub(crate) fn source_folders() -> Vec<PathBuf> {
    let folders = packages(root())
        .into_iter()
        .map(|package| package.join("src"));
    let folders: Vec<PathBuf> = folders.filter(|folder| folder.is_dir()).collect();
    assert!(folders.len() >= 9, "{folders:?}");
    folders
}

/// The folders of source files, tests, benches and examples of all packages.
pub(crate) fn all_folders() -> Vec<PathBuf> {
    let kinds = ["src", "tests", "benches", "examples", "fuzz_targets"];
    let folders = packages(root())
        .into_iter()
        .flat_map(|package| kinds.map(|kind| package.join(kind)));
    folders.filter(|folder| folder.is_dir()).collect()
}

fn is_vague(path: &Path) -> bool {
    let inside = path.strip_prefix(root()).unwrap_or(path);
    VAGUE
        .iter()
        .any(|word| inside.to_string_lossy().contains(word))
}

/// Whether a source names the path of a module, or pastes another source.
fn includes_files(source: &str) -> bool {
    let mut lines = source.lines().map(str::trim_start);
    lines.any(|line| line.starts_with("#[path") || line.starts_with("include!("))
}

#[test]
fn no_files_import_one_another_in_a_circle() {
    let mut found = Vec::new();
    for folder in source_folders() {
        let circles = circles(&Crate::read(&folder));
        found.extend(
            circles
                .iter()
                .map(|circle| format!("{}:\n{circle}", folder.display())),
        );
    }
    assert!(
        found.is_empty(),
        "circles of imports:\n{}",
        found.join("\n")
    );
}

#[test]
fn folders_have_few_files() {
    for folder in all_folders() {
        let crowded = crowded(&rust_files(&folder), MOST_FILES);
        assert!(
            crowded.is_empty(),
            "more than {MOST_FILES} files: {crowded:?}"
        );
    }
}

#[test]
fn names_say_something() {
    for path in all_folders().iter().flat_map(|folder| rust_files(folder)) {
        assert!(!is_vague(&path), "{} says nothing", path.display());
    }
}

#[test]
fn every_file_says_what_it_is_for() {
    for path in all_folders().iter().flat_map(|folder| rust_files(folder)) {
        let source = fs::read_to_string(&path).expect("UTF-8");
        assert!(
            source.starts_with("//! "),
            "{} does not open with `//! `",
            path.display()
        );
    }
}

/// What several crates need is a crate.
#[test]
fn no_file_is_in_two_places() {
    for path in all_folders().iter().flat_map(|folder| rust_files(folder)) {
        let source = fs::read_to_string(&path).expect("UTF-8");
        assert!(
            !includes_files(&source),
            "{} includes a file of another folder",
            path.display()
        );
    }
}

#[test]
fn files_are_short() {
    for folder in source_folders() {
        let median = median_file(&Crate::read(&folder));
        println!("{}: the middle file has {median} lines", folder.display());
        assert!(
            median <= MEDIAN_LINES,
            "{}: {median} lines",
            folder.display()
        );
    }
}

#[test]
fn functions_are_short() {
    let mut found = Vec::new();
    for folder in source_folders() {
        let functions = functions(&Crate::read(&folder));
        let count = functions.len();
        let long = too_long(functions, FUNCTION_LINES);
        if !long.is_empty() {
            found.push(format!("{}: {} of {count}", folder.display(), long.len()));
            found.extend(
                long.iter()
                    .map(|function| format!("  {} {}", function.lines, function.place)),
            );
        }
    }
    assert!(
        found.is_empty(),
        "functions of more than {FUNCTION_LINES} lines:\n{}",
        found.join("\n")
    );
}

/// A crate of files with their text.
fn small_crate(files: &[(&str, &str)]) -> (TempDir, Crate) {
    let directory = tempdir().expect("a directory");
    for (name, text) in files {
        let path = directory.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }
    let sources = Crate::read(directory.path());
    (directory, sources)
}

/// The circles of a crate of files with their text.
fn circles_of(files: &[(&str, &str)]) -> Vec<String> {
    circles(&small_crate(files).1)
}

#[test]
fn a_circle_of_two_files_is_found() {
    let found = circles_of(&[
        ("lib.rs", "mod a; mod b;"),
        ("a.rs", "use crate::b::B;"),
        ("b.rs", "use super::a::{self, A};"),
    ]);
    assert_eq!(found, ["  a -> b\n  b -> a"]);
}

#[test]
fn a_circle_through_a_folder_and_the_root_is_found() {
    let found = circles_of(&[
        ("main.rs", "mod a; use a::A; struct Limit;"),
        ("a/mod.rs", "mod b; pub use b::B;"),
        ("a/b.rs", "mod c; fn f() -> u8 { self::c::g() }"),
        ("a/b/c.rs", "fn g(limit: super::super::super::Limit) {}"),
    ]);
    assert_eq!(
        found,
        ["  (root) -> a\n  a -> a::b\n  a::b -> a::b::c\n  a::b::c -> (root)"]
    );
}

#[test]
fn paths_in_macros_and_in_modules_inside_a_file_count() {
    let found = circles_of(&[
        ("lib.rs", "mod a; mod b; mod c;"),
        ("a.rs", "fn f() { println!(\"{}\", crate::b::g()) }"),
        ("b.rs", "mod inside { use super::super::c::*; }"),
        ("c.rs", "type A = Vec<crate::a::A>;"),
    ]);
    assert_eq!(found, ["  a -> b\n  b -> c\n  c -> a"]);
}

#[test]
fn a_file_that_calls_methods_of_its_type_in_a_child_is_in_a_circle_with_it() {
    let parent =
        |call: &str| format!("mod child; pub struct A; impl A {{ fn f(&self) {{ {call} }} }}");
    let child = ("a/child.rs", "use super::A; impl A { pub fn g(&self) {} }");
    let found = |parent: &str| circles_of(&[("lib.rs", "mod a;"), ("a.rs", parent), child]);
    for call in ["self.g()", "A::g(self)"] {
        assert_eq!(found(&parent(call)), ["  a -> a::child\n  a::child -> a"]);
    }
    assert_eq!(found(&parent("self.h()")), [""; 0]);
    let own = "pub struct A; impl A { fn f(&self) { B.g() } } struct B; impl B { fn g(&self) {} }";
    assert_eq!(found(own), [""; 0]);
}

#[test]
fn tests_visibilities_and_other_crates_are_no_imports() {
    let found = circles_of(&[
        ("lib.rs", "mod a; mod b;"),
        (
            "a.rs",
            "use crate::b::B; pub(super) struct A; #[cfg(test)] mod tests { use super::*; }",
        ),
        (
            "b.rs",
            "pub(in crate::a) fn f(self: &Self) { a::g(other::a::h); self.a }
             #[cfg(test)] mod tests { use crate::a::A; }
             impl B { #[cfg(test)] fn t() { crate::a::A; } }",
        ),
    ]);
    assert_eq!(found, [""; 0]);
}

#[test]
fn crowded_folders_and_vague_names_are_found() {
    let files: Vec<PathBuf> = (0..5)
        .map(|index| PathBuf::from(format!("a/{index}.rs")))
        .collect();
    assert_eq!(crowded(&files, 4), [(PathBuf::from("a"), 5)]);
    assert_eq!(crowded(&files, 5), []);
    assert!(is_vague(Path::new("src/utils.rs")));
    assert!(!is_vague(Path::new("src/tiles/mod.rs")));
}

#[test]
fn an_included_file_is_found() {
    assert!(includes_files(
        "mod a {\n    #[path = \"../../b.rs\"]\n    mod b;\n}"
    ));
    assert!(includes_files("include!(\"../b.rs\");"));
    assert!(!includes_files("mod b;\nlet b = include_bytes!(\"b\");"));
}

#[test]
fn long_files_and_functions_are_found() {
    let long = "fn f() {\n\n\n\n}\n";
    let (_directory, sources) = small_crate(&[
        (
            "lib.rs",
            &format!("{long}impl A {{ fn g() {{}} }}\n#[cfg(test)] {long}"),
        ),
        ("a.rs", &"\n".repeat(7)),
        ("b.rs", ""),
    ]);
    assert_eq!(median_file(&sources), 7);
    let lines: Vec<usize> = functions(&sources)
        .iter()
        .map(|function| function.lines)
        .collect();
    assert_eq!(lines, [5, 1]);
    assert_eq!(too_long(functions(&sources), 4).len(), 1);
    assert_eq!(too_long(functions(&sources), 5).len(), 0);
}
