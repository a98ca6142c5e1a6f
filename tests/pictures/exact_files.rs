//! Files come back byte for byte, or pxc reports why not.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use pxc_codec::{ColorType, Limits, read_header};
use pxc_test_harness::{
    PngFile, decode_png, files_with_suffix, fixtures, names, outcome, photo, succeed,
};
use pxc_test_requirements::data;
use tempfile::{TempDir, tempdir};

/// A directory with a PNG file that has chunks before and behind its pixels and bytes behind its end.
fn workshop() -> TempDir {
    let directory = tempdir().expect("a directory");
    let mut file = PngFile::of(&photo(90, 70, ColorType::Rgba));
    file.chunks = vec![
        (*b"gAMA", 45455_u32.to_be_bytes().to_vec()),
        (*b"iDOT", vec![3; 28]),
    ];
    let mut bytes = file.bytes();
    bytes.extend_from_slice(b"behind the end");
    fs::write(directory.path().join("img.png"), bytes).expect("a file");
    directory
}

#[test]
fn the_very_bytes_come_back() {
    let directory = workshop();
    let root = directory.path();
    let original = fs::read(root.join("img.png")).expect("a file");
    succeed(
        root,
        &[
            "compress",
            "--exact-file=require",
            "--verify",
            "--rm",
            "img.png",
        ],
    );
    let info = succeed(root, &["info", "img.pxc"]);
    assert!(info.contains("\n  exact_file         png, "), "{info}");
    let json: serde_json::Value =
        serde_json::from_str(&succeed(root, &["info", "--json", "img.pxc"])).expect("JSON");
    assert_eq!(json["exact_file"], "png");
    let (code, _, stderr) = outcome(root, &["test", "img.pxc"]);
    assert_eq!((code, stderr.as_str()), (0, "img.pxc: intact\n"));
    succeed(root, &["decompress", "img.pxc"]);
    assert_eq!(fs::read(root.join("img.png")).expect("a file"), original);

    succeed(
        root,
        &[
            "decompress",
            "img.pxc",
            "--region",
            "0,0,9,9",
            "-o",
            "part.png",
        ],
    );
    succeed(root, &["decompress", "-q", "img.pxc", "-o", "img.pam"]);
    let pam = image::open(root.join("img.pam")).expect("an image");
    assert_eq!(pam, image::open(root.join("img.png")).expect("an image"));
}

#[test]
fn what_cannot_be_rebuilt_is_said() {
    let directory = workshop();
    let root = directory.path();
    let image = image::open(root.join("img.png")).expect("an image");
    image.save(root.join("img.webp")).expect("a file");
    assert_eq!(
        outcome(root, &["compress", "--exact-file=require", "img.webp"]),
        (
            2,
            String::new(),
            "img.webp: not compressed: --exact-file=require is given: pxc does not rebuild WebP files\n"
                .into()
        )
    );
    assert_eq!(names(root), ["img.png", "img.webp"]);
    assert_eq!(
        outcome(root, &["compress", "--exact-file=always", "img.webp"]),
        (
            0,
            String::new(),
            "img.webp: note: the file cannot be rebuilt byte for byte, only its pixels and metadata: pxc does not rebuild WebP files\n"
                .into()
        )
    );
    let (code, _, stderr) = outcome(
        root,
        &[
            "compress",
            "--exact-file=always",
            "--strip",
            "all",
            "img.png",
        ],
    );
    assert_eq!(code, 2);
    assert!(stderr.contains("cannot be used with"), "{stderr}");
}

/// With `require`, what was written without the exact file is not complete.
#[test]
fn an_output_without_the_required_file_is_written_anew() {
    let directory = workshop();
    let root = directory.path();
    succeed(root, &["compress", "-q", "--exact-file=never", "img.png"]);
    let pixels = fs::read(root.join("img.pxc")).expect("a file");
    let again = |choice| {
        let arguments = ["compress", "--skip-existing", choice, "img.png"];
        succeed(root, &arguments);
        fs::read(root.join("img.pxc")).expect("a file")
    };
    assert!(again("--exact-file=always") == pixels);
    let exact = again("--exact-file=require");
    assert!(exact != pixels);
    assert!(again("--exact-file=require") == exact);
    let header = read_header(&exact, &Limits::default()).expect("a header");
    assert!(header.metadata.iter().any(|chunk| &chunk.tag == b"pnGx"));
}

