//! Does damage end politely? Truncation, flipped bytes, a wrong model and absurd sizes, through the command.
//!
//! `cargo test --test damage -- --ignored` writes the files of fixtures/corrupt that are missing and changes none.

mod harness;

use std::fs;
use std::path::Path;

use harness::{decode_png, fixtures, outcome, photo, pxc, succeed, text, write_png};
use pxc_codec::ColorType;
use tempfile::tempdir;

fn golden(name: &str) -> Vec<u8> {
    fs::read(fixtures().join("golden/v1").join(name)).expect("a golden file")
}

/// Writes each file, tests all of them with one command and returns the exit code and one line per file.
fn test_all(files: &[(String, Vec<u8>)]) -> (i32, Vec<String>) {
    let directory = tempdir().expect("a directory");
    for (name, bytes) in files {
        fs::write(directory.path().join(name), bytes).expect("a written file");
    }
    let names = files.iter().map(|(name, _)| name.as_str());
    let arguments: Vec<&str> = ["test", "--jobs", "1"].into_iter().chain(names).collect();
    let (code, stdout, stderr) = outcome(directory.path(), &arguments);
    assert_eq!(stdout, "");
    let mut lines: Vec<String> = stderr.lines().map(str::to_owned).collect();
    if files.len() > 1 {
        let summary = lines.pop().expect("a summary");
        assert!(summary.contains(" bytes in, "), "{summary}");
    }
    assert_eq!(lines.len(), files.len(), "one line per file: {stderr}");
    for ((name, _), line) in files.iter().zip(&lines) {
        assert!(
            line.starts_with(&format!("{name}: ")),
            "{line} is not about {name}"
        );
    }
    (code, lines)
}

/// Golden files that are small enough to be damaged at every byte.
const SMALL: [&str; 4] = [
    "rgb-row.pxc",
    "gray-stored.pxc",
    "gray-alpha.pxc",
    "rgb-adaptive.pxc",
];

#[test]
fn truncation_at_every_length_is_an_error_that_names_the_place() {
    for name in SMALL {
        let whole = golden(name);
        let cut: Vec<_> = (0..whole.len())
            .map(|length| (format!("{length}.pxc"), whole[..length].to_vec()))
            .collect();
        let (code, lines) = test_all(&cut);
        assert_eq!(code, 1);
        for line in lines {
            assert!(
                line.contains(": byte 0x") && line.contains("truncated"),
                "{line}"
            );
        }
    }
}

#[test]
fn every_flipped_byte_is_an_error() {
    for name in SMALL {
        let whole = golden(name);
        for mask in [0x01, 0x80, 0xff] {
            let flipped: Vec<_> = (0..whole.len())
                .map(|at| {
                    let mut bytes = whole.clone();
                    bytes[at] ^= mask;
                    (format!("{at}.pxc"), bytes)
                })
                .collect();
            let (code, lines) = test_all(&flipped);
            // Another version number is no damage, but a version that is not known.
            assert_eq!(code, 2);
            assert!(lines[8].contains("version"), "{}", lines[8]);
            for (at, line) in lines.iter().enumerate() {
                assert!(line.contains(": byte 0x"), "byte {at}: {line}");
            }
        }
    }
}

#[test]
fn bytes_after_the_end_are_an_error() {
    let mut bytes = golden("rgb-row.pxc");
    bytes.push(0);
    let (code, lines) = test_all(&[("long.pxc".into(), bytes)]);
    assert_eq!(code, 1);
    assert!(
        lines[0].ends_with("1 bytes after the last group"),
        "{}",
        lines[0]
    );
}

#[test]
fn a_missing_model_is_named_with_the_places_searched() {
    let directory = tempdir().expect("a directory");
    fs::write(directory.path().join("img.pxc"), golden("rgb-network.pxc")).expect("a written file");
    let info = succeed(directory.path(), &["info", "--json", "img.pxc"]);
    let info: serde_json::Value = serde_json::from_str(&info).expect("JSON");
    let output = pxc()
        .current_dir(directory.path())
        .env("PXC_MODELS", directory.path())
        .args(["decompress", "img.pxc"])
        .output()
        .expect("an output");
    let stderr = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        stderr.contains(info["model"].as_str().expect("an id")),
        "{stderr}"
    );
    assert!(
        stderr.contains(&directory.path().display().to_string()),
        "{stderr}"
    );
    assert!(!directory.path().join("img.png").exists());
    let model = fixtures()
        .join("models/tiny-rgb.onnx")
        .display()
        .to_string();
    let given = pxc()
        .current_dir(directory.path())
        .env("PXC_MODELS", directory.path())
        .args(["decompress", "img.pxc", "--model", &model])
        .output()
        .expect("an output");
    assert_eq!(
        (given.status.code(), text(&given.stderr)),
        (Some(0), String::new())
    );
}

