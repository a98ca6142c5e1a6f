//! `--rm` removes only files that are safe elsewhere, and no output ever replaces an input.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use pxc_codec::ColorType;
use tempfile::tempdir;

use crate::workshop;
use pxc_test_harness::{decode_png, names, outcome, photo, pxc, succeed, text, write_png};

/// Runs the command, which must refuse to replace an input and leave the folder as it is.
fn refuses_same_file(folder: &Path, arguments: &[&str], said: &str) {
    let before = contents(folder);
    let (code, stdout, stderr) = outcome(folder, arguments);
    assert_eq!((code, stdout.as_str()), (2, ""), "{arguments:?}: {stderr}");
    assert!(stderr.starts_with(said), "{arguments:?}: {stderr}");
    assert!(stderr.contains(": not written, "), "{stderr}");
    assert!(contents(folder) == before, "{arguments:?}");
}

fn contents(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let read = |name: String| (name.clone(), fs::read(folder.join(name)).expect("a file"));
    names(folder).into_iter().map(read).collect()
}

#[test]
fn an_output_never_replaces_an_input() {
    let directory = workshop();
    let folder = directory.path();
    succeed(folder, &["compress", "img.png", "-o", "t.pxc"]);
    fs::copy(folder.join("img.png"), folder.join("img")).expect("a copy");
    symlink("img.png", folder.join("link.png")).expect("a link");
    fs::hard_link(folder.join("img.png"), folder.join("hard.png")).expect("a link");
    let own = "img.png: not written, because it is the input img.png (";
    for arguments in [
        &["compress", "img.png", "-o", "img.png", "-f", "--rm"][..],
        &["compress", "img.png", "-o", "img.png"],
        &["compress", "img.png", "--suffix", ".png", "-f", "--rm"],
    ] {
        refuses_same_file(folder, arguments, own);
    }
    let link = ["compress", "img.png", "-o", "link.png", "-f", "--rm"];
    refuses_same_file(
        folder,
        &link,
        "link.png: not written, because it is the input img.png (",
    );
    let from_link = ["compress", "link.png", "-o", "img.png", "-f", "--rm"];
    refuses_same_file(
        folder,
        &from_link,
        "img.png: not written, because it is the input link.png (",
    );
    let hard = ["compress", "img.png", "-o", "hard.png", "-f", "--rm"];
    refuses_same_file(
        folder,
        &hard,
        "hard.png: not written, because it is the input img.png (",
    );
    let tree = ["compress", "-r", ".", "--suffix", ".png", "-f", "--rm"];
    refuses_same_file(folder, &tree, "./");
    let other = ["compress", "img", "img.png", "--suffix", ".png", "-f"];
    refuses_same_file(
        folder,
        &other,
        "img.png: not written, because it is the input img.png (",
    );
    let back = ["decompress", "t.pxc", "-o", "t.pxc", "-f", "--rm"];
    refuses_same_file(
        folder,
        &back,
        "t.pxc: not written, because it is the input t.pxc (",
    );
    fs::copy(folder.join("img.png"), folder.join("t.png")).expect("a copy");
    let no_coded = ["decompress", "t.pxc", "t.png", "-f"];
    refuses_same_file(
        folder,
        &no_coded,
        "t.png: not written, because it is the input t.png (",
    );
}

#[test]
fn a_redirected_stream_is_the_same_file_too() {
    let directory = workshop();
    let folder = directory.path();
    let before = fs::read(folder.join("img.png")).expect("an image");
    let mut command = Command::new(env!("CARGO_BIN_EXE_pxc"));
    command
        .current_dir(folder)
        .args(["compress", "-", "-o", "img.png", "-f"])
        .stdin(fs::File::open(folder.join("img.png")).expect("an image"));
    let output = command.output().expect("the command starts");
    assert_eq!(output.status.code(), Some(2));
    assert!(
        text(&output.stderr).starts_with("img.png: not written, because it is the input - ("),
        "{}",
        text(&output.stderr)
    );
    assert!(fs::read(folder.join("img.png")).expect("an image") == before);
}