#[test]
fn a_damaged_description_is_an_error() {
    let directory = workshop();
    let root = directory.path();
    succeed(root, &["compress", "--exact-file=require", "img.png"]);
    let whole = fs::read(root.join("img.pxc")).expect("a file");
    let header = read_header(&whole, &Limits::default()).expect("a header");
    let mut chunks = header.metadata.iter();
    let description = chunks.find(|chunk| &chunk.tag == b"pnGx");
    let description = &*description.expect("the chunk").data;
    let at = whole
        .windows(description.len())
        .position(|bytes| bytes == description)
        .expect("metadata that is stored as it is");
    let end = header.header_bytes as usize - 4;
    for offset in [0, 8, 14, 34, 74] {
        let mut bytes = whole.clone();
        bytes[at + offset] ^= 0x55;
        let checksum = crc32fast::hash(&bytes[..end]).to_le_bytes();
        bytes[end..end + 4].copy_from_slice(&checksum);
        fs::write(root.join("bad.pxc"), bytes).expect("a file");
        let (code, stdout, stderr) = outcome(root, &["decompress", "bad.pxc"]);
        assert_eq!((code, stdout.as_str()), (1, ""), "{offset}: {stderr}");
        let expected = "bad.pxc: the file cannot be rebuilt: ";
        assert!(
            stderr.starts_with(expected) && stderr.lines().count() == 1,
            "{stderr}"
        );
        assert!(!root.join("bad.png").exists());
        succeed(
            root,
            &["decompress", "-q", "-f", "bad.pxc", "-o", "pixels.qoi"],
        );
    }
}

/// fixtures/corrupt/RebuildWork.pxc, of 100 bytes, has corrections that lead to a deflate stream without end.
#[test]
fn a_stream_without_end_is_stopped() {
    let directory = tempdir().expect("a directory");
    let root = directory.path();
    let endless = fixtures().join("corrupt/RebuildWork.pxc");
    fs::copy(endless, root.join("bad.pxc")).expect("a file");
    let begin = Instant::now();
    for (arguments, memory) in [
        (&["decompress", "bad.pxc"][..], 33_554_944),
        (&["test", "bad.pxc"], 33_554_944),
        (&["decompress", "--max-memory", "64K", "bad.pxc"], 65536),
        (&["test", "--max-memory", "64K", "bad.pxc"], 65536),
    ] {
        let expected = format!(
            "bad.pxc: the file cannot be rebuilt: work limit: allowed 1 seconds and {memory} bytes, its deflate stream takes \
             more (use --format or --partial to get its pixels)\n"
        );
        assert_eq!(outcome(root, arguments), (2, String::new(), expected));
        assert_eq!(names(root), ["bad.pxc"]);
    }
    let elapsed = begin.elapsed();
    assert!(elapsed < Duration::from_secs(30), "{elapsed:?}");
    let (code, _, stderr) = outcome(root, &["decompress", "bad.pxc", "--partial"]);
    let said = "bad.pxc: the pixels and their metadata were written, but not the original file, which cannot be \
                rebuilt: work limit: ";
    assert!(code == 1 && stderr.starts_with(said), "{stderr}");
    assert_eq!(names(root), ["bad.png", "bad.pxc"]);
}

/// A PNG file of an encoder that can be predicted: zlib.
fn zlib_png() -> PathBuf {
    fixtures().join("golden/v1/exact-zlib.png")
}

/// Writes an image under a name that its format may not suit, with a mode and a time of its own.
fn save(root: &Path, name: &str, format: image::ImageFormat) {
    let path = root.join(name);
    match format {
        image::ImageFormat::Png => drop(fs::copy(zlib_png(), &path).expect("a file")),
        format => {
            let image = image::open(zlib_png()).expect("an image").to_rgb8();
            image.save_with_format(&path, format).expect("a file");
        }
    }
    set_mode(&path, 0o640);
    let file = fs::File::open(path).expect("a file");
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    file.set_modified(time).expect("a time");
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;

    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("a mode");
}

