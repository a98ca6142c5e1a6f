//! Metadata of PNG files comes back verbatim, where PNG requires it, unless it is stripped.

use std::fs;

use pxc_codec::ColorType;
use pxc_test_harness::{PngFile, names, outcome, photo, succeed, text};
use tempfile::{TempDir, tempdir};

type Chunks = Vec<([u8; 4], Vec<u8>)>;

/// One of each kind, in an order that PNG allows.
fn chunks() -> Chunks {
    let zlib = [
        0x78, 0x01, 0x01, 2, 0, 0xfd, 0xff, 0x61, 0x62, 0x01, 0x26, 0, 0xc4,
    ];
    let with = |head: &[u8]| [head, &zlib].concat();
    vec![
        (*b"cICP", vec![1, 13, 0, 1]),
        (*b"cHRM", (0..32).collect()),
        (*b"gAMA", 45455_u32.to_be_bytes().to_vec()),
        (*b"iCCP", with(b"profile\0\0")),
        (*b"sBIT", vec![5, 6, 5]),
        (*b"bKGD", vec![0, 1, 0, 2, 0, 3]),
        (*b"pHYs", vec![0, 0, 11, 19, 0, 0, 11, 19, 1]),
        (*b"sPLT", b"name\0\x08\x01\x02\x03\x04\0\x05".to_vec()),
        (*b"eXIf", b"MM\0*\0\0\0\x08\0\0\0\0\0\0".to_vec()),
        (*b"tIME", vec![7, 234, 11, 24, 12, 0, 0]),
        (*b"tEXt", b"Title\0A wave".to_vec()),
        (*b"zTXt", with(b"Comment\0\0")),
        (
            *b"iTXt",
            b"XML:com.adobe.xmp\0\0\0\0\0<x:xmpmeta/>".to_vec(),
        ),
        (*b"vpAg", vec![9; 9]),
    ]
}

fn workshop(chunks: Chunks) -> TempDir {
    let directory = tempdir().expect("a directory");
    let mut file = PngFile::of(&photo(8, 8, ColorType::Rgb));
    file.chunks = chunks;
    fs::write(directory.path().join("img.png"), file.bytes()).expect("a file");
    directory
}

/// The chunks of a PNG file in file order, without `IHDR`, `IDAT` and `IEND`.
fn found(directory: &TempDir, name: &str) -> Chunks {
    let bytes = fs::read(directory.path().join(name)).expect("a file");
    let (mut at, mut chunks) = (8, Vec::new());
    while at < bytes.len() {
        let length = u32::from_be_bytes(bytes[at..at + 4].try_into().expect("4 bytes")) as usize;
        let tag: [u8; 4] = bytes[at + 4..at + 8].try_into().expect("4 bytes");
        let data = bytes[at + 8..at + 8 + length].to_vec();
        let checksum = crc32fast::hash(&bytes[at + 4..at + 8 + length]);
        assert_eq!(
            bytes[at + 8 + length..at + 12 + length],
            checksum.to_be_bytes()
        );
        at += 12 + length;
        if ![*b"IHDR", *b"IDAT", *b"IEND"].contains(&tag) {
            chunks.push((tag, data));
        }
    }
    chunks
}

#[test]
fn every_kind_is_kept_in_a_legal_place() {
    let directory = workshop(chunks());
    succeed(directory.path(), &["compress", "--verify", "img.png"]);
    succeed(
        directory.path(),
        &["decompress", "img.pxc", "-o", "back.png"],
    );
    let back = found(&directory, "back.png");
    let (mut sorted, mut expected) = (back.clone(), chunks());
    sorted.sort();
    expected.sort();
    assert_eq!(sorted, expected);
    let last_of_colour_space = back.iter().rposition(|(tag, _)| tag == b"sBIT");
    let background = back.iter().position(|(tag, _)| tag == b"bKGD");
    assert!(last_of_colour_space < background);

    let info = succeed(directory.path(), &["info", "img.pxc"]);
    for (tag, data) in chunks() {
        let line = format!("  chunk              {} {} bytes\n", text(&tag), data.len());
        assert!(info.contains(&line), "{line} is missing: {info}");
    }
}

