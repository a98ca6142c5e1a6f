//! What is read and written: names of outputs, overwriting, removal of inputs, standard streams, interruption.

use std::fs;
use std::io::Read;
use std::process::{Command, Stdio};

use pxc_codec::ColorType;
use tempfile::tempdir;

use crate::workshop;
use pxc_test_harness::{decode_png, names, outcome, photo, pxc, run, succeed, text, write_png};

#[test]
fn compress_and_decompress_stand_beside_their_inputs_and_say_nothing() {
    let directory = workshop();
    let original = fs::read(directory.path().join("img.png")).expect("an image");
    assert_eq!(succeed(directory.path(), &["compress", "img.png"]), "");
    assert_eq!(names(directory.path()), ["img.png", "img.pxc"]);
    assert_eq!(
        succeed(directory.path(), &["decompress", "img.pxc", "-f"]),
        ""
    );
    let decoded = fs::read(directory.path().join("img.png")).expect("an image");
    assert!(decode_png(&decoded) == decode_png(&original));
}

#[test]
fn aliases_do_the_same() {
    let directory = workshop();
    succeed(directory.path(), &["c", "img.png", "-o", "a.pxc"]);
    succeed(
        directory.path(),
        &["compress", "img.png", "--output", "b.pxc"],
    );
    let read = |name: &str| fs::read(directory.path().join(name)).expect("a file");
    assert_eq!(read("a.pxc"), read("b.pxc"));
    succeed(directory.path(), &["d", "a.pxc", "-o", "a.png"]);
    assert!(decode_png(&read("a.png")) == decode_png(&read("img.png")));
    let info = |command: &str| succeed(directory.path(), &[command, "a.pxc"]);
    assert_eq!(info("i"), info("info"));
}

#[test]
fn existing_files_are_not_overwritten_without_force() {
    let directory = workshop();
    fs::write(directory.path().join("img.pxc"), "precious").expect("a file");
    let refusal = (
        2,
        String::new(),
        "img.pxc: already exists (-f overwrites existing files, --skip-existing skips inputs that are done)\n".into(),
    );
    assert_eq!(outcome(directory.path(), &["compress", "img.png"]), refusal);
    assert_eq!(
        fs::read(directory.path().join("img.pxc")).expect("a file"),
        b"precious"
    );
    succeed(directory.path(), &["compress", "img.png", "--force"]);
    let (code, _, stderr) = outcome(directory.path(), &["decompress", "img.pxc"]);
    assert_eq!(
        (code, stderr.as_str()),
        (
            2,
            "img.png: already exists (-f overwrites existing files, --skip-existing skips inputs that are done)\n"
        )
    );
    assert_eq!(names(directory.path()), ["img.png", "img.pxc"]);
}

#[test]
fn a_folder_in_the_way_is_called_so() {
    let directory = workshop();
    fs::create_dir(directory.path().join("img.pxc")).expect("a folder");
    let said =
        "img.pxc: a directory has this name: name another output with --output or --out-dir\n";
    for more in ["-k", "-f", "--dry-run", "--rm", "--skip-existing"] {
        let found = outcome(directory.path(), &["compress", "img.png", more]);
        assert_eq!(found, (2, String::new(), said.into()), "{more}");
    }
}

#[test]
fn an_input_that_is_given_twice_is_called_so() {
    let directory = workshop();
    let found = outcome(directory.path(), &["compress", "img.png", "img.png"]);
    assert_eq!(
        found,
        (
            2,
            String::new(),
            "img.png: given twice: not processed\n".into()
        )
    );
    assert_eq!(names(directory.path()), ["img.png"]);
}

#[test]
fn the_input_is_removed_only_after_success() {
    let directory = workshop();
    fs::write(directory.path().join("img.pxc"), "precious").expect("a file");
    assert_eq!(
        run(directory.path(), &["compress", "--rm", "img.png"])
            .status
            .code(),
        Some(2)
    );
    assert_eq!(names(directory.path()), ["img.png", "img.pxc"]);
    succeed(
        directory.path(),
        &["compress", "--rm", "--force", "img.png"],
    );
    assert_eq!(names(directory.path()), ["img.pxc"]);
    succeed(directory.path(), &["decompress", "--rm", "img.pxc"]);
    assert_eq!(names(directory.path()), ["img.png"]);
}

