//! `decompress --partial` writes what is intact and names what is missing.

use std::fs;

use tempfile::tempdir;

use crate::golden;
use pxc_codec::ColorType;
use pxc_test_harness::{PngFile, decode_png, names, outcome, photo, succeed, write_png};

#[test]
fn partial_writes_what_is_sound_and_says_what_is_missing() {
    let directory = tempdir().expect("a directory");
    let whole = golden("rgb-tiles.pxc");
    fs::write(directory.path().join("whole.pxc"), &whole).expect("a written file");
    let info = succeed(directory.path(), &["info", "--json", "whole.pxc"]);
    let info: serde_json::Value = serde_json::from_str(&info).expect("JSON");
    let offset = info["groups"][4]["offset"].as_u64().expect("an offset") as usize;
    let mut damaged = whole;
    damaged[offset + 3] ^= 0x10;
    fs::write(directory.path().join("img.pxc"), &damaged).expect("a written file");

    let (code, _, _) = outcome(directory.path(), &["decompress", "img.pxc"]);
    assert_eq!(code, 1);
    assert!(!directory.path().join("img.png").exists());

    let (code, stdout, stderr) = outcome(
        directory.path(),
        &["decompress", "--partial", "--rm", "img.pxc"],
    );
    assert_eq!((code, stdout.as_str()), (1, ""));
    let lines: Vec<&str> = stderr.lines().collect();
    assert_eq!(lines.len(), 2, "{stderr}");
    assert!(
        lines[0].starts_with(&format!(
            "img.pxc: byte {offset:#x}: group 4 checksum: expected "
        )),
        "{stderr}"
    );
    assert!(
        lines[0].ends_with("; missing: columns 20–39, rows 16–31"),
        "{stderr}"
    );
    assert_eq!(
        lines[1],
        "img.pxc: 1 of 9 groups are damaged; the rest was written to img.png"
    );
    assert!(
        directory.path().join("img.pxc").exists(),
        "a damaged input is not removed"
    );

    let found = decode_png(&fs::read(directory.path().join("img.png")).expect("an image"));
    let expected = decode_png(&golden("rgb-tiles.png"));
    for (at, (found, expected)) in found.samples().iter().zip(expected.samples()).enumerate() {
        let (x, y) = (at / 3 % 50, at / 3 / 50);
        let missing = (20..40).contains(&x) && (16..32).contains(&y);
        assert_eq!(
            *found,
            if missing { 0 } else { *expected },
            "column {x}, row {y}"
        );
    }
}

#[test]
fn partial_on_a_sound_file_is_as_usual() {
    let directory = tempdir().expect("a directory");
    fs::write(directory.path().join("img.pxc"), golden("rgb-tiles.pxc")).expect("a written file");
    succeed(directory.path(), &["decompress", "--partial", "img.pxc"]);
    let found = decode_png(&fs::read(directory.path().join("img.png")).expect("an image"));
    assert!(found == decode_png(&golden("rgb-tiles.png")));
}

#[test]
fn partial_writes_nothing_if_nothing_is_intact() {
    let directory = tempdir().expect("a directory");
    let folder = directory.path();
    write_png(&folder.join("img.png"), &photo(40, 30, ColorType::Rgb));
    succeed(folder, &["compress", "img.png"]);
    let info = succeed(folder, &["info", "--json", "img.pxc"]);
    let info: serde_json::Value = serde_json::from_str(&info).expect("JSON");
    assert_eq!(info["groups"].as_array().map(Vec::len), Some(1));
    let mut damaged = fs::read(folder.join("img.pxc")).expect("a file");
    *damaged.last_mut().expect("a byte") ^= 1;
    fs::write(folder.join("img.pxc"), damaged).expect("a file");
    fs::remove_file(folder.join("img.png")).expect("a file");
    let (code, _, stderr) = outcome(folder, &["decompress", "--partial", "img.pxc"]);
    let said = "img.pxc: no group is intact; nothing was written";
    assert_eq!((code, stderr.lines().last()), (1, Some(said)));
    assert_eq!(names(folder), ["img.pxc"]);
}