#[cfg(not(unix))]
fn set_mode(_: &Path, _: u32) {}

/// The bytes of a file, its mode and its time.
fn state(path: &Path) -> (Vec<u8>, fs::Permissions, SystemTime) {
    let metadata = path.metadata().expect("the file has its name");
    let time = metadata.modified().expect("a time");
    let bytes = fs::read(path).expect("a file");
    (bytes, metadata.permissions(), time)
}

#[test]
fn files_come_back_under_their_names_without_an_option() {
    use image::ImageFormat::{Bmp, Png, Pnm, Qoi, Tiff};

    let directory = tempdir().expect("a directory");
    let root = directory.path();
    let files = [
        ("img.png", Png),
        ("img.bmp", Bmp),
        ("img.ppm", Pnm),
        ("img.qoi", Qoi),
        ("img.tif", Tiff),
        ("x.webp.png", Png),
        ("m.webp", Png),
        ("n.jpg", Png),
        ("img.png.png", Png),
        ("z.bmp.png", Png),
        ("UPPER.PNG", Png),
        ("scan", Png),
        ("scan.dat", Qoi),
    ];
    for (name, format) in files {
        save(root, name, format);
    }
    let names = files.map(|(name, _)| name);
    let originals = names.map(|name| state(&root.join(name)));
    let (code, stdout, stderr) = outcome(root, &[&["compress", "--rm", "-v"][..], &names].concat());
    assert_eq!((code, stdout.as_str()), (0, ""), "{stderr}");
    let coded = files_with_suffix(root, "pxc");
    assert_eq!(coded.len(), files.len());
    let coded: Vec<String> = coded
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    let coded: Vec<&str> = coded.iter().map(String::as_str).collect();
    succeed(root, &[&["decompress", "--rm", "-q"][..], &coded].concat());
    for (name, original) in names.iter().zip(originals) {
        let found = state(&root.join(name));
        assert!(found.0 == original.0, "{name}: other bytes: {stderr}");
        assert_eq!((found.1, found.2), (original.1, original.2), "{name}");
    }
}

/// Under a name that does not say the format, the file comes back under the extension of its format.
#[test]
fn a_renamed_pxc_file_gives_the_file_back() {
    let directory = tempdir().expect("a directory");
    let root = directory.path();
    let formats = [
        (image::ImageFormat::Bmp, "bmp"),
        (image::ImageFormat::Qoi, "qoi"),
        (image::ImageFormat::Pnm, "pam"),
        (image::ImageFormat::Tiff, "tiff"),
        (image::ImageFormat::Png, "png"),
    ];
    for (format, extension) in formats {
        save(root, "Shot at 10.30 (1)", format);
        let original = fs::read(root.join("Shot at 10.30 (1)")).expect("a file");
        succeed(
            root,
            &["compress", "Shot at 10.30 (1)", "-o", "renamed.pxc"],
        );
        succeed(root, &["decompress", "--rm", "renamed.pxc"]);
        let found = fs::read(root.join(format!("renamed.{extension}")));
        let found = found.unwrap_or_else(|_| panic!("{extension}: {:?}", names(root)));
        assert!(found == original, "{extension}");
    }
}

/// The .pxc file is the only copy of the file's bytes.
#[test]
fn pixels_alone_do_not_replace_an_exact_file() {
    let directory = tempdir().expect("a directory");
    let root = directory.path();
    save(root, "img.bmp", image::ImageFormat::Bmp);
    succeed(root, &["compress", "--rm", "img.bmp"]);
    for arguments in [
        &["decompress", "--rm", "img.bmp.pxc", "--format", "png"][..],
        &["decompress", "--rm", "img.bmp.pxc", "-o", "img.png"],
    ] {
        let (code, _, stderr) = outcome(root, arguments);
        let said = "--rm would lose the bytes of the original file";
        assert!(code == 2 && stderr.contains(said), "{stderr}");
        assert_eq!(names(root), ["img.bmp.pxc"]);
    }
    succeed(root, &["decompress", "img.bmp.pxc", "-o", "img.png"]);
    succeed(root, &["decompress", "--rm", "img.bmp.pxc"]);
    assert_eq!(names(root), ["img.bmp", "img.png"]);
}