#[test]
fn standard_streams_carry_data() {
    let directory = workshop();
    let image = fs::read(directory.path().join("img.png")).expect("an image");
    let compressed = pxc()
        .args(["compress", "-"])
        .write_stdin(image.clone())
        .output()
        .expect("an output");
    assert_eq!(
        (compressed.status.code(), text(&compressed.stderr)),
        (Some(0), String::new())
    );
    succeed(directory.path(), &["compress", "img.png"]);
    assert_eq!(
        compressed.stdout,
        fs::read(directory.path().join("img.pxc")).expect("a file")
    );
    let decoded = pxc()
        .args(["decompress", "-"])
        .write_stdin(compressed.stdout)
        .output()
        .expect("an output");
    assert!(decode_png(&decoded.stdout) == decode_png(&image));
    let to_stdout = run(directory.path(), &["decompress", "img.pxc", "-o", "-"]);
    assert_eq!(to_stdout.stdout, decoded.stdout);
    assert_eq!(names(directory.path()), ["img.png", "img.pxc"]);
}

#[test]
fn a_closed_pipe_is_success() {
    let directory = tempdir().expect("a directory");
    write_png(
        &directory.path().join("noise.png"),
        &photo(600, 600, ColorType::Rgba),
    );
    let mut child = Command::new(env!("CARGO_BIN_EXE_pxc"))
        .args(["compress", "noise.png", "-o", "-"])
        .current_dir(directory.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command starts");
    drop(child.stdout.take());
    let mut stderr = String::new();
    child
        .stderr
        .take()
        .expect("a pipe")
        .read_to_string(&mut stderr)
        .expect("UTF-8");
    assert_eq!(
        (child.wait().expect("an exit").code(), stderr.as_str()),
        (Some(0), "")
    );
}

#[test]
fn verify_and_verbose_say_what_happened() {
    let directory = workshop();
    let (code, stdout, stderr) =
        outcome(directory.path(), &["compress", "--verify", "-v", "img.png"]);
    assert_eq!((code, stdout.as_str()), (0, ""));
    assert!(
        stderr.starts_with("img.png → img.pxc: 3600 samples, "),
        "{stderr}"
    );
    for word in [
        "bits per sub-pixel",
        "MB/s",
        "network",
        "frequencies",
        "entropy coder",
        "rest",
    ] {
        assert!(stderr.contains(word), "{word} is missing: {stderr}");
    }
}

#[test]
fn an_interrupted_command_leaves_no_file() {
    let directory = tempdir().expect("a directory");
    let image = photo(2000, 1500, ColorType::Rgb);
    write_png(&directory.path().join("img.png"), &image);
    let mut child = Command::new(env!("CARGO_BIN_EXE_pxc"))
        .args(["compress", "img.png", "--threads", "1"])
        .current_dir(directory.path())
        .spawn()
        .expect("the command starts");
    std::thread::sleep(std::time::Duration::from_millis(60));
    let killed = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .expect("kill");
    assert!(killed.success());
    // Done before the signal came, or 130.
    match child.wait().expect("an exit").code() {
        Some(0) => assert_eq!(names(directory.path()), ["img.png", "img.pxc"]),
        code => {
            assert_eq!(code, Some(130));
            assert_eq!(names(directory.path()), ["img.png"]);
        }
    }
}

#[test]
fn an_input_and_an_output_need_no_command() {
    let directory = workshop();
    let root = directory.path();
    let image = fs::read(root.join("img.png")).expect("an image");
    succeed(root, &["img.png", "a.pxc"]);
    succeed(root, &["a.pxc", "back.png"]);
    assert_eq!(fs::read(root.join("back.png")).expect("an image"), image);
    for arguments in [
        ["img.png", "a.pxc"],
        ["missing.png", "b.pxc"],
        ["img.png", "b.png"],
        ["info", "missing.pxc"],
    ] {
        assert_eq!(outcome(root, &arguments).0, 2, "{arguments:?}");
    }
    assert_eq!(names(root), ["a.pxc", "back.png", "img.png"]);
}

#[test]
fn levels_are_efforts() {
    let directory = workshop();
    let root = directory.path();
    for (level, effort) in [("-1", "fast"), ("-6", "default"), ("-9", "max")] {
        succeed(root, &["compress", level, "img.png", "-o", "level.pxc"]);
        succeed(
            root,
            &[
                "compress",
                "--effort",
                effort,
                "img.png",
                "-o",
                "effort.pxc",
            ],
        );
        let [level, effort] = ["level.pxc", "effort.pxc"].map(|name| fs::read(root.join(name)));
        assert_eq!(level.expect("a file"), effort.expect("a file"));
        for name in ["level.pxc", "effort.pxc"] {
            fs::remove_file(root.join(name)).expect("removed");
        }
    }
}
