//! Files come back under their own names, whatever these are, and messages show names as text.

use std::fs;
use std::path::Path;

use pxc_codec::ColorType;
use tempfile::tempdir;

use crate::workshop;
use pxc_test_harness::{PngFile, decode_png, names, outcome, photo, run, succeed, text};

/// A small JPEG file.
fn jpeg() -> Vec<u8> {
    let picture = photo(40, 30, ColorType::Rgb);
    let mut jpeg = Vec::new();
    let encoder = image::codecs::jpeg::JpegEncoder::new(&mut jpeg);
    let (samples, color) = (picture.samples(), image::ExtendedColorType::Rgb8);
    image::ImageEncoder::write_image(encoder, samples, 40, 30, color).expect("a JPEG file");
    jpeg
}

/// Compresses and decompresses a folder; checks that nothing is lost, renamed or refused.
fn comes_back(root: &Path) {
    let before = contents(root);
    let arguments = ["compress", "-q", "-r", "--rm", "."];
    succeed(root, &arguments);
    assert!(names(root).iter().all(|name| name.ends_with(".pxc")));
    succeed(root, &["decompress", "-q", "-r", "--rm", "."]);
    assert!(contents(root) == before, "{:?}", names(root));
}

fn contents(root: &Path) -> Vec<(String, Vec<u8>)> {
    let read = |name: String| (name.clone(), fs::read(root.join(name)).expect("a file"));
    names(root).into_iter().map(read).collect()
}

#[test]
fn files_under_other_names_come_back() {
    let directory = tempdir().expect("a directory");
    let root = directory.path();
    let png = PngFile::of(&photo(20, 10, ColorType::Rgb)).bytes();
    for name in ["a.png", "a.webp", "scan 2", "b.bmp.png", "c.JPE", "d"] {
        fs::write(root.join(name), jpeg()).expect("a file");
    }
    for name in [
        "a.jpg",
        "b.bmp",
        "e",
        "v1.2 (copy)",
        "f.an extension of more than thirty-two bytes",
    ] {
        fs::write(root.join(name), &png).expect("a file");
    }
    comes_back(root);
}

/// Only the image of this PNG file is kept. It comes back as a PNG file, since its name says nothing else.
#[test]
fn images_alone_come_back_under_their_names() {
    let directory = tempdir().expect("a directory");
    let root = directory.path();
    let deep = photo(20, 10, ColorType::Rgba).samples().to_vec();
    let deep = pxc_codec::Image::from_u16(
        10,
        10,
        ColorType::Rgba,
        &deep
            .iter()
            .map(|&sample| u16::from(sample) * 257)
            .collect::<Vec<_>>()[..400],
    );
    let png = PngFile::of(&deep.expect("legal")).bytes();
    for name in ["a.bmp", "b", "c.jpg"] {
        fs::write(root.join(name), &png).expect("a file");
    }
    succeed(
        root,
        &["compress", "-q", "-r", "--rm", "--exact-file=never", "."],
    );
    succeed(root, &["decompress", "-q", "-r", "--rm", "."]);
    assert_eq!(names(root), ["a.bmp", "b", "c.jpg"]);
    for (name, found) in contents(root) {
        assert!(decode_png(&found) == decode_png(&png), "{name}");
    }
}

/// A name without the extension of an image asks for no other format.
#[test]
fn the_file_comes_back_under_any_other_name() {
    let directory = tempdir().expect("a directory");
    let root = directory.path();
    let png = PngFile::of(&photo(20, 10, ColorType::Rgb)).bytes();
    fs::write(root.join("a.png"), &png).expect("a file");
    succeed(root, &["compress", "a.png", "-o", "c.pxc"]);
    succeed(root, &["decompress", "c.pxc", "-o", "a.bmp"]);
    fs::write(root.join("a.jpg"), jpeg()).expect("a file");
    for name in ["a.png", "a.bmp", "a.jpg"] {
        let original = fs::read(root.join(name)).expect("a file");
        succeed(
            root,
            &["compress", "-f", "--exact-file=always", name, "-o", "a.pxc"],
        );
        for output in ["new.bak", "new", ".png", "a.pxc.old"] {
            succeed(root, &["decompress", "-f", "a.pxc", "-o", output]);
            assert!(
                fs::read(root.join(output)).expect("a file") == original,
                "{name}: {output}"
            );
        }
        if cfg!(target_os = "linux") {
            let piped = run(root, &["decompress", "-f", "a.pxc", "-o", "/dev/stdout"]);
            assert!(piped.stdout == original, "{name}: {}", text(&piped.stderr));
        }
        succeed(root, &["decompress", "-f", "-q", "a.pxc", "-o", "new.qoi"]);
        assert!(
            fs::read(root.join("new.qoi"))
                .expect("a file")
                .starts_with(b"qoif")
        );
        succeed(
            root,
            &[
                "decompress",
                "-f",
                "-q",
                "--format=png",
                "a.pxc",
                "-o",
                "new.bak",
            ],
        );
        assert!(
            fs::read(root.join("new.bak"))
                .expect("a file")
                .starts_with(b"\x89PNG")
        );
    }
}