#[test]
fn info_says_why_a_file_is_not_exact() {
    let directory = tempdir().expect("a directory");
    let root = directory.path();
    save(root, "img.webp", image::ImageFormat::WebP);
    let reason = "pxc does not rebuild WebP files";
    let (code, _, stderr) = outcome(root, &["compress", "-v", "--rm", "img.webp"]);
    assert!(code == 0 && stderr.contains(reason), "{stderr}");
    let info = succeed(root, &["info", "img.webp.pxc"]);
    let line = format!("\n  exact_file         no: {reason}\n");
    assert!(info.contains(&line), "{info}");
    let json = succeed(root, &["info", "--json", "img.webp.pxc"]);
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(json["not_exact"], reason);
    assert_eq!(json["exact_file"], serde_json::Value::Null);
    succeed(root, &["decompress", "img.webp.pxc"]);
    succeed(
        root,
        &[
            "compress",
            "--exact-file=never",
            "img.webp",
            "-o",
            "never.pxc",
        ],
    );
    let info = succeed(root, &["info", "never.pxc"]);
    assert!(
        info.contains("exact_file         no: not asked for\n"),
        "{info}"
    );
}

/// Bytes that no coder finds simple.
fn noise(count: u32) -> impl Iterator<Item = u8> {
    (0..count).scan(7_u32, |state, _| {
        *state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        Some((*state >> 24) as u8)
    })
}

/// The same PNG file, with its pixels in many chunks of irregular lengths.
fn in_many_chunks(png: &[u8]) -> Vec<u8> {
    let mut lengths = noise(u32::MAX).map(|byte| 1 + usize::from(byte >> 4));
    let (mut file, mut rest) = (png[..8].to_vec(), &png[8..]);
    while let Some((length, after)) = rest.split_first_chunk::<4>() {
        let (kind, after) = after.split_at(4);
        let (mut data, after) = after.split_at(u32::from_be_bytes(*length) as usize);
        rest = &after[4..];
        loop {
            let part = match kind {
                b"IDAT" => lengths.next().map_or(0, |length| length.min(data.len())),
                _ => data.len(),
            };
            file.extend((part as u32).to_be_bytes());
            let start = file.len();
            file.extend([kind, &data[..part]].concat());
            file.extend(crc32fast::hash(&file[start..]).to_be_bytes());
            data = &data[part..];
            if data.is_empty() {
                break;
            }
        }
    }
    file
}

#[test]
fn a_description_that_costs_much_is_left_out_by_default() {
    let directory = tempdir().expect("a directory");
    let root = directory.path();
    let bytes = in_many_chunks(&PngFile::of(&photo(90, 70, ColorType::Rgb)).bytes());
    fs::write(root.join("img.png"), &bytes).expect("a file");
    let (code, _, stderr) = outcome(root, &["compress", "-v", "img.png"]);
    assert_eq!(code, 0, "{stderr}");
    assert!(stderr.contains("its description would take"), "{stderr}");
    let info = succeed(root, &["info", "img.pxc"]);
    assert!(info.contains("exact_file         no"), "{info}");
    succeed(
        root,
        &["compress", "-f", "-q", "--exact-file=always", "img.png"],
    );
    succeed(root, &["decompress", "-f", "img.pxc"]);
    assert!(fs::read(root.join("img.png")).expect("a file") == bytes);
}

