//! Collections of real images: each comes back with the same pixels and takes hardly more bytes than its PNG file.

use std::fs;
use std::path::{Path, PathBuf};

use pxc_test_harness::{decode_png, files_with_suffix, outcome};
use pxc_test_requirements::{data, python_with};
use tempfile::tempdir;

/// How many bytes a `.pxc` file may have more than the PNG file that it was made from.
const ALLOWANCE: u64 = 32;

/// Larger files are left out to keep the test short.
const MAX_BYTES: u64 = 300_000;

/// Whether the image came back; otherwise it was refused and nothing was written.
fn round_trip(path: &Path) -> bool {
    let directory = tempdir().expect("a directory");
    let name = path.display().to_string();
    let (code, _, stderr) = outcome(
        directory.path(),
        &[
            "compress",
            "-q",
            "--exact-file=never",
            &name,
            "-o",
            "img.pxc",
        ],
    );
    if code != 0 {
        assert!(
            stderr.starts_with(&format!("{name}: ")) && stderr.lines().count() == 1,
            "{stderr}"
        );
        assert!(!directory.path().join("img.pxc").exists(), "{name}");
        assert!(code == 1 && is_corrupt(path), "{stderr}");
        return false;
    }
    let size = |path: &Path| path.metadata().expect("a file").len();
    let (before, after) = (size(path), size(&directory.path().join("img.pxc")));
    assert!(
        after <= before + ALLOWANCE,
        "{name}: {before} bytes became {after}"
    );
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
#[ignore = "needs the image collections"]
fn a_kodak_image_comes_back() {
    assert!(round_trip(&data("kodak").join("kodim23.png")));
}

#[test]
#[ignore = "needs the image collections"]
fn png_conformance_images_come_back_and_damaged_ones_are_refused() {
    let files = files_with_suffix(&data("pngsuite"), "png");
    let corrupt = files.iter().filter(|path| is_corrupt(path)).count();
    assert_eq!(all(&files, "pngsuite"), files.len() - corrupt);
}

/// Prints nothing if Pillow finds the same mode, pixels and palette in each file of two folders.
const PILLOW: &str = "
import os, sys
from PIL import Image
for name in sorted(os.listdir(sys.argv[1])):
    a, b = (Image.open(os.path.join(folder, name)) for folder in sys.argv[1:3])
    a.load(), b.load()
    same = (a.mode, a.size, a.tobytes(), a.getpalette(), a.info.get('transparency')) == \
        (b.mode, b.size, b.tobytes(), b.getpalette(), b.info.get('transparency'))
    if not same:
        print(name)
";

#[test]
#[ignore = "needs the image collections and Python's Pillow"]
fn another_reader_finds_the_same_in_what_came_back() {
    let (folder, mut python) = (data("pngsuite"), python_with("PIL.Image"));
    let (before, after) = (
        tempdir().expect("a directory"),
        tempdir().expect("a directory"),
    );
    let files = files_with_suffix(&folder, "png");
    let sound: Vec<&PathBuf> = files.iter().filter(|path| !is_corrupt(path)).collect();
    let mut names = Vec::new();
    for path in &sound {
        let name = path
            .file_name()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        for directory in [&before, &after] {
            fs::copy(path, directory.path().join(&name)).expect("a copy");
        }
        names.push(name);
    }
    let compressed: Vec<String> = names
        .iter()
        .map(|name| name.replace(".png", ".pxc"))
        .collect();
    let arguments = |command: &'static str, names: &[String]| -> Vec<String> {
        let options = [command, "-q", "-f"].map(str::to_owned);
        options.into_iter().chain(names.iter().cloned()).collect()
    };
    for arguments in [
        arguments("compress", &names),
        arguments("decompress", &compressed),
    ] {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let (code, _, stderr) = outcome(after.path(), &arguments);
        assert_eq!((code, stderr.as_str()), (0, ""));
    }
    for name in &compressed {
        fs::remove_file(after.path().join(name)).expect("a compressed file");
    }
    let output = python
        .args(["-c", PILLOW])
        .args([before.path(), after.path()])
        .output()
        .expect("python3 starts");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert_eq!(String::from_utf8_lossy(&output.stdout), "");
    println!(
        "Pillow: {} of {} images are the same",
        names.len(),
        sound.len()
    );
}

#[test]
#[ignore = "needs the image collections"]
fn other_images_come_back() {
    for kind in fs::read_dir(data("other"))
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
        assert_eq!(all(&files, &kind.display().to_string()), files.len());
    }
}