/// What a link leads to counts, also for the names that pxc chooses.
#[test]
fn removal_needs_files() {
    let directory = workshop();
    let folder = directory.path();
    let said = |name: &str| {
        format!(
            "{name}: --rm needs files: it cannot be used with standard input, standard output, a pipe or a device\n"
        )
    };
    succeed(folder, &["compress", "img.png", "-o", "t.pxc"]);
    fs::copy(folder.join("img.png"), folder.join("u.png")).expect("a copy");
    fs::create_dir(folder.join("small")).expect("a folder");
    for name in ["u.pxc", "t.png", "small/u.pxc"] {
        symlink("/dev/null", folder.join(name)).expect("a link");
    }
    let made = Command::new("mkfifo").arg(folder.join("pipe.png")).status();
    assert!(made.expect("mkfifo").success());
    let before = names(folder);
    for (arguments, name) in [
        (&["compress", "img.png", "-o", "-", "-f"][..], "-"),
        (&["compress", "-", "-o", "img.pxc"], "-"),
        (
            &["compress", "img.png", "-o", "/dev/null", "-f"],
            "/dev/null",
        ),
        (&["compress", "pipe.png"], "pipe.png"),
        (&["compress", "u.png"], "u.pxc"),
        (&["compress", "u.png", "-f"], "u.pxc"),
        (&["compress", "u.png", "--dry-run"], "u.pxc"),
        (&["compress", "u.png", "--out-dir", "small"], "small/u.pxc"),
        (&["decompress", "t.pxc"], "t.png"),
        (&["decompress", "t.pxc", "-o", "/dev/null"], "/dev/null"),
    ] {
        let arguments = [arguments, &["--rm"]].concat();
        let refused = (2, String::new(), said(name));
        assert_eq!(outcome(folder, &arguments), refused, "{arguments:?}");
    }
    let piped = pxc()
        .current_dir(folder)
        .args(["compress", "-", "--rm"])
        .write_stdin(fs::read(folder.join("img.png")).expect("an image"))
        .output()
        .expect("an output");
    assert_eq!(text(&piped.stderr), said("-"));
    assert_eq!(names(folder), before);
}

/// A run whose temporary file another one has replaced leaves that alone, and keeps its input.
#[test]
fn a_temporary_file_that_is_no_longer_ours_is_not_renamed() {
    let directory = tempdir().expect("a folder");
    let folder = directory.path();
    write_png(&folder.join("img.png"), &photo(300, 300, ColorType::Rgb));
    let child = begin_compression(folder, &["--rm", "img.png"]);
    let found = names(folder);
    let partial = found.iter().find(|name| name.ends_with(".partial"));
    let partial = partial.expect("a temporary file");
    fs::write(folder.join("other"), "another run's").expect("a file");
    fs::rename(folder.join("other"), folder.join(partial)).expect("a new name");
    let output = child.wait_with_output().expect("an end");
    let said = "img.pxc: another process has replaced this file: run pxc again\n";
    assert_eq!(
        (output.status.code(), text(&output.stderr).as_str()),
        (Some(2), said)
    );
    assert_eq!(names(folder), [partial.as_str(), "img.png"]);
    let left = fs::read(folder.join(partial)).expect("a file");
    assert_eq!(left, b"another run's");
}

#[test]
fn removed_inputs_come_back_in_every_format() {
    let directory = workshop();
    let folder = directory.path();
    let image = fs::read(folder.join("img.png")).expect("an image");
    for extension in ["png", "ppm", "pam", "tiff", "webp", "qoi", "bmp"] {
        let output = format!("back.{extension}");
        succeed(
            folder,
            &["compress", "--exact-file=never", "img.png", "-o", "img.pxc"],
        );
        succeed(folder, &["decompress", "--rm", "img.pxc", "-o", &output]);
        assert_eq!(names(folder), [output.as_str(), "img.png"]);
        succeed(
            folder,
            &[
                "compress",
                "--exact-file=never",
                "--rm",
                &output,
                "-o",
                "img.pxc",
            ],
        );
        assert_eq!(names(folder), ["img.png", "img.pxc"]);
        succeed(folder, &["decompress", "img.pxc", "-f"]);
        let back = fs::read(folder.join("img.png")).expect("an image");
        assert!(decode_png(&back) == decode_png(&image), "{extension}");
        fs::remove_file(folder.join("img.pxc")).expect("a file");
    }
}