/// The white space of a plain PGM file has no meaning, and is noise here.
#[test]
fn plain_formats_are_exact_at_any_cost() {
    let directory = tempdir().expect("a directory");
    let root = directory.path();
    let mut bytes = b"P2\n60 40\n255\n".to_vec();
    let spaces = noise(2400).flat_map(|byte| [b'7', b" \n\t\r"[usize::from(byte >> 6)]]);
    bytes.extend(spaces);
    fs::write(root.join("img.pgm"), &bytes).expect("a file");
    succeed(root, &["compress", "img.pgm"]);
    succeed(root, &["decompress", "-f", "img.pgm.pxc"]);
    assert!(fs::read(root.join("img.pgm")).expect("a file") == bytes);
}

#[test]
fn what_would_be_lost_without_a_description_is_kept_at_any_cost() {
    let directory = workshop();
    let root = directory.path();
    let mut png = fs::read(root.join("img.png")).expect("a file");
    png.extend(noise(999));
    fs::write(root.join("img.png"), &png).expect("a file");
    // A bitmap whose fourth bytes are not alpha.
    let mut bmp = b"BM".to_vec();
    for field in [
        54 + 60 * 40 * 4,
        0,
        54,
        40,
        60,
        40,
        0x20_0001,
        0,
        0,
        0,
        0,
        0,
        0,
    ] {
        bmp.extend(u32::to_le_bytes(field));
    }
    bmp.extend(noise(60 * 40).flat_map(|byte| [7, 7, 7, byte]));
    fs::write(root.join("img.bmp"), &bmp).expect("a file");
    for (name, coded, bytes) in [("img.png", "img.pxc", png), ("img.bmp", "img.bmp.pxc", bmp)] {
        let expected = (0, String::new(), String::new());
        assert_eq!(outcome(root, &["compress", "--rm", "-q", name]), expected);
        succeed(root, &["decompress", "--rm", coded]);
        assert!(
            fs::read(root.join(name)).expect("a file") == bytes,
            "{name}"
        );
    }
}

/// A conversion, and `--json`, name what the described file has besides its picture.
#[test]
fn a_conversion_says_what_else_the_file_has() {
    let directory = tempdir().expect("a directory");
    let root = directory.path();
    // Three pixels of linear colours, and something behind them.
    let qoi = b"qoif\0\0\0\x03\0\0\0\x01\x04\x01\xc0\xfe\x0a\x14\x1e\x35\0\0\0\0\0\0\0\x01more";
    fs::write(root.join("img.qoi"), qoi).expect("a file");
    let lost = |arguments: &[&str]| {
        let (code, stdout, stderr) = outcome(root, arguments);
        assert_eq!(code, 0, "{stderr}");
        let line = stdout.lines().next().expect("a line");
        let object: serde_json::Value = serde_json::from_str(line).expect("JSON");
        let names = object["lost"].as_array().expect("a list").clone();
        let names: Vec<String> = names
            .iter()
            .filter_map(|name| name.as_str().map(str::to_owned))
            .collect();
        let note = format!("does not keep {}\n", names.join(", "));
        assert_eq!(stderr.contains(&note), !names.is_empty(), "{stderr}");
        names
    };
    let never = ["compress", "--json", "--exact-file=never", "img.qoi"];
    let names = lost(&never);
    assert_eq!(names.len(), 2, "{names:?}");
    assert!(lost(&["compress", "--json", "-f", "img.qoi"]).is_empty());
    let coded = "img.qoi.pxc";
    for format in ["png", "tiff"] {
        let convert = ["decompress", "--json", coded, "--format", format];
        assert_eq!(lost(&convert), names, "{format}");
    }
    assert!(lost(&["decompress", "--json", "-f", coded]).is_empty());
    let (code, _, stderr) = outcome(root, &["decompress", "--rm", "-f", coded, "-o", "a.png"]);
    let said = format!("lose {}, the bytes of the original file", names.join(", "));
    assert!(code == 2 && stderr.contains(&said), "{stderr}");
}