#[test]
fn a_file_that_is_no_model_is_refused() {
    let directory = tempdir().expect("a directory");
    write_png(
        &directory.path().join("img.png"),
        &photo(4, 4, ColorType::Rgb),
    );
    fs::write(directory.path().join("bad.onnx"), "this is no model").expect("a written file");
    let (code, _, stderr) = outcome(
        directory.path(),
        &["compress", "--model", "bad.onnx", "img.png"],
    );
    assert_eq!(code, 2);
    assert!(stderr.starts_with("bad.onnx: "), "{stderr}");
    assert!(!directory.path().join("img.pxc").exists());
}

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
        "img.pxc: 1 of 9 groups are damaged; the rest was written"
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
fn damaged_png_files_are_bad_data() {
    let directory = tempdir().expect("a directory");
    let path = directory.path().join("img.png");
    write_png(&path, &photo(20, 20, ColorType::Rgb));
    let whole = fs::read(&path).expect("a file");
    for at in [0, 5, 20, 45, whole.len() / 2, whole.len() - 16] {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x20;
        fs::write(&path, &bytes).expect("a written file");
        let (code, _, stderr) = outcome(directory.path(), &["compress", "img.png"]);
        assert_eq!(code, 1, "byte {at}: {stderr}");
        fs::write(&path, &whole[..at]).expect("a written file");
        let (code, _, stderr) = outcome(directory.path(), &["compress", "img.png"]);
        assert_eq!(code, 1, "{at} bytes: {stderr}");
    }
    assert!(!directory.path().join("img.pxc").exists());
}

/// Every file of fixtures/corrupt bears the name of the error that it causes; `expected.txt` has the words.
#[test]
fn corrupt_files_fail_with_their_own_error() {
    let folder = fixtures().join("corrupt");
    let expected = fs::read_to_string(folder.join("expected.txt")).expect("the expected errors");
    let mut lines = expected.lines();
    for (name, _, code) in corrupt_files() {
        let (found, _, stderr) = outcome(&folder, &["test", &name]);
        assert_eq!(found, code, "{stderr}");
        assert_eq!(mask_place(&stderr), lines.next().unwrap_or_default());
    }
    assert_eq!(lines.next(), None);
}

/// What a missing model's message says about this machine is left out.
fn mask_place(line: &str) -> String {
    let line = line.trim_end();
    line.split_once("; looked in ")
        .map_or(line, |(start, _)| start)
        .to_owned()
}

#[test]
#[ignore = "writes fixtures"]
fn write_missing_corrupt_files() {
    let folder = fixtures().join("corrupt");
    let mut expected = String::new();
    for (name, bytes, _) in corrupt_files() {
        write_if_missing(&folder.join(&name), &bytes);
        let (_, _, stderr) = outcome(&folder, &["test", &name]);
        expected.push_str(&mask_place(&stderr));
        expected.push('\n');
    }
    fs::write(folder.join("expected.txt"), expected).expect("a written file");
}

fn write_if_missing(path: &Path, bytes: &[u8]) {
    if !path.exists() {
        fs::write(path, bytes).expect("a written file");
    }
}

