//! Each fixture has its line in SHA256SUMS.

use std::fs;

use crate::root;

/// Each file of fixtures/ has its line in SHA256SUMS. After version 1 is frozen, files are added but never changed or
/// removed.
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
