//! Messages about files of which pxc keeps only the image, images that it does not read, and options of other tools.

mod terminal;
#[cfg(target_os = "linux")]
mod json;

use std::fs;
use std::path::Path;

use pxc_codec::ColorType;
use tempfile::tempdir;

use crate::workshop;
use pxc_test_harness::{fixtures, names, outcome, photo, succeed, write_png};

/// A lossless WebP file, which pxc does not rebuild.
fn write_webp(path: &Path) {
    let picture = photo(20, 10, ColorType::Rgb);
    let (samples, color) = (picture.samples(), image::ExtendedColorType::Rgb8);
    image::save_buffer(path, samples, 20, 10, color).expect("a WebP file");
}

#[test]
fn what_is_not_exact_is_said() {
    let directory = workshop();
    let root = directory.path();
    write_webp(&root.join("a.webp"));
    let pixels = "the file cannot be rebuilt byte for byte, only its pixels and metadata: pxc does not rebuild WebP files\n";
    let (code, _, stderr) = outcome(root, &["compress", "a.webp"]);
    assert_eq!((code, stderr), (0, format!("a.webp: note: {pixels}")));
    fs::copy(root.join("a.webp"), root.join("b.webp")).expect("a copy");
    let all = [
        "compress", "-f", "--rm", "a.webp", "b.webp", "img.png", "--json",
    ];
    let (code, stdout, stderr) = outcome(root, &all);
    assert_eq!(code, 0, "{stderr}");
    let end = "2 of 3 files: only the image and its metadata are kept, not the file's bytes (-v says why)\n";
    assert!(
        stderr.ends_with(end) && stderr.lines().count() == 2,
        "{stderr}"
    );
    let lines = stdout
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"));
    let lines: Vec<serde_json::Value> = lines.collect();
    for line in &lines[..3] {
        let is_exact = line["file"] == "img.png";
        assert_eq!(
            (&line["exact"], line["not_exact"].is_null()),
            (&is_exact.into(), is_exact)
        );
    }
    assert_eq!(lines[3]["total"]["not_exact"], 2);
    write_webp(&root.join("a.webp"));
    succeed(root, &["compress", "-q", "-f", "a.webp"]);
    succeed(root, &["compress", "-f", "--exact-file", "never", "a.webp"]);
}

#[test]
fn images_of_other_formats_are_named() {
    let directory = tempdir().expect("a directory");
    let root = directory.path();
    let write = |name: &str, bytes: &[u8]| fs::write(root.join(name), bytes).expect("a file");
    for name in ["a.heic", "b.HEIC", "c.jpg"] {
        write(name, b"\0\0\0\x18ftypheic\0\0\0\0mif1heic");
    }
    write("d.avif", b"\0\0\0\x20ftypavif\0\0\0\0avifmif1");
    write("e.jp2", b"\0\0\0\x0cjP  \r\n\x87\n");
    write("f.nef", b"MM\0*\0\0\0\x08");
    write("g.txt", b"text");
    let said = "nothing to do: 7 files found, none to process\n\
                skipped images that pxc does not keep: 1 AVIF, 3 HEIC, 1 JPEG 2000, 1 camera raw; and 1 other file";
    let nothing = ["compress", "-r", "--rm", "."];
    let expected = (0, String::new(), format!("{said} (-v names them)\n"));
    assert_eq!(outcome(root, &nothing), expected);
    let (code, _, stderr) = outcome(root, &["compress", "-v", "-r", "."]);
    assert!(
        code == 0 && stderr.ends_with(&format!("{said}\n")),
        "{stderr}"
    );
    let named = "./a.heic: skipped: HEIC: pxc does not read this format\n";
    assert!(stderr.starts_with(named), "{stderr}");
    write_png(&root.join("img.png"), &photo(9, 9, ColorType::Gray));
    let (code, _, stderr) = outcome(root, &nothing);
    assert!(
        code == 0 && stderr.contains("; 7 skipped\nskipped images"),
        "{stderr}"
    );
    // The second run finds nothing.
    let (code, _, stderr) = outcome(root, &nothing);
    assert!(
        code == 0 && stderr.starts_with("nothing to do: 8 files"),
        "{stderr}"
    );
    assert_eq!(
        outcome(root, &["compress", "a.heic"]),
        (
            2,
            String::new(),
            "a.heic: pxc does not read HEIC files\n".into()
        )
    );
}