/// Name, bytes and exit code, made from the golden files.
fn corrupt_files() -> Vec<(String, Vec<u8>, i32)> {
    let stored = golden("gray-stored.pxc");
    let flip = |at: usize| {
        let mut bytes = stored.clone();
        bytes[at] ^= 1;
        bytes
    };
    let last = stored.len() - 1;
    let mut long = stored.clone();
    long.extend(b"more");
    let gray = |width: &[u8], height: &[u8]| Crafted {
        width: width.to_vec(),
        height: height.to_vec(),
        ..Crafted::default()
    };
    let one = gray(&[1], &[1]);
    let files = [
        ("Signature", flip(3), 1),
        ("Truncated", stored[..20].to_vec(), 1),
        ("HeaderChecksum", flip(12), 1),
        ("Unsupported", flip(8), 2),
        ("HeaderField", gray(&[0], &[1]).bytes(), 1),
        ("LimitExceeded", gray(&LARGEST_U32, &LARGEST_U32).bytes(), 2),
        ("GroupChecksum", flip(last), 1),
        ("GroupTruncated", stored[..last].to_vec(), 1),
        ("TrailingBytes", long, 1),
        (
            "GroupContent",
            Crafted {
                payload: vec![9, 77],
                ..one.clone()
            }
            .bytes(),
            1,
        ),
        (
            "PixelDigest",
            Crafted {
                payload: vec![0, 77],
                ..one.clone()
            }
            .bytes(),
            1,
        ),
        (
            "UnknownModel",
            Crafted {
                model: Some([0xab; 8]),
                payload: vec![1, 0, 0, 0, 0],
                ..one
            }
            .bytes(),
            2,
        ),
        ("RebuildTime", endless_exact_file().bytes(), 2),
    ];
    files
        .map(|(name, bytes, code)| (format!("{name}.pxc"), bytes, code))
        .into()
}

/// 2^32 − 1 as a varint.
const LARGEST_U32: [u8; 5] = [0xff, 0xff, 0xff, 0xff, 0x0f];

/// A file of one group, written after `docs/format.md`, that says whatever it is told to.
#[derive(Clone, Default)]
struct Crafted {
    width: Vec<u8>,
    height: Vec<u8>,
    model: Option<[u8; 8]>,
    digest: [u8; 8],
    /// Tag and content.
    chunk: Option<([u8; 4], Vec<u8>)>,
    payload: Vec<u8>,
}

impl Crafted {
    fn bytes(&self) -> Vec<u8> {
        let flags = u8::from(self.model.is_some()) | u8::from(self.chunk.is_some()) << 2;
        let mut fields = vec![flags, 0x30];
        fields.extend_from_slice(&self.width);
        fields.extend_from_slice(&self.height);
        fields.extend(self.model.iter().flatten());
        fields.extend(self.digest);
        if let Some((tag, content)) = &self.chunk {
            fields.push(1);
            fields.extend(tag);
            fields.push(content.len() as u8);
            fields.extend(content);
        }
        fields.push(self.payload.len() as u8);
        fields.extend(crc32fast::hash(&self.payload).to_le_bytes());
        let mut bytes = b"\x89PXC\r\n\x1a\n\x01".to_vec();
        bytes.push(fields.len() as u8);
        bytes.extend(fields);
        bytes.extend(crc32fast::hash(&bytes).to_le_bytes());
        bytes.extend_from_slice(&self.payload);
        bytes
    }
}

/// A gray image of 7 × 1 pixels and a description whose second stretch has corrections that lead to blocks without end.
fn endless_exact_file() -> Crafted {
    let samples = [1, 2, 3, 4, 5, 6, 7];
    let mut hasher = blake3::Hasher::new();
    hasher.update(&[7, 0, 0, 0, 1, 0, 0, 0, 0, 8]);
    hasher.update(&samples);
    let digest = hasher.finalize().as_bytes()[..8].try_into();

    // Not interlaced, head, tail, filters, no pieces.
    let frame = [0, 2, 0x78, 0x9c, 4, 0, 0, 0, 0, 1, 0, 0];
    let stored_block = [1, frame.len() as u8, 0, !(frame.len() as u8), 0xff];
    let file_digest = [0; 8];
    let mut description = file_digest.to_vec();
    description.push((stored_block.len() + frame.len()) as u8);
    description.extend(stored_block);
    description.extend(frame);
    // What preflate-rs says about 6 bytes that flate2 compressed.
    let sound = [
        0, 0, 4, 0, 2, 4, 0, 0, 2, 64, 1, 4, 0, 0, 4, 0, 4, 0, 0, 2, 0,
    ];
    let hostile = [224, 94];
    for (text_bytes, corrections) in [(6, &sound[..]), (2, &hostile)] {
        description.extend([text_bytes, corrections.len() as u8]);
        description.extend(corrections);
    }
    Crafted {
        width: vec![7],
        height: vec![1],
        digest: digest.expect("8 bytes"),
        chunk: Some((*b"pnGx", description)),
        payload: [&[0][..], &samples].concat(),
        ..Crafted::default()
    }
}