#[test]
fn partial_says_that_the_original_file_is_lost() {
    let directory = tempdir().expect("a directory");
    let folder = directory.path();
    write_png(&folder.join("img.png"), &photo(600, 500, ColorType::Rgb));
    succeed(folder, &["compress", "--exact-file=require", "img.png"]);
    let mut damaged = fs::read(folder.join("img.pxc")).expect("a file");
    *damaged.last_mut().expect("a byte") ^= 1;
    fs::write(folder.join("img.pxc"), damaged).expect("a file");
    let (code, _, stderr) = outcome(
        folder,
        &["decompress", "--partial", "img.pxc", "-o", "x.png"],
    );
    let said = " groups are damaged; the rest was written to x.png, without the original file\n";
    assert!(code == 1 && stderr.ends_with(said), "{stderr}");
}

/// `--partial` gives the whole file wherever nothing of it is damaged, whatever follows it.
#[test]
fn partial_gives_the_exact_file_if_it_can() {
    let directory = tempdir().expect("a directory");
    let folder = directory.path();
    let mut jpeg = Vec::new();
    let encoder = image::codecs::jpeg::JpegEncoder::new(&mut jpeg);
    let color = image::ExtendedColorType::Rgb8;
    let picture = photo(40, 30, ColorType::Rgb);
    image::ImageEncoder::write_image(encoder, picture.samples(), 40, 30, color).expect("a file");
    let mut png = PngFile::of(&picture).bytes();
    png.extend(b"behind the end");
    for (name, file) in [("img.png", &png), ("photo.jpg", &jpeg)] {
        fs::write(folder.join(name), file).expect("a file");
        let coded = folder.join("x.pxc");
        let pack = ["compress", "-f", "--exact-file=require", name, "-o"];
        succeed(folder, &[&pack[..], &["x.pxc"]].concat());
        let back = ["decompress", "-f", "--partial", "x.pxc", "-o", "back"];
        succeed(folder, &back);
        assert!(fs::read(folder.join("back")).expect("a file") == *file);

        let sound = fs::read(&coded).expect("a file");
        fs::write(&coded, [&sound[..], b"xx\n"].concat()).expect("a file");
        let said = "x.pxc: 3 bytes after the end of the .pxc file; everything before was written\n";
        assert_eq!(outcome(folder, &back), (1, String::new(), said.into()));
        assert!(fs::read(folder.join("back")).expect("a file") == *file);
        let plain = outcome(folder, &["decompress", "-f", "x.pxc", "-o", "back"]);
        assert_eq!(plain.0, 1, "{}", plain.2);
    }
}

/// One wrong bit loses a whole JPEG file.
#[test]
fn partial_says_that_nothing_is_left_of_a_damaged_jpeg_file() {
    let directory = tempdir().expect("a directory");
    let folder = directory.path();
    let mut damaged = golden("jpeg-baseline.pxc");
    *damaged.last_mut().expect("a byte") ^= 1;
    fs::write(folder.join("x.pxc"), damaged).expect("a file");
    let (code, _, stderr) = outcome(folder, &["decompress", "--partial", "x.pxc", "-o", "back"]);
    let said = "x.pxc: the JPEG file in it is damaged, and nothing of it can be saved: ";
    assert!(code == 1 && stderr.starts_with(said), "{stderr}");
    assert!(!folder.join("back").exists());
    for command in [&["test", "x.pxc"][..], &["decompress", "x.pxc"]] {
        let (code, _, stderr) = outcome(folder, command);
        assert!(code == 1 && stderr.starts_with(said), "{stderr}");
        assert!(!stderr.contains("--partial"), "{stderr}");
    }
}

/// A file of 44 bytes with 2^16 tiles of one pixel in a group of up to 2^24, all of them damaged.
#[test]
fn more_tiles_than_the_bytes_of_a_file_can_have_are_refused() {
    let directory = tempdir().expect("a directory");
    let folder = directory.path();
    let tiles = *b"\x89PXC\r\n\x1a\n\x01\x19\x020\x80\x02\x80\x02\x01\x01\x80\x80\x80\x08\0\0\0\0\0\0\0\0\x05\
        }\xa4\xe2\xbc\xeeVu\xaf\x02\0\0\0\x01";
    fs::write(folder.join("x.pxc"), tiles).expect("a file");
    for command in [
        &["test", "x.pxc"][..],
        &["decompress", "--partial", "x.pxc"],
    ] {
        let (code, _, stderr) = outcome(folder, command);
        let said =
            ": tiles_per_group: expected 1 to 65536, found 16777216 (the header is damaged, ";
        assert!(code == 1 && stderr.contains(said), "{stderr}");
    }
}