/// Compresses every file, and checks that those with a description come back; returns how many.
fn rebuilt(files: &[impl AsRef<Path>]) -> usize {
    let directory = tempdir().expect("a directory");
    let root = directory.path();
    let mut count = 0;
    for path in files {
        let path = path.as_ref();
        let name = path.display().to_string();
        let arguments = [
            "compress",
            "-f",
            "--exact-file=always",
            &name,
            "-o",
            "img.pxc",
        ];
        let (code, _, stderr) = outcome(root, &arguments);
        let note = format!("{name}: note: the file cannot be rebuilt byte for byte, ");
        let is_note = stderr.starts_with(&note) && stderr.lines().count() == 1;
        assert!(code == 0 && (stderr.is_empty() || is_note), "{stderr}");
        succeed(root, &["decompress", "-f", "img.pxc", "-o", "img.png"]);
        let original = fs::read(path).expect("a file");
        let back = fs::read(root.join("img.png")).expect("a file");
        let info = succeed(root, &["info", "img.pxc"]);
        assert_eq!(
            info.contains("exact_file         png"),
            stderr.is_empty(),
            "{name}"
        );
        if stderr.is_empty() {
            assert!(back == original, "{name}");
            count += 1;
        } else {
            assert!(decode_png(&back) == decode_png(&original), "{name}");
        }
    }
    count
}

#[test]
#[ignore = "needs the image collections"]
fn png_conformance_files_come_back_bit_by_bit() {
    let mut files = files_with_suffix(&data("pngsuite"), "png");
    files.retain(|path| {
        !path
            .file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with('x'))
    });
    let count = rebuilt(&files);
    println!("{count} of {} files came back byte for byte", files.len());
    assert!(
        count * 10 >= files.len() * 9,
        "only {count} of {}",
        files.len()
    );
}

/// Bits behind the ends of rows are no part of the image, so that no file is promised that has them.
#[test]
fn padding_bits_are_lost_and_that_is_said() {
    use png::{BitDepth, ColorType};
    for (color, depth, width, last) in [
        (ColorType::Grayscale, BitDepth::One, 5, 7),
        (ColorType::Indexed, BitDepth::One, 5, 1),
        (ColorType::Grayscale, BitDepth::Two, 3, 3),
        (ColorType::Indexed, BitDepth::Four, 3, 15),
    ] {
        let directory = tempdir().expect("a directory");
        let root = directory.path();
        let depth_bits = depth as usize;
        let row = (width as usize * depth_bits).div_ceil(8);
        let mut rows = vec![0x55; 8 * row];
        let clean: u8 = !((1u16 << (8 * row - width as usize * depth_bits)) - 1) as u8;
        rows.chunks_mut(row)
            .for_each(|row| *row.last_mut().expect("a byte") &= clean);
        *rows.last_mut().expect("a byte") |= last;
        let palette = (0..1u8 << depth_bits).flat_map(|entry| [entry; 3]);
        let file = PngFile {
            width,
            height: 8,
            color,
            depth,
            palette: (color == ColorType::Indexed).then(|| palette.collect()),
            transparency: None,
            rows,
            chunks: Vec::new(),
        };
        let png = file.bytes();
        fs::write(root.join("img.png"), &png).expect("a file");
        let require = ["compress", "--exact-file=require", "img.png"];
        let (code, _, stderr) = outcome(root, &require);
        let reason = ": padding bits of rows that are not zero\n";
        assert!(code == 2 && stderr.ends_with(reason), "{stderr}");
        let (code, _, stderr) = outcome(root, &["compress", "--rm", "img.png"]);
        let lost = "--rm would lose padding bits of rows that are not zero";
        assert!(code == 2 && stderr.contains(lost), "{stderr}");
        assert_eq!(names(root), ["img.png"]);
        let (code, _, stderr) = outcome(root, &["compress", "img.png"]);
        assert!(code == 0 && stderr.ends_with(reason), "{stderr}");
        let info = succeed(root, &["info", "img.pxc"]);
        assert!(
            info.contains("padding bits of rows that are not zero"),
            "{info}"
        );
        let (code, _, stderr) = outcome(root, &["test", "-q", "img.pxc"]);
        assert_eq!((code, stderr.as_str()), (0, ""));
        succeed(root, &["decompress", "-f", "img.pxc"]);
        let back = fs::read(root.join("img.png")).expect("a file");
        assert!(decode_png(&back) == decode_png(&png), "{color:?} {depth:?}");
    }
}