#[test]
fn strip_leaves_out_all_or_what_does_not_change_the_look() {
    let directory = workshop(chunks());
    let stripped = |which: &str| -> Vec<String> {
        let root = directory.path();
        succeed(root, &["compress", "-f", "--strip", which, "img.png"]);
        succeed(root, &["decompress", "-f", "img.pxc", "-o", "back.png"]);
        let back = found(&directory, "back.png");
        back.iter().map(|(tag, _)| text(tag)).collect()
    };
    assert!(stripped("all").is_empty());
    let arguments = ["compress", "-f", "-v", "--strip", "safe", "img.png"];
    let (_, _, stderr) = outcome(directory.path(), &arguments);
    assert!(stderr.contains("img.png: --strip removes "), "{stderr}");
    assert_eq!(stripped("safe"), ["cICP", "cHRM", "gAMA", "iCCP", "pHYs"]);
}

/// `--strip safe` keeps only the orientation of EXIF, whatever the format of the image.
#[test]
fn strip_keeps_the_orientation() {
    let little = b"II*\0\x08\0\0\0\x02\0\x0f\x01\x02\0\x02\0\0\0A\0\0\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
    let big = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
    let prefixed = [b"Exif\0\0", &little[..]].concat();
    for exif in [&little[..], big, &prefixed] {
        let directory = workshop(vec![
            (*b"eXIf", exif.to_vec()),
            (*b"tEXt", b"A\0b".to_vec()),
        ]);
        let root = directory.path();
        succeed(root, &["compress", "--strip", "safe", "img.png"]);
        succeed(root, &["decompress", "img.pxc", "-o", "back.png"]);
        assert_eq!(found(&directory, "back.png"), [(*b"eXIf", big.to_vec())]);
    }
    let directory = tempdir().expect("a directory");
    let root = directory.path();
    let tiff = tiff_file(&[(274, 3, [6, 0, 0, 0])]);
    fs::write(root.join("img.tif"), tiff).expect("a file");
    for option in ["-q", "--strip=safe"] {
        succeed(root, &["compress", "-f", option, "img.tif"]);
        succeed(root, &["decompress", "-f", "img.tif.pxc", "-o", "back.png"]);
        assert_eq!(found(&directory, "back.png"), [(*b"eXIf", big.to_vec())]);
    }
}

/// A TIFF file of two gray pixels with some more fields, each a tag, a type and a value.
fn tiff_file(more: &[(u16, u16, [u8; 4])]) -> Vec<u8> {
    let layout = [
        (256, 2),
        (257, 1),
        (258, 8),
        (259, 1),
        (262, 1),
        (273, 8),
        (277, 1),
        (278, 1),
        (279, 2),
    ];
    let layout = layout.map(|(tag, value)| (tag, 3, [value, 0, 0, 0]));
    let mut fields = [&layout, more].concat();
    fields.sort_unstable();
    let mut file = b"II*\0\x0a\0\0\0\x07\x09".to_vec();
    file.extend((fields.len() as u16).to_le_bytes());
    for (tag, kind, value) in fields {
        let count = if kind == 2 { 4_u32 } else { 1 };
        file.extend([tag, kind].iter().flat_map(|number| number.to_le_bytes()));
        file.extend(count.to_le_bytes());
        file.extend(value);
    }
    file.extend([0; 4]);
    file
}

/// What the options ask to strip does not keep `--rm` from removing the file.
#[test]
fn stripped_fields_of_a_tiff_file_are_lost_as_asked() {
    let directory = tempdir().expect("a directory");
    let root = directory.path();
    let tiff = tiff_file(&[(270, 2, *b"sea\0"), (271, 2, *b"ACE\0")]);
    fs::write(root.join("img.tif"), tiff).expect("a file");
    let (code, _, stderr) = outcome(root, &["compress", "--rm", "--exact-file=never", "img.tif"]);
    assert!(code == 2 && stderr.contains("Make (271)"), "{stderr}");
    succeed(root, &["compress", "--rm", "--strip=all", "img.tif"]);
    assert_eq!(names(root), ["img.tif.pxc"]);
}

