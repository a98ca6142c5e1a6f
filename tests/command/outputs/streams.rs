//! Standard output under all its names, devices, pipes, and outputs that cannot be written.

use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::symlink;
use std::process::Command;

use crate::workshop;
use pxc_test_harness::{fixtures, names, outcome, pxc, run, succeed, text};

#[test]
fn the_systems_names_of_standard_output_mean_it() {
    let directory = workshop();
    let folder = directory.path();
    let expected = run(folder, &["compress", "img.png", "-o", "-"]).stdout;
    assert!(!expected.is_empty());
    for name in ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"] {
        let arguments = ["compress", "img.png", "-o", name];
        assert!(run(folder, &arguments).stdout == expected, "{name}: a pipe");
        let file = File::create(folder.join("out")).expect("a file");
        let mut command = Command::new(env!("CARGO_BIN_EXE_pxc"));
        command.current_dir(folder).args(arguments).stdout(file);
        assert!(command.status().expect("a start").success());
        let found = fs::read(folder.join("out")).expect("a file");
        assert!(found == expected, "{name}: a file");
    }
    let (code, _, stderr) = outcome(
        folder,
        &["compress", "--rm", "img.png", "-o", "/dev/stdout"],
    );
    assert_eq!(code, 2);
    assert!(stderr.starts_with("-: --rm needs files"), "{stderr}");
}

/// Links to standard output lead there, even if the output's name is derived from the input's.
#[test]
fn links_to_standard_output_lead_there() {
    let directory = workshop();
    let folder = directory.path();
    let expected = run(folder, &["compress", "img.png", "-o", "-"]).stdout;
    symlink("/dev/stdout", folder.join("img.pxc")).expect("a link");
    for arguments in [
        &["-o", "img.pxc"][..],
        &[],
        &["-o", "/dev/fd/../fd/1"],
        #[cfg(target_os = "linux")]
        &["-o", "/proc/thread-self/fd/1"],
    ] {
        let arguments = [&["compress", "img.png"], arguments].concat();
        let found = run(folder, &arguments).stdout;
        assert!(found == expected, "{arguments:?}: a pipe");
        let file = File::create(folder.join("out")).expect("a file");
        let mut command = Command::new(env!("CARGO_BIN_EXE_pxc"));
        command.current_dir(folder).args(&arguments).stdout(file);
        assert!(command.status().expect("a start").success());
        let found = fs::read(folder.join("out")).expect("a file");
        assert!(found == expected, "{arguments:?}: a file");
    }
    // The name of an image says its format.
    succeed(folder, &["compress", "img.png", "-o", "t.pxc"]);
    symlink("/dev/stdout", folder.join("t.bmp")).expect("a link");
    let image = run(folder, &["decompress", "t.pxc", "-o", "t.bmp"]).stdout;
    assert!(image.starts_with(b"BM"));
}

#[test]
fn devices_and_pipes_need_no_force() {
    let directory = workshop();
    let folder = directory.path();
    succeed(folder, &["compress", "img.png", "-o", "/dev/null"]);
    let expected = run(folder, &["compress", "img.png", "-o", "-"]).stdout;
    let made = Command::new("mkfifo").arg(folder.join("pipe")).status();
    assert!(made.expect("mkfifo").success());
    let mut command = Command::new(env!("CARGO_BIN_EXE_pxc"));
    command.current_dir(folder);
    let child = command.args(["compress", "img.png", "-o", "pipe"]).spawn();
    let found = fs::read(folder.join("pipe")).expect("a pipe");
    assert!(child.expect("a start").wait().expect("an end").success());
    assert!(found == expected, "{} bytes", found.len());
}

#[test]
fn a_full_device_is_a_failure() {
    let directory = workshop();
    let folder = directory.path();
    let (code, _, stderr) = outcome(folder, &["compress", "img.png", "-o", "/dev/full"]);
    assert_eq!(code, 2);
    assert!(
        stderr.starts_with("/dev/full: cannot be written: No space left"),
        "{stderr}"
    );
    for arguments in [
        &["--help"][..],
        &["--version"],
        &["info", "--help"],
        &["models"],
    ] {
        let full = OpenOptions::new().write(true).open("/dev/full");
        let mut command = Command::new(env!("CARGO_BIN_EXE_pxc"));
        command.env("PXC_MODELS", fixtures().join("models"));
        command.args(arguments).stdout(full.expect("a device"));
        let output = command.output().expect("an output");
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
        assert!(
            said.starts_with("-: cannot be written: No space left"),
            "{arguments:?}: {said}"
        );
    }
}

#[test]
fn standard_output_is_never_an_input() {
    let directory = workshop();
    let image = directory.path().join("img.png");
    let before = fs::read(&image).expect("an image");
    let end = OpenOptions::new().append(true).open(&image);
    let mut command = Command::new(env!("CARGO_BIN_EXE_pxc"));
    command.current_dir(directory.path());
    command.args(["compress", "img.png", "-o", "-"]);
    let output = command.stdout(end.expect("a file")).output();
    let output = output.expect("an output");
    assert_eq!(output.status.code(), Some(2));
    let said = text(&output.stderr);
    assert!(
        said.starts_with("-: not written, because it is the input img.png"),
        "{said}"
    );
    assert!(fs::read(&image).expect("an image") == before);
}

#[test]
fn inputs_without_names_need_a_named_output() {
    let directory = workshop();
    let folder = directory.path();
    fs::create_dir(folder.join("small")).expect("a folder");
    let said = ": the input has no name, and its output needs one: name it with --output\n";
    for arguments in [
        &["-", "-o", "small"][..],
        &["-", "--out-dir", "small"],
        &["/dev/null"],
        &["/dev/null", "--out-dir", "small"],
    ] {
        for command in ["compress", "decompress"] {
            let found = outcome(folder, &[&[command][..], arguments].concat());
            let expected = format!("{}{said}", arguments[0]);
            assert_eq!(
                found,
                (2, String::new(), expected),
                "{command} {arguments:?}"
            );
        }
    }
    let tip = pxc().args(["compress", "-o", "a.pxc"]).output();
    let tip = text(&tip.expect("an output").stderr);
    assert!(tip.contains("to read standard input, use `-`"), "{tip}");
    assert_eq!(names(folder), ["img.png", "small"]);
}

/// What goes to a closed standard output (`>&-`) is lost, so that is no success.
#[test]
fn closed_standard_output_is_a_failure_of_what_needs_it() {
    let directory = workshop();
    let folder = directory.path();
    succeed(folder, &["compress", "img.png", "-o", "t.pxc"]);
    let closed = |arguments: &str| {
        let mut shell = Command::new("sh");
        let pxc = env!("CARGO_BIN_EXE_pxc");
        shell.current_dir(folder).arg("-c");
        let output = shell.arg(format!("'{pxc}' {arguments} >&-")).output();
        let output = output.expect("a shell");
        (output.status.code(), text(&output.stderr))
    };
    let said = "-: cannot be written: standard output is closed\n";
    for arguments in [
        "compress img.png -o -",
        "compress img.png -o /dev/stdout",
        "decompress t.pxc -o -",
        "info t.pxc",
        "test --json t.pxc",
        "models",
        "completions bash",
        "--version",
    ] {
        let (code, stderr) = closed(arguments);
        assert_eq!((code, stderr.as_str()), (Some(2), said), "{arguments}");
    }
    let (code, stderr) = closed("compress img.png -o other.pxc");
    assert_eq!(code, Some(0), "{stderr}");
    assert!(folder.join("other.pxc").exists());
}