#[test]
fn the_wrong_command_is_named() {
    let directory = workshop();
    let root = directory.path();
    succeed(root, &["compress", "img.png"]);
    let said = "img.pxc: is a .pxc file already (to get its image, use pxc decompress)\n";
    assert_eq!(
        outcome(root, &["compress", "img.pxc"]),
        (1, String::new(), said.into())
    );
    let said = "img.png: is a PNG file, not a .pxc file (to compress it, use pxc compress)\n";
    for arguments in [
        &["decompress", "img.png"][..],
        &["decompress", "img.png", "-o", "x.png"],
        &["test", "img.png"],
        &["info", "img.png"],
        &["thumbnail", "img.png", "-o", "x.png"],
    ] {
        assert_eq!(
            outcome(root, arguments),
            (1, String::new(), said.into()),
            "{arguments:?}"
        );
    }
    assert_eq!(names(root), ["img.png", "img.pxc"]);
}

#[test]
fn the_options_of_other_tools_are_answered() {
    let directory = workshop();
    let root = directory.path();
    let levels = "use `pxc compress` with -1 to -9, or with --effort fast, default or max";
    for (arguments, hint) in [
        (
            &["-d", "img.pxc"][..],
            "to decompress, use `pxc decompress`",
        ),
        (&["-9", "img.png"], levels),
        (&["-z", "img.png"], "to compress, use `pxc compress`"),
        (&["compress", "-0", "img.png"], levels),
        (&["decompress", "-9", "img.pxc"], levels),
        (&["compress", "-19", "img.png"], "cannot be used with"),
        (
            &["compress", "-9", "--effort=fast", "img.png"],
            "cannot be used with",
        ),
        (&["-l", "img.pxc"], "to list .pxc files, use `pxc list`"),
        (
            &["compress", "-c", "img.png"],
            "to write to standard output, use `-o -`",
        ),
        (
            &["decompress", "--stdout", "img.pxc"],
            "to write to standard output, use `-o -`",
        ),
        (
            &["test", "-k", "img.pxc"],
            "`pxc test` always goes on after a failure",
        ),
        (&["compress", "--keep", "img.png"], "pxc keeps its inputs"),
        (&["-t", "img.pxc"], "to test .pxc files, use `pxc test`"),
        (
            &["img.png"],
            "to compress this file, use `pxc compress img.png`",
        ),
        (
            &["img.pxc"],
            "to decompress this file, use `pxc decompress img.pxc`",
        ),
        (
            &["compress", "img.png", "out.pxc"],
            "use -o out.pxc to name the output",
        ),
        (
            &["decompress", "img.pxc", "out.png"],
            "use -o out.png to name the output",
        ),
    ] {
        let (code, stdout, stderr) = outcome(root, arguments);
        assert_eq!((code, stdout.as_str()), (2, ""), "{arguments:?}");
        assert!(stderr.contains(hint), "{arguments:?}: {stderr}");
    }
    let (_, _, stderr) = outcome(root, &["x"]);
    assert!(!stderr.contains("similar"), "{stderr}");
    let (_, _, stderr) = outcome(root, &["compres", "img.png"]);
    assert!(stderr.contains("'compress'"), "{stderr}");
    assert_eq!(names(root), ["img.png"]);
}

#[test]
fn info_names_the_model() {
    let directory = workshop();
    let root = directory.path();
    let golden = fixtures().join("golden/v1/rgb-network.pxc");
    fs::copy(golden, root.join("img.pxc")).expect("a copy");
    let object: serde_json::Value =
        serde_json::from_str(&succeed(root, &["info", "--json", "img.pxc"])).expect("JSON");
    let id = object["model_id"].as_str().expect("an id");
    assert_eq!(object["model_name"], "tiny-rgb");
    let line = format!("\n  model_id           tiny-rgb, {id}\n");
    let human = succeed(root, &["info", "img.pxc"]);
    assert!(human.contains(&line), "{human}");
}