/// A profile for gray cannot go into a file of RGB.
#[test]
fn a_profile_for_other_samples_is_dropped_and_that_is_said() {
    let mut profile = vec![0; 128];
    profile[16..20].copy_from_slice(b"GRAY");
    // A zlib stream of one stored block, with its Adler-32.
    let (mut a, mut b) = (1_u32, 0);
    for &byte in &profile {
        a += u32::from(byte);
        b += a;
    }
    let stream = [
        &[0x78, 1, 1, 128, 0, 127, 255][..],
        &profile,
        &((b % 65521) << 16 | a).to_be_bytes(),
    ]
    .concat();
    for (color, format, is_kept) in [
        (ColorType::Gray, "webp", false),
        (ColorType::Gray, "tiff", true),
        (ColorType::GrayAlpha, "tiff", true),
        (ColorType::GrayAlpha, "png", true),
    ] {
        let directory = tempdir().expect("a directory");
        let root = directory.path();
        let mut file = PngFile::of(&photo(8, 8, color));
        file.chunks = vec![(*b"iCCP", [b"gray\0\0", &stream[..]].concat())];
        fs::write(root.join("img.png"), file.bytes()).expect("a file");
        succeed(root, &["compress", "img.png"]);
        let name = format!("back.{format}");
        let (code, _, stderr) = outcome(root, &["decompress", "img.pxc", "-o", &name]);
        let note = format!("{name}: note: the format does not keep iCCP\n");
        let expected = if is_kept { String::new() } else { note };
        assert_eq!((code, stderr), (0, expected), "{color:?} as {format}");
        let back = fs::read(root.join(&name)).expect("a file");
        let has_profile = back.windows(128).any(|window| window == profile);
        assert_eq!(has_profile, is_kept, "{color:?} as {format}");
    }
}

#[test]
fn what_is_not_kept_is_said_and_not_lost() {
    let directory = workshop(vec![(*b"iDOT", vec![0; 28])]);
    let root = directory.path();
    succeed(root, &["compress", "--exact-file=always", "img.png"]);
    assert_eq!(
        outcome(root, &["compress", "-f", "--exact-file=never", "img.png"]),
        (
            0,
            String::new(),
            "img.png: note: the .pxc file does not keep iDOT\n".into()
        )
    );
    fs::remove_file(root.join("img.pxc")).expect("a file");
    assert_eq!(
        outcome(root, &["compress", "--exact-file=never", "--rm", "img.png"]),
        (
            2,
            String::new(),
            "img.png: nothing written or removed: --rm would lose iDOT, which the .pxc file does not keep \
             (use --exact-file=always to keep the whole file, or --allow-loss to remove it anyway)\n"
                .into()
        )
    );
    let forced = ["compress", "--exact-file=never", "--rm", "-f", "img.png"];
    let (code, _, stderr) = outcome(root, &forced);
    assert_eq!(code, 2, "-f is no consent to a loss: {stderr}");
    assert_eq!(names(root), ["img.png"]);
    let allowed = [
        "compress",
        "-q",
        "--exact-file=never",
        "--rm",
        "--allow-loss",
        "img.png",
    ];
    let said = "img.png: note: the .pxc file does not keep iDOT\n";
    assert_eq!(outcome(root, &allowed), (0, String::new(), said.into()));
    assert_eq!(names(root), ["img.pxc"]);
}

#[test]
fn formats_without_room_for_it_say_so() {
    let directory = workshop(chunks());
    let root = directory.path();
    succeed(root, &["compress", "img.png"]);
    assert_eq!(
        outcome(root, &["decompress", "img.pxc", "-o", "img.qoi"]),
        (
            0,
            String::new(),
            "img.qoi: note: the format does not keep cICP, cHRM, gAMA, iCCP, sBIT, bKGD, pHYs, sPLT, eXIf, tIME, tEXt, \
             zTXt, iTXt, vpAg\n"
                .into()
        )
    );
    let (code, _, stderr) = outcome(root, &["decompress", "--rm", "img.pxc", "-o", "img.ppm"]);
    assert_eq!(code, 2);
    assert!(stderr.contains("--rm would lose cICP, "), "{stderr}");
    assert!(root.join("img.pxc").exists() && !root.join("img.ppm").exists());
}
