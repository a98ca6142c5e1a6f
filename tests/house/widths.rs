//! Prose wraps at 120 columns: comments, documents, docstrings of Python and the header for C.

use std::fs;
use std::path::{Path, PathBuf};

use crate::modules::rust_files;
use crate::root;
use crate::sources::all_folders;

/// Characters of a line.
const WIDTH: usize = 120;

fn is_wide(line: &str) -> bool {
    line.chars().count() > WIDTH
}

/// The first comment of a Rust source that is too wide.
fn wide_comment(source: &str) -> Option<&str> {
    let mut comments = source
        .lines()
        .filter(|line| line.trim_start().starts_with("//"));
    comments.find(|line| is_wide(line))
}

/// The first line of a document that is too wide. Rows of tables and lines with links cannot be wrapped.
fn wide_prose(document: &str) -> Option<&str> {
    let mut lines = document
        .lines()
        .filter(|line| !line.starts_with('|') && !line.contains("]("));
    lines.find(|line| is_wide(line))
}

/// The first comment or line of a docstring of a Python source that is too wide.
fn wide_docstring(source: &str) -> Option<&str> {
    let mut is_inside = false;
    for line in source.lines() {
        let begins = line.trim_start().starts_with("\"\"\"");
        let is_prose = is_inside || begins || line.trim_start().starts_with('#');
        if is_prose && is_wide(line) {
            return Some(line);
        }
        let marks = line.matches("\"\"\"").count();
        if is_inside || begins {
            is_inside = is_inside != (marks % 2 == 1);
        }
    }
    None
}

/// The files below a folder whose names end in `extension`.
fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder");
    let mut found = Vec::new();
    for path in entries.map(|entry| entry.expect("an entry").path()) {
        let name = path.file_name().expect("a name").to_string_lossy();
        let is_source = !name.starts_with('.') && name != "target" && name != "artifacts";
        if is_source && path.is_dir() {
            found.extend(files(&path, extension));
        } else if path.extension().is_some_and(|found| found == extension) {
            found.push(path);
        }
    }
    found
}

/// Asserts that `wide` finds nothing in some files, of which there are at least `least`.
fn assert_narrow(files: &[PathBuf], least: usize, wide: impl Fn(&str) -> Option<&str>) {
    assert!(files.len() >= least, "only {} files found", files.len());
    for path in files {
        let text = fs::read_to_string(path).expect("UTF-8");
        assert_eq!(wide(&text), None, "{}: wrap it", path.display());
    }
}

#[test]
fn comments_are_narrow() {
    let folders = all_folders();
    let sources: Vec<PathBuf> = folders
        .iter()
        .flat_map(|folder| rust_files(folder))
        .collect();
    assert_narrow(&sources, 300, wide_comment);
}

#[test]
fn documents_are_narrow() {
    assert_narrow(&files(root(), "md"), 15, wide_prose);
}

#[test]
fn docstrings_are_narrow() {
    assert_narrow(&files(root(), "py"), 30, wide_docstring);
}

#[test]
fn headers_are_narrow() {
    assert_narrow(&files(root(), "h"), 1, wide_prose);
}

#[test]
fn wide_lines_are_found() {
    let narrow = format!("    //{}", "é".repeat(114));
    let wide = format!("{narrow}é");
    assert_eq!(wide_comment(&narrow), None);
    let source = format!("{narrow}\n{}\n{wide}\n", "x".repeat(121));
    assert_eq!(wide_comment(&source), Some(wide.as_str()));

    let word = "x".repeat(121);
    assert_eq!(wide_prose(&format!("| {word} |\n[{word}](a)\n")), None);
    assert_eq!(wide_prose(&format!("a\n{word}\n")), Some(word.as_str()));

    let code = format!("\"\"\"One line.\"\"\"\n{word}\nA = \"\"\"\n{word}\n\"\"\"\n");
    assert_eq!(wide_docstring(&code), None);
    let docstring = format!("def f():\n    \"\"\"Text.\n\n{word}\n    \"\"\"\n");
    assert_eq!(wide_docstring(&docstring), Some(word.as_str()));
    let comment = format!("# {word}");
    assert_eq!(wide_docstring(&comment), Some(comment.as_str()));
}
