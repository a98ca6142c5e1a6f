//! Files come back byte for byte, under their names.

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
pub(crate) fn workshop() -> TempDir {
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
pub(crate) fn save(root: &Path, name: &str, format: image::ImageFormat) {
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