/// A name that the user gives decides the format.
#[test]
fn a_given_name_is_no_kept_name() {
    let directory = tempdir().expect("a directory");
    let root = directory.path();
    fs::write(root.join("a.png"), jpeg()).expect("a file");
    succeed(root, &["compress", "a.png"]);
    let (code, _, stderr) = outcome(root, &["decompress", "-q", "a.pxc", "-o", "b.png"]);
    assert_eq!(code, 0, "{stderr}");
    let png = fs::read(root.join("b.png")).expect("a file");
    assert!(png.starts_with(b"\x89PNG"));
    succeed(root, &["decompress", "a.pxc", "-o", "b.jpg"]);
    assert!(fs::read(root.join("b.jpg")).expect("a file") == jpeg());
}

#[test]
fn parts_do_not_look_like_the_whole() {
    let directory = workshop();
    let root = directory.path();
    succeed(root, &["compress", "--rm", "img.png"]);
    succeed(root, &["decompress", "img.pxc", "--region", "1,2,30,4"]);
    assert_eq!(names(root), ["img-1,2,30,4.png", "img.pxc"]);
    let to = [
        "decompress",
        "img.pxc",
        "--region",
        "1,2,30,4",
        "--out-dir",
        "out",
    ];
    succeed(root, &to);
    assert_eq!(names(&root.join("out")), ["img-1,2,30,4.png"]);
}

/// Names with control characters go to a terminal as escapes, and to programs as they are.
#[cfg(unix)]
#[test]
fn control_characters_are_escaped() {
    let directory = tempdir().expect("a directory");
    let root = directory.path();
    let name = "\u{1b}[31mred\nline.png";
    fs::write(root.join(name), "no image").expect("a file");
    fs::create_dir(root.join("a\u{7}b")).expect("a folder");
    let commands = [
        &["compress", name][..],
        &["compress", "-r", "."],
        &["compress", "-v", "-r", "--json", "."],
        &["compress", "a\u{7}b"],
        &["decompress", "-r", "-v", "."],
        &["decompress", name, "-o", "x\u{1b}.png"],
        &["info", name],
        &["compress", name, "--threads", "\u{1b}[31m"],
        &["\u{1b}]0;title\u{7}"],
        &["compress", "--model", "\u{1b}model", name],
    ];
    for arguments in commands {
        let output = run(root, arguments);
        let stderr = text(&output.stderr);
        let control = stderr
            .chars()
            .filter(|char| char.is_control() && *char != '\n');
        assert_eq!(control.count(), 0, "{arguments:?}: {stderr:?}");
        assert!(!stderr.contains("red\nline"), "{stderr:?}");
    }
    let (code, _, stderr) = outcome(root, &["compress", name]);
    let said = "\\u{1b}[31mred\\nline.png: byte 0x0: not an image";
    assert!(code == 1 && stderr.starts_with(said), "{stderr}");
    let (_, stdout, _) = outcome(root, &["compress", "--json", name]);
    let line: serde_json::Value =
        serde_json::from_str(stdout.lines().next().expect("a line")).expect("JSON");
    assert_eq!(line["file"], name);
}

/// Beyond the limit on the length of files a write fails, and the process cleans up.
#[cfg(target_os = "linux")]
#[test]
fn files_that_become_too_long_are_errors() {
    let directory = workshop();
    let root = directory.path();
    let output = std::process::Command::new("prlimit")
        .current_dir(root)
        .args([
            "--fsize=100",
            env!("CARGO_BIN_EXE_pxc"),
            "compress",
            "--rm",
            "img.png",
        ])
        .output()
        .expect("prlimit");
    let said = (output.status.code(), text(&output.stderr));
    let expected = "img.pxc: File too large (os error 27)\n";
    assert_eq!(said, (Some(2), expected.into()));
    assert_eq!(names(root), ["img.png"]);
}
