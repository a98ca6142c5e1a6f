//! Do the limits hold? A file that asks for more is refused with exit code 2 and writes nothing, whatever its format.

use std::fs;

use crate::harness::{PngFile, names, outcome, photo, succeed, write_png};
use pxc_codec::ColorType;
use tempfile::tempdir;

fn refused(directory: &std::path::Path, arguments: &[&str], said: &str) {
    let before = names(directory);
    let (code, stdout, stderr) = outcome(directory, arguments);
    assert_eq!((code, stdout.as_str()), (2, ""), "{arguments:?}: {stderr}");
    assert!(stderr.contains(said), "{arguments:?}: {stderr}");
    assert_eq!(names(directory), before);
}

#[test]
fn images_are_refused_before_memory_is_taken() {
    let directory = tempdir().expect("a directory");
    let folder = directory.path();
    write_png(&folder.join("img.png"), &photo(20, 30, ColorType::Rgb));
    let pixels = "img.png: max_pixels limit: allowed 599, needed 600";
    refused(
        folder,
        &["compress", "img.png", "--max-pixels", "599"],
        pixels,
    );
    let memory = "img.png: max_memory limit: allowed 1024, needed 3600";
    refused(
        folder,
        &["compress", "img.png", "--max-memory", "1K"],
        memory,
    );
    let ppm = [&b"P6 100 100 255\n"[..], &[7; 30_000]].concat();
    fs::write(folder.join("img.ppm"), ppm).expect("a written file");
    let pixels = "img.ppm: max_pixels limit: allowed 9999, needed 10000";
    refused(
        folder,
        &["compress", "img.ppm", "--max-pixels", "9999"],
        pixels,
    );
    succeed(folder, &["compress", "img.ppm", "--max-pixels", "10000"]);
}

#[test]
fn compressed_files_are_refused_before_memory_is_taken() {
    let directory = tempdir().expect("a directory");
    let folder = directory.path();
    write_png(&folder.join("img.png"), &photo(20, 30, ColorType::Rgb));
    succeed(folder, &["compress", "--rm", "img.png"]);
    let pixels = "img.pxc: max_pixels limit: allowed 599, needed 600";
    let memory = "img.pxc: max_memory limit: allowed 1000, needed ";
    for command in ["decompress", "test", "info"] {
        refused(folder, &[command, "img.pxc", "--max-pixels", "599"], pixels);
        refused(
            folder,
            &[command, "img.pxc", "--max-memory", "1000"],
            memory,
        );
    }
    succeed(folder, &["info", "img.pxc", "--max-pixels", "600"]);
}

/// A writer makes no file that a reader with the same limits refuses.
#[test]
fn metadata_is_limited_on_both_sides() {
    let directory = tempdir().expect("a directory");
    let folder = directory.path();
    let mut file = PngFile::of(&photo(20, 30, ColorType::Rgb));
    let text = [&b"Comment\0"[..], &[b'x'; 5000]].concat();
    file.chunks.push((*b"tEXt", text));
    fs::write(folder.join("img.png"), file.bytes()).expect("a written file");
    let metadata = "img.png: max_metadata limit: allowed 5039, needed 5040";
    let compress = ["compress", "img.png", "--max-metadata", "5039"];
    refused(folder, &compress, metadata);
    succeed(folder, &["compress", "img.png", "--max-metadata", "5040"]);
    let packed = fs::metadata(folder.join("img.pxc")).expect("a file").len();
    assert!(packed < 3000, "{packed} bytes: the text is not coded");
    fs::remove_file(folder.join("img.png")).expect("the image");
    let metadata = "img.pxc: max_metadata limit: allowed 1024, needed ";
    for command in ["decompress", "test", "info"] {
        refused(
            folder,
            &[command, "img.pxc", "--max-metadata", "1K"],
            metadata,
        );
    }
    succeed(folder, &["info", "img.pxc", "--max-metadata", "5040"]);
    succeed(folder, &["decompress", "img.pxc", "--max-metadata", "5040"]);
}

#[test]
fn a_number_is_expected() {
    let directory = tempdir().expect("a directory");
    let arguments = ["info", "img.pxc", "--max-memory", "lots"];
    refused(directory.path(), &arguments, "such as 1000000, 100M or 2G");
}
