//! Is the codec free of floating point?

use std::fs;
use std::path::Path;

fn lines_with_floats(directory: &Path, found: &mut Vec<String>) -> usize {
    let mut files = 0;
    for entry in fs::read_dir(directory).expect("the sources are readable") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files += lines_with_floats(&path, found);
            continue;
        }
        if path.extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        files += 1;
        let text = fs::read_to_string(&path).expect("a text file");
        for (number, line) in text.lines().enumerate() {
            if ["f16", "f32", "f64", "f128"]
                .iter()
                .any(|float| line.contains(float))
            {
                found.push(format!("{}:{}: {line}", path.display(), number + 1));
            }
        }
    }
    files
}

#[test]
fn no_floating_point_type_occurs_in_the_sources() {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    assert!(lines_with_floats(&sources, &mut found) > 10);
    assert!(found.is_empty(), "{}", found.join("\n"));
}
