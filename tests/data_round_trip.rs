//! Does it come back? Real images from ../shared/data: each round-trips to the same pixels or is refused cleanly.

mod harness;

use std::fs;
use std::path::{Path, PathBuf};

use harness::{decode_png, files_with_suffix, outcome};
use tempfile::tempdir;

/// Larger files are left out to keep the test short.
const MAX_BYTES: u64 = 300_000;

/// A folder of the data, or `None` with a printed reason.
fn data(folder: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../shared/data")
        .join(folder);
    if !path.is_dir() {
        println!("skipped: {} is not here", path.display());
        return None;
    }
    Some(path)
}

/// Whether the image came back; otherwise it was refused and nothing was written.
fn round_trip(path: &Path) -> bool {
    let directory = tempdir().expect("a directory");
    let name = path.display().to_string();
    let (code, _, stderr) = outcome(
        directory.path(),
        &["compress", "-q", &name, "-o", "img.pxc"],
    );
    if code != 0 {
        assert!(
            stderr.starts_with(&format!("{name}: ")) && stderr.lines().count() == 1,
            "{stderr}"
        );
        assert!(!directory.path().join("img.pxc").exists(), "{name}");
        assert!(code == 2 || is_corrupt(path), "{stderr}");
        return false;
    }
    assert!(!is_corrupt(path), "{name} is damaged and was compressed");
    let (code, _, stderr) = outcome(
        directory.path(),
        &["decompress", "img.pxc", "-o", "img.png"],
    );
    assert_eq!((code, stderr.as_str()), (0, ""), "{name}");
    let decoded = fs::read(directory.path().join("img.png")).expect("an image");
    assert!(
        decode_png(&decoded) == decode_png(&fs::read(path).expect("an image")),
        "{name}: other pixels"
    );
    true
}

/// The conformance suite's names for files that no reader may accept begin with x.
fn is_corrupt(path: &Path) -> bool {
    path.file_name()
        .is_some_and(|file| file.to_string_lossy().starts_with('x'))
}

fn all(files: &[PathBuf], what: &str) -> usize {
    let came_back = files.iter().filter(|path| round_trip(path)).count();
    println!(
        "{what}: {came_back} of {} images came back, the others were refused",
        files.len()
    );
    came_back
}

#[test]
fn a_kodak_image_comes_back() {
    let Some(folder) = data("kodak") else { return };
    assert!(round_trip(&folder.join("kodim23.png")));
}

#[test]
fn png_conformance_images_come_back_or_are_refused() {
    let Some(folder) = data("pngsuite") else {
        return;
    };
    let files = files_with_suffix(&folder, "png");
    assert!(all(&files, "pngsuite") > files.len() / 2);
}

#[test]
fn other_images_come_back_or_are_refused() {
    let Some(folder) = data("other") else { return };
    for kind in fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
    {
        let small = |path: &PathBuf| {
            path.metadata()
                .is_ok_and(|metadata| metadata.len() <= MAX_BYTES)
        };
        let files: Vec<PathBuf> = files_with_suffix(&kind, "png")
            .into_iter()
            .filter(small)
            .take(4)
            .collect();
        all(&files, &kind.display().to_string());
    }
}
