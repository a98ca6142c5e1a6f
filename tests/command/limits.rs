//! Do the limits hold? A file that asks for more is refused with exit code 2 and writes nothing, whatever its format.

use std::fs;
use std::time::{Duration, Instant};

#[cfg(target_os = "linux")]
use crate::unprivileged::Unprivileged;
#[cfg(target_os = "linux")]
use image::codecs::jpeg::JpegEncoder;
use pxc_codec::ColorType;
#[cfg(target_os = "linux")]
use pxc_test_harness::two_levels;
use pxc_test_harness::{PngFile, fixtures, names, outcome, photo, succeed, write_png};
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
    let pixels = "img.png: max_pixels limit: allowed 599, needed 600 (raise it with --max-pixels 600 or more)\n";
    refused(
        folder,
        &["compress", "img.png", "--max-pixels", "599"],
        pixels,
    );
    let memory = "img.png: max_memory limit: allowed 2048, needed ";
    refused(
        folder,
        &["compress", "img.png", "--max-memory", "2K"],
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
    // Headers that promise more than the file has.
    for (name, header) in [
        ("img.pbm", "P4 1000000 1000000\n"),
        ("img.pgm", "P5 1000000 1000000 65535\n"),
        ("img.ppm", "P3 1000000 1000000 255\n1"),
    ] {
        fs::write(folder.join(name), header).expect("a written file");
        let pixels = format!("{name}: max_pixels limit: allowed 268435456, needed 1000000000000");
        refused(folder, &["compress", "-f", name], &pixels);
    }
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
    let metadata = "img.png: max_metadata limit: allowed 5039, needed 5040 (raise it with --max-metadata 5040 or more)\n";
    let compress = ["compress", "img.png", "--max-metadata", "5039"];
    refused(folder, &compress, metadata);
    succeed(
        folder,
        &["compress", "-q", "img.png", "--max-metadata", "5040"],
    );
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

/// A file of 4 GiB without content, and an input that never ends.
#[test]
fn inputs_are_refused_before_they_are_kept() {
    let directory = tempdir().expect("a directory");
    let folder = directory.path();
    let sparse = fs::File::create(folder.join("big.png")).expect("a file");
    sparse.set_len(1 << 32).expect("a sparse file");
    let begin = Instant::now();
    let size = "max_memory limit: allowed 2147483648, needed 4294967296";
    refused(folder, &["compress", "big.png"], size);
    fs::rename(folder.join("big.png"), folder.join("big.pxc")).expect("a renamed file");
    for command in ["decompress", "test", "info"] {
        refused(folder, &[command, "big.pxc"], size);
    }
    assert!(begin.elapsed() < Duration::from_secs(5));
    if cfg!(unix) {
        let endless = "/dev/zero: max_memory limit: allowed 1048576, needed 1048577";
        for command in ["test", "info"] {
            refused(
                folder,
                &[command, "/dev/zero", "--max-memory", "1M"],
                endless,
            );
        }
    }
}

#[test]
fn work_is_refused_on_both_sides() {
    let directory = tempdir().expect("a directory");
    let folder = directory.path();
    write_png(&folder.join("img.png"), &photo(40, 30, ColorType::Rgb));
    let said = ": max_work limit: allowed 1048576, needed ";
    refused(folder, &["compress", "img.png", "--max-work", "1M"], said);
    refused(
        folder,
        &["compress", "img.png", "--max-work", "1M"],
        "raise it with --max-work ",
    );
    succeed(folder, &["compress", "--rm", "img.png"]);
    for command in ["decompress", "test"] {
        refused(folder, &[command, "img.pxc", "--max-work", "1M"], said);
    }
    succeed(folder, &["test", "-q", "img.pxc", "--max-work", "1G"]);
}

#[test]
fn work_ends_when_its_time_is_over() {
    let directory = tempdir().expect("a directory");
    let folder = directory.path();
    let picture = photo(3000, 2000, ColorType::Rgb);
    write_png(&folder.join("img.png"), &picture);
    let said = "img.png: took longer than 1 s (--max-time)";
    let begin = Instant::now();
    refused(
        folder,
        &[
            "compress",
            "img.png",
            "--effort",
            "max",
            "--max-time",
            "1",
            "-T",
            "1",
        ],
        said,
    );
    assert!(begin.elapsed() < Duration::from_secs(10));
}

/// 20 MiB that no coder makes smaller.
#[test]
fn time_holds_for_metadata() {
    let directory = tempdir().expect("a directory");
    let folder = directory.path();
    let mut file = PngFile::of(&photo(20, 30, ColorType::Rgb));
    // Digits, which brotli codes slowly: half a minute.
    let random = |n: u32| n.wrapping_mul(2_654_435_761) ^ n.wrapping_mul(n) >> 7;
    let digits = (0..60u32 << 20).map(|n| b'0' + (random(n) >> 13) as u8 % 10);
    let text = [&b"Comment\0\0\0\0\0"[..], &digits.collect::<Vec<u8>>()].concat();
    file.chunks.push((*b"iTXt", text));
    fs::write(folder.join("img.png"), file.bytes()).expect("a written file");
    let begin = Instant::now();
    let compress = ["compress", "img.png", "--max-time", "1", "-T", "1"];
    refused(
        folder,
        &compress,
        "img.png: took longer than 1 s (--max-time)",
    );
    assert!(begin.elapsed() < Duration::from_secs(10));
}

/// If a limit prevents an exact file, a note says which option to raise.
#[test]
fn a_note_of_a_limit_names_the_option() {
    let directory = tempdir().expect("a directory");
    let folder = directory.path();
    let mut file = PngFile::of(&photo(20, 30, ColorType::Rgb));
    file.chunks.push((*b"teXt", vec![7; 3000]));
    fs::write(folder.join("img.png"), file.bytes()).expect("a written file");
    let compress = |limit: &str| {
        let arguments = ["compress", "-f", "img.png", "--max-metadata", limit];
        outcome(folder, &arguments)
    };
    let advised = |said: &str| {
        let (_, rest) = said
            .split_once(" (raise it with --max-metadata ")
            .expect(said);
        let (number, _) = rest.split_once(" or more)\n").expect(said);
        number.to_owned()
    };
    let (code, _, refusal) = compress("1000");
    assert_eq!(code, 2, "{refusal}");
    let (code, _, note) = compress(&advised(&refusal));
    assert!(code == 0 && note.contains("byte for byte"), "{note}");
    assert_eq!(compress(&advised(&note)), (0, String::new(), String::new()));
}

/// What only the description keeps is lost if the limits leave it out: the advice names the limit first.
#[test]
fn the_limit_that_loses_a_file_is_named_before_the_loss() {
    let directory = tempdir().expect("a directory");
    let folder = directory.path();
    let mut file = PngFile::of(&photo(20, 30, ColorType::Rgb)).bytes();
    file.extend(photo(200, 100, ColorType::Rgb).samples());
    fs::write(folder.join("img.png"), &file).expect("a written file");
    let compress = |limit: &str| {
        let arguments = ["compress", "--rm", "img.png", "--max-metadata", limit];
        outcome(folder, &arguments)
    };
    let (code, _, refusal) = compress("15K");
    let lost = "img.png: nothing written or removed: --rm would lose 60000 bytes after IEND, which the .pxc file does \
                not keep (use --max-metadata ";
    let advised = refusal.strip_prefix(lost).expect(&refusal);
    let (limit, rest) = advised.split_once(' ').expect(&refusal);
    let advice = "to keep the whole file, or --allow-loss to remove it anyway)\n";
    assert_eq!((code, rest), (2, advice));
    assert_eq!(compress(limit), (0, String::new(), String::new()));
    succeed(folder, &["decompress", "img.pxc"]);
    assert!(fs::read(folder.join("img.png")).expect("the file") == file);
}

/// A description of a few kilobytes that inflates to 100 MB is refused, and not cut to what is allowed.
#[test]
fn memory_holds_for_descriptions() {
    let directory = tempdir().expect("a directory");
    let folder = directory.path();
    let mut file = PngFile::of(&photo(20, 30, ColorType::Rgb));
    file.chunks.push((*b"teST", vec![0; 100_000_000]));
    fs::write(folder.join("img.png"), file.bytes()).expect("a written file");
    let compress = ["compress", "--rm", "--exact-file=always", "img.png"];
    succeed(folder, &compress);
    let said = "img.pxc: the file cannot be rebuilt: max_memory limit: allowed ";
    refused(
        folder,
        &["decompress", "img.pxc", "--max-memory", "90M"],
        said,
    );
    // The message compares what is needed with the whole limit, not with the rest of it. Its advice suffices.
    let refusal = ["decompress", "img.pxc", "--max-memory", "90M"];
    let (_, _, stderr) = outcome(folder, &refusal);
    assert!(stderr.contains("allowed 94371840,"), "{stderr}");
    let advice = stderr.split("--max-memory ").nth(1);
    let enough = advice.and_then(|rest| rest.split(' ').next());
    let enough = enough.expect(&stderr);
    succeed(folder, &["decompress", "img.pxc", "--max-memory", enough]);
}

#[test]
fn a_number_is_expected() {
    let directory = tempdir().expect("a directory");
    let arguments = ["info", "img.pxc", "--max-memory", "lots"];
    refused(directory.path(), &arguments, "such as 1000000, 100M or 2G");
}

/// Rebuilding a PNG file of an unknown encoder takes a process and two threads.
#[cfg(target_os = "linux")]
#[test]
fn without_threads_a_file_is_not_rebuilt() {
    let unprivileged = Unprivileged::new();
    let folder = unprivileged.path();
    let file = two_levels(&photo(20, 30, ColorType::Rgb), 15);
    fs::write(folder.join("img.png"), file).expect("a file");
    succeed(folder, &["compress", "--exact-file=require", "img.png"]);
    unprivileged.own(&folder.join("img.pxc"));
    let arguments = ["test", "-q", "-T", "1", "img.pxc"];
    assert_eq!(unprivileged.run(&arguments), (0, String::new()));
    for threads in 1..8 {
        let (code, stderr) = unprivileged.run_with_threads(threads, &arguments);
        let said = "process that rebuilds its deflate stream";
        let is_refused = code == 2 && stderr.contains(said) && stderr.contains("os error 11");
        assert!(code == 0 || is_refused, "{threads}: exit {code}: {stderr}");
        assert!(threads > 1 || is_refused, "exit {code}: {stderr}");
    }
}

/// A description of 100 bytes that leads to an endless deflate stream: the time limit stops it, whatever the process
/// may take.
#[test]
fn time_holds_for_rebuilding() {
    let directory = tempdir().expect("a directory");
    let folder = directory.path();
    let endless = fixtures().join("corrupt/RebuildWork.pxc");
    fs::copy(endless, folder.join("img.pxc")).expect("a copy");
    for command in ["test", "decompress"] {
        let begin = Instant::now();
        let (code, _, stderr) = outcome(folder, &[command, "img.pxc", "--max-time", "1"]);
        let said = ["(--max-time)", "work limit: allowed 1 seconds"];
        assert!(
            code == 2 && said.iter().any(|said| stderr.contains(said)),
            "{stderr}"
        );
        assert!(begin.elapsed() < Duration::from_secs(10));
    }
}

/// If the system has no more threads, the work continues with fewer.
#[cfg(target_os = "linux")]
#[test]
fn fewer_threads_make_the_same_files() {
    let user = Unprivileged::new();
    let picture = photo(400, 300, ColorType::Rgb);
    write_png(&user.join("img.png"), &picture);
    let mut jpeg = Vec::new();
    let encoder = JpegEncoder::new(&mut jpeg);
    let samples = picture.samples();
    image::ImageEncoder::write_image(encoder, samples, 400, 300, image::ExtendedColorType::Rgb8)
        .expect("a JPEG file");
    fs::write(user.join("photo.jpg"), jpeg).expect("a written file");
    for name in ["img.png", "photo.jpg"] {
        user.own(&user.join(name));
    }
    let compress = [
        "compress",
        "-qf",
        "--exact-file=never",
        "-T",
        "4",
        "-j",
        "2",
        "img.png",
        "photo.jpg",
    ];
    let decompress = ["decompress", "-qf", "-T", "4", "img.pxc"];
    let test = ["test", "-q", "-T", "4", "img.pxc", "photo.jpg.pxc"];
    let read = |name: &str| fs::read(user.join(name)).expect("a file");
    assert_eq!(user.run(&compress), (0, String::new()));
    let expected = ["img.pxc", "photo.jpg.pxc"].map(read);
    for threads in 1..4 {
        for arguments in [&compress[..], &decompress, &test] {
            let (code, said) = user.run_with_threads(threads, arguments);
            assert_eq!((code, said.as_str()), (0, ""), "{threads}: {arguments:?}");
        }
        assert!(
            ["img.pxc", "photo.jpg.pxc"].map(read) == expected,
            "{threads} threads"
        );
    }
}

/// With too little address space a command says so, exits with 2, and leaves nothing behind.
#[cfg(target_os = "linux")]
#[test]
fn too_little_memory_is_a_failure_in_good_order() {
    let directory = tempdir().expect("a directory");
    let folder = directory.path();
    write_png(&folder.join("img.png"), &photo(400, 300, ColorType::Rgb));
    succeed(folder, &["compress", "img.png", "-o", "t.pxc"]);
    let with_memory = |mebibytes: u64, arguments: &[&str]| {
        let mut command = std::process::Command::new("prlimit");
        command
            .arg(format!("--as={}", mebibytes << 20))
            .arg(env!("CARGO_BIN_EXE_pxc"))
            .args(arguments);
        let output = command.current_dir(folder).output().expect("prlimit");
        let stderr = String::from_utf8(output.stderr).expect("UTF-8");
        (output.status.code(), stderr)
    };
    let before = names(folder);
    let (mut refused, mut ran_out) = (0, 0);
    for mebibytes in [60, 80, 100, 130, 160, 200, 250] {
        for arguments in [
            &["compress", "img.png", "-f", "-o", "x"][..],
            &["compress", "img.png", "-f", "-o", "x", "--max-memory", "2G"],
            &["decompress", "t.pxc", "-f", "-o", "x", "--format", "png"],
        ] {
            let (code, stderr) = with_memory(mebibytes, arguments);
            let what = format!("{mebibytes} MiB, {arguments:?}: {code:?}, {stderr}");
            if code == Some(0) {
                fs::remove_file(folder.join("x")).expect("an output");
            } else {
                assert_eq!(code, Some(2), "{what}");
                ran_out += u32::from(stderr.starts_with("out of memory: the system refused "));
                refused += u32::from(stderr.contains(": max_memory limit: allowed "));
            }
            assert_eq!(names(folder), before, "{what}");
        }
    }
    assert!(refused > 0 && ran_out > 0, "{refused}, {ran_out}");
    let (code, stderr) = with_memory(4000, &["compress", "img.png", "-o", "x"]);
    assert_eq!(code, Some(0), "{stderr}");
}