#[test]
fn gray_and_palettes_are_verified_in_formats_without_them() {
    let directory = tempdir().expect("a folder");
    let folder = directory.path();
    write_png(&folder.join("img.png"), &photo(20, 10, ColorType::Gray));
    for extension in ["qoi", "webp", "tiff", "bmp"] {
        let output = format!("back.{extension}");
        succeed(folder, &["compress", "--exact-file=never", "img.png"]);
        succeed(folder, &["decompress", "--rm", "img.pxc", "-o", &output]);
        assert_eq!(names(folder), [output.as_str(), "img.png"]);
        fs::remove_file(folder.join(output)).expect("a file");
    }
}

#[test]
fn exact_files_are_verified_as_files() {
    let directory = workshop();
    let folder = directory.path();
    let image = fs::read(folder.join("img.png")).expect("an image");
    succeed(
        folder,
        &["compress", "--rm", "--exact-file=always", "img.png"],
    );
    assert_eq!(names(folder), ["img.pxc"]);
    succeed(folder, &["decompress", "--rm", "img.pxc"]);
    assert!(fs::read(folder.join("img.png")).expect("an image") == image);
}

/// Starts a compression that lasts some time, and waits until it has read its input.
pub(crate) fn begin_compression(folder: &Path, arguments: &[&str]) -> Child {
    let child = Command::new(env!("CARGO_BIN_EXE_pxc"))
        .current_dir(folder)
        .args(["compress", "--threads", "1", "--effort", "max"])
        .args(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command starts");
    let begin = Instant::now();
    while !names(folder).iter().any(|name| name.ends_with(".partial")) {
        assert!(begin.elapsed() < Duration::from_secs(60), "no output");
        std::thread::sleep(Duration::from_millis(1));
    }
    child
}

#[test]
fn an_input_that_changes_meanwhile_stays() {
    let directory = tempdir().expect("a folder");
    let folder = directory.path();
    let path = folder.join("img.png");
    write_png(&path, &photo(300, 300, ColorType::Rgb));
    let child = begin_compression(folder, &["--rm", "img.png"]);
    let mut file = OpenOptions::new().append(true).open(&path).expect("a file");
    file.write_all(b"more").expect("a longer file");
    drop(file);
    let output = child.wait_with_output().expect("an end");
    assert_eq!(
        (output.status.code(), text(&output.stderr).as_str()),
        (
            Some(2),
            "img.png: changed while pxc was reading it: not removed (run pxc again)\n"
        )
    );
    assert_eq!(names(folder), ["img.png"]);
    assert!(fs::read(&path).expect("a file").ends_with(b"more"));
}

/// The output has the pixels, but not the file: after `--rm` nothing could bring the file back.
#[test]
fn force_is_no_consent_to_lose_the_original() {
    let directory = workshop();
    let folder = directory.path();
    succeed(folder, &["compress", "img.png"]);
    let convert = ["decompress", "--rm", "-f", "img.pxc", "-o", "img.bmp"];
    let (code, _, stderr) = outcome(folder, &convert);
    let said = "img.pxc: nothing written or removed: --rm would lose the bytes of the original file, which the \
                format does not keep (use --allow-loss to remove it anyway)\n";
    assert_eq!((code, stderr.as_str()), (2, said));
    assert_eq!(names(folder), ["img.png", "img.pxc"]);
    let allowed = [
        "decompress",
        "-q",
        "--rm",
        "--allow-loss",
        "img.pxc",
        "-o",
        "img.bmp",
    ];
    let said = "img.bmp: note: the format does not keep the bytes of the original file\n";
    assert_eq!(outcome(folder, &allowed), (0, String::new(), said.into()));
    assert_eq!(names(folder), ["img.bmp", "img.png"]);
}

/// A run is killed after it wrote its output and before it removed its input.
#[test]
fn a_killed_removal_is_finished_by_the_next_run() {
    let choices = [
        "--exact-file=auto",
        "--exact-file=always",
        "--exact-file=never",
        "--strip=safe",
    ];
    for choice in choices {
        for more in ["-k", "--skip-existing", "--verify"] {
            let directory = workshop();
            let folder = directory.path();
            fs::write(folder.join("deep.webp"), jpeg()).expect("a file");
            fs::write(folder.join("still.gif"), gif()).expect("a file");
            fs::write(
                folder.join("odd.bmp"),
                fs::read(folder.join("img.png")).expect("a file"),
            )
            .expect("a file");
            let lossy = ["--allow-lossy-source"]
                .into_iter()
                .filter(|_| choice == "--strip=safe");
            let compress = ["compress", "-q", "-r", choice, more]
                .into_iter()
                .chain(lossy);
            let kept: Vec<&str> = compress.clone().chain(["."]).collect();
            succeed(folder, &kept);
            let before = contents(folder);
            let rerun: Vec<&str> = compress.chain(["--rm", "--allow-loss", "."]).collect();
            let (code, _, stderr) = outcome(folder, &rerun);
            assert_eq!(code, 0, "{stderr}");
            let left = contents(folder);
            assert!(
                left.iter().all(|(name, _)| name.ends_with(".pxc")),
                "{choice}"
            );
            assert_eq!(left.len(), 4);
            assert!(
                left.iter().all(|file| before.contains(file)),
                "{choice}: rewritten"
            );
        }
    }
}

/// The same with `decompress`.
#[test]
fn a_killed_removal_of_archives_is_finished_by_the_next_run() {
    for choice in ["--exact-file=always", "--exact-file=never"] {
        for more in ["-k", "--skip-existing"] {
            let directory = workshop();
            let folder = directory.path();
            fs::write(folder.join("photo.jpg"), jpeg()).expect("a file");
            succeed(folder, &["compress", "-q", "-r", "--rm", choice, "."]);
            succeed(folder, &["decompress", "-q", "-r", "."]);
            succeed(folder, &["decompress", "-q", "-r", "--rm", more, "."]);
            assert_eq!(names(folder), ["img.png", "photo.jpg"]);
        }
    }
}

/// Only a file that holds this very input counts as its output.
#[test]
fn an_output_of_another_input_is_no_reason_to_remove() {
    let directory = workshop();
    let folder = directory.path();
    let refuses = |arguments: &[&str], output: &str, input: &str| {
        let before = contents(folder);
        let (code, _, stderr) = outcome(folder, arguments);
        let said = format!(
            "{output}: already exists, and differs from what pxc would write for {input} now: {input} not removed"
        );
        assert!(
            code == 2 && stderr.starts_with(&said),
            "{arguments:?}: {stderr}"
        );
        assert!(contents(folder) == before);
    };
    let pixels = ["compress", "-q", "--exact-file=never", "img.png"];
    succeed(folder, &pixels);
    refuses(&["compress", "--rm", "img.png"], "img.pxc", "img.png");
    refuses(
        &["compress", "--rm", "--skip-existing", "img.png"],
        "img.pxc",
        "img.png",
    );
    let coded = fs::read(folder.join("img.pxc")).expect("a file");
    fs::write(folder.join("img.pxc"), &coded[..coded.len() - 1]).expect("a file");
    refuses(
        &["compress", "--rm", "--exact-file=never", "img.png"],
        "img.pxc",
        "img.png",
    );
    fs::write(folder.join("img.pxc"), &coded).expect("a file");
    write_png(&folder.join("img.png"), &photo(40, 30, ColorType::Gray));
    refuses(
        &["compress", "--rm", "--exact-file=never", "img.png"],
        "img.pxc",
        "img.png",
    );
    refuses(&["decompress", "--rm", "img.pxc"], "img.png", "img.pxc");
    // An exact file under a name that would not come back.
    fs::copy(folder.join("img.png"), folder.join("a.bmp")).expect("a copy");
    succeed(folder, &["compress", "-q", "img.png", "-o", "a.bmp.pxc"]);
    refuses(&["compress", "--rm", "a.bmp"], "a.bmp.pxc", "a.bmp");
}

/// A small JPEG file.
fn jpeg() -> Vec<u8> {
    let picture = photo(40, 30, ColorType::Rgb);
    let mut jpeg = Vec::new();
    let encoder = image::codecs::jpeg::JpegEncoder::new(&mut jpeg);
    let (samples, color) = (picture.samples(), image::ExtendedColorType::Rgb8);
    image::ImageEncoder::write_image(encoder, samples, 40, 30, color).expect("a JPEG file");
    jpeg
}

/// A GIF file of 2×1 pixels, which pxc does not rebuild.
fn gif() -> Vec<u8> {
    let mut bytes = Vec::new();
    let palette = [0, 0, 0, 255, 255, 255];
    let mut encoder = gif::Encoder::new(&mut bytes, 2, 1, &palette).expect("a GIF file");
    let frame = gif::Frame::from_indexed_pixels(2, 1, [0, 1], None);
    encoder.write_frame(&frame).expect("a frame");
    drop(encoder);
    bytes
}

/// Of two runs in opposite directions, each of which removes its input, at most one does.
#[test]
fn a_file_that_another_process_uses_stays() {
    let directory = workshop();
    let folder = directory.path();
    let remove = ["compress", "--rm", "img.png"];
    let busy = "another process is writing this file: wait until it ends";
    let used = |name: &str| {
        let file = fs::File::open(folder.join(name)).expect("a file");
        file.lock().expect("locks");
        file
    };
    let input = used("img.png");
    let said = format!("img.png: cannot be removed: {busy}\n");
    assert_eq!(outcome(folder, &remove), (2, String::new(), said.clone()));
    assert_eq!(outcome(folder, &remove), (2, String::new(), said));
    assert_eq!(names(folder), ["img.png", "img.pxc"]);
    drop(input);
    let output = used("img.pxc");
    let said = format!("img.pxc: {busy}\n");
    assert_eq!(outcome(folder, &remove), (2, String::new(), said));
    let back = ["decompress", "--rm", "img.pxc"];
    let said = format!("img.pxc: cannot be removed: {busy}\n");
    assert_eq!(outcome(folder, &back), (2, String::new(), said));
    assert_eq!(names(folder), ["img.png", "img.pxc"]);
    drop(output);
    succeed(folder, &remove);
    assert_eq!(names(folder), ["img.pxc"]);
}

/// The temporary name of an output is one, too.
#[test]
fn a_temporary_file_never_replaces_an_input() {
    let directory = workshop();
    let folder = directory.path();
    let temporary = ".pxc-b870293d30efd820.partial";
    fs::copy(folder.join("img.png"), folder.join(temporary)).expect("a copy");
    let said = format!("{temporary}: not written, because it is the input {temporary} (");
    refuses_same_file(folder, &["compress", temporary, "-o", "out.pxc"], &said);
}

/// The link would go, and the file stay.
#[test]
fn links_are_not_removed() {
    let directory = workshop();
    let folder = directory.path();
    symlink("img.png", folder.join("link.png")).expect("a link");
    let (code, _, stderr) = outcome(folder, &["compress", "--rm", "link.png"]);
    let said = "link.png: is a symbolic link: --rm would remove the link, not the file (";
    assert!(code == 2 && stderr.starts_with(said), "{stderr}");
    assert_eq!(names(folder), ["img.png", "link.png"]);
    succeed(folder, &["compress", "link.png"]);
}

/// As `decompress` refuses to write an image into a .pxc file.
#[test]
fn archives_do_not_get_the_names_of_images() {
    let directory = workshop();
    let folder = directory.path();
    for output in ["o.jpg", "o.png", "o.TIFF"] {
        let (code, _, stderr) = outcome(folder, &["compress", "-f", "img.png", "-o", output]);
        let said = format!("{output}: not written: compress makes .pxc files, and ");
        assert!(code == 2 && stderr.starts_with(&said), "{stderr}");
    }
    assert_eq!(names(folder), ["img.png"]);
}
