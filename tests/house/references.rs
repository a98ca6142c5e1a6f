//! Do the sections exist that comments refer to?

use std::fs;

use crate::modules::rust_files;
use crate::root;
use crate::sources::all_folders;

/// The comments of a source as one line.
fn comments(source: &str) -> String {
    let lines = source.lines().map(str::trim_start);
    let comments = lines.filter_map(|line| line.strip_prefix("//"));
    let texts = comments.map(|line| line.trim_start_matches(['/', '!']).trim());
    texts.collect::<Vec<_>>().join(" ")
}

/// Documents and sections in references such as `docs/format.md`, *Groups* and *Frequencies*.
fn references(comments: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    for reference in comments.split("`docs/").skip(1) {
        let Some((document, mut rest)) = reference.split_once('`') else {
            continue;
        };
        while let Some((section, after)) = section(rest) {
            found.push((document, section));
            rest = after;
        }
    }
    found
}

/// The section that comes next, and what follows it.
fn section(rest: &str) -> Option<(&str, &str)> {
    let joints = [", and *", ", *", " and *"];
    let emphasis = joints.iter().find_map(|joint| rest.strip_prefix(joint))?;
    emphasis.split_once('*')
}

/// Whether a document has a heading of this text.
fn has_section(document: &str, section: &str) -> bool {
    let mut headings = document.lines().filter(|line| line.starts_with('#'));
    headings.any(|line| line.trim_start_matches('#').trim() == section)
}

#[test]
fn comments_refer_to_sections_that_exist() {
    let mut count = 0;
    for path in all_folders().iter().flat_map(|folder| rust_files(folder)) {
        let comments = comments(&fs::read_to_string(&path).expect("UTF-8"));
        for (document, section) in references(&comments) {
            let text = fs::read_to_string(root().join("docs").join(document));
            let is_there = text.is_ok_and(|text| has_section(&text, section));
            assert!(
                is_there,
                "{}: docs/{document} has no section *{section}*",
                path.display()
            );
            count += 1;
        }
    }
    assert!(count > 100, "only {count} references found");
}

#[test]
fn a_reference_goes_over_lines() {
    let source = "/// A tile (`docs/format.md`, *Groups*,\n/// *Wavefront\n/// order* and *Frequencies*).\nlet a = 1;";
    assert_eq!(
        references(&comments(source)),
        [
            ("format.md", "Groups"),
            ("format.md", "Wavefront order"),
            ("format.md", "Frequencies")
        ]
    );
    assert!(has_section("# A\n\n## Tiles\n", "Tiles"));
    assert!(!has_section("Tiles\n## Tiles and groups\n", "Tiles"));
}
