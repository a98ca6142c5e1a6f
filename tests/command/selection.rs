//! Which files of a directory are processed, which are skipped and why, and what the totals say.

use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, SystemTime};

use pxc_codec::ColorType;
use serde_json::{Value, json};
use tempfile::{TempDir, tempdir};

use crate::unprivileged::{Unprivileged, set_mode};
use pxc_test_harness::{names, outcome, photo, succeed, write_png};

/// `a.png` and `deep/b.png`, among files that are not images.
fn mixture() -> TempDir {
    let directory = tempdir().expect("a folder");
    let folder = directory.path();
    fs::create_dir(folder.join("deep")).expect("a folder");
    write_png(&folder.join("a.png"), &photo(20, 10, ColorType::Rgb));
    write_png(&folder.join("deep/b.png"), &photo(9, 9, ColorType::Gray));
    fs::write(
        folder.join("bm.txt"),
        "BM is a bookmark, and this is text.\n",
    )
    .expect("a file");
    fs::write(folder.join("p1"), "P1 is a priority.\n").expect("a file");
    fs::write(folder.join("notes.txt"), "").expect("a file");
    let lossy = b"RIFF\x16\0\0\0WEBPVP8 \x0a\0\0\0, and so on";
    fs::write(folder.join("photo.webp"), lossy).expect("a file");
    symlink("a.png", folder.join("link.png")).expect("a link");
    symlink("nowhere", folder.join("broken")).expect("a link");
    let made = Command::new("mkfifo").arg(folder.join("pipe.png")).status();
    assert!(made.expect("mkfifo").success());
    directory
}

#[test]
fn what_is_skipped_is_named_and_counted() {
    let directory = mixture();
    let folder = directory.path();
    let (code, stdout, stderr) = outcome(folder, &["compress", "-r", ".", "--out-dir", "out"]);
    assert_eq!((code, stdout.as_str()), (0, ""), "{stderr}");
    assert!(stderr.starts_with("2 files, "), "{stderr}");
    let left_out =
        "skipped images that pxc does not keep: 1 lossy WebP; and 6 other files (-v names them)\n";
    let end = format!("; 7 skipped\n{left_out}");
    assert!(stderr.ends_with(&end), "{stderr}");
    assert_eq!(stderr.lines().count(), 2);

    let arguments = ["compress", "-r", "-v", ".", "--out-dir", "out", "-f"];
    let (code, _, stderr) = outcome(folder, &arguments);
    assert_eq!(code, 0);
    let skipped = stderr.lines().filter(|line| line.contains("skipped: "));
    let skipped: Vec<&str> = skipped.collect();
    assert_eq!(
        skipped,
        [
            "./bm.txt: skipped: not an image",
            "./broken: skipped: a symbolic link",
            "./link.png: skipped: a symbolic link",
            "./notes.txt: skipped: not an image",
            "./out/a.pxc: skipped: a .pxc file",
            "./out/deep/b.pxc: skipped: a .pxc file",
            "./p1: skipped: not an image",
            "./photo.webp: skipped: lossy WebP: see --allow-lossy-source",
            "./pipe.png: skipped: not a regular file",
        ]
    );
    let (code, _, stderr) = outcome(&folder.join("deep"), &["decompress", "-v", "-r", "."]);
    assert_eq!(code, 0);
    assert_eq!(
        stderr,
        "./b.png: skipped: not a .pxc file\nnothing to do: 1 file found, none to process\n"
    );
}

/// Only their content tells what these are. Named on the command line, they fail.
#[test]
fn images_of_kinds_that_are_not_kept_are_left_out() {
    let directory = tempdir().expect("a folder");
    let folder = directory.path();
    let write = |name: &str, bytes: &[u8]| fs::write(folder.join(name), bytes).expect("a file");
    write(
        "cmyk.jpg",
        b"\xff\xd8\xff\xc0\0\x08\x08\0\x01\0\x01\x04\xff\xd9",
    );
    write(
        "ls.jpg",
        b"\xff\xd8\xff\xf7\0\x08\x08\0\x01\0\x01\x01\xff\xd9",
    );
    write("._a.png", b"\0\x05\x16\x07\0\x02\0\0Mac OS X");
    let said = "0 files; 3 skipped\nskipped images that pxc does not keep: \
                1 JPEG of 4 components (such as CMYK), 1 JPEG-LS; and 1 other file";
    for more in [&[][..], &["--rm"]] {
        let found = outcome(folder, &[&["compress", "-r", "."], more].concat());
        let expected = format!("{said} (-v names them)\n");
        assert_eq!(found, (0, String::new(), expected));
    }
    let (code, _, stderr) = outcome(folder, &["compress", "-r", "-v", "."]);
    let named = "./cmyk.jpg: skipped: a JPEG of 4 components (such as CMYK) is not supported\n";
    assert!(code == 0 && stderr.contains(named), "{stderr}");
    assert_eq!(
        outcome(folder, &["compress", "ls.jpg"]),
        (
            2,
            String::new(),
            "ls.jpg: JPEG-LS is not supported\n".into()
        )
    );
    assert_eq!(names(folder), ["._a.png", "cmyk.jpg", "ls.jpg"]);
}

#[test]
fn files_under_a_wrong_name_are_failures() {
    let directory = mixture();
    let folder = directory.path();
    fs::write(folder.join("deep/empty.png"), "").expect("a file");
    fs::write(folder.join("deep/fake.BMP"), "BM is no image.").expect("a file");
    fs::write(folder.join("deep/fake.pxc"), "nothing").expect("a file");
    let arguments = ["compress", "-r", "-k", "-j1", "."];
    let (code, _, stderr) = outcome(folder, &arguments);
    assert_eq!(code, 1, "{stderr}");
    let lines: Vec<&str> = stderr.lines().collect();
    assert!(lines[0].starts_with("./deep/empty.png: "), "{stderr}");
    assert!(lines[1].starts_with("./deep/fake.BMP: "), "{stderr}");
    assert!(lines[2].starts_with("2 files, "), "{stderr}");
    assert!(lines[2].ends_with("; 8 skipped; 2 failed"), "{stderr}");
    assert!(folder.join("a.pxc").exists() && folder.join("deep/b.pxc").exists());
    let (code, _, stderr) = outcome(folder, &["test", "-r", "deep"]);
    assert_eq!(code, 1);
    assert!(stderr.contains("deep/fake.pxc: "), "{stderr}");
}

#[test]
fn unreadable_entries_stop_nothing_that_keeps_going() {
    let unprivileged = Unprivileged::new();
    let files = ["a.png", "b.png", "z.png"];
    for name in files {
        write_png(&unprivileged.join(name), &photo(9, 9, ColorType::Gray));
    }
    fs::create_dir(unprivileged.join("locked")).expect("a folder");
    for name in ["locked", "b.png"] {
        unprivileged.own(&unprivileged.join(name));
        set_mode(&unprivileged.join(name), 0);
    }
    let denied = "./b.png: cannot be read: Permission denied (os error 13)\n\
                  ./locked: cannot be read: Permission denied (os error 13)\n";
    let (code, stderr) = unprivileged.run(&["compress", "-r", "."]);
    assert_eq!(code, 2);
    let left =
        "stopped at the first failure: 2 files not processed (use --keep-going to continue)\n";
    assert!(stderr.starts_with(&format!("{denied}{left}")), "{stderr}");
    assert_eq!(names(unprivileged.path()).len(), 4);

    let (code, stderr) = unprivileged.run(&["compress", "-r", "-k", "."]);
    assert_eq!(code, 2);
    assert!(
        stderr.starts_with(&format!("{denied}2 files, ")),
        "{stderr}"
    );
    assert!(stderr.ends_with("; 2 failed\n"), "{stderr}");
    assert!(unprivileged.join("a.pxc").exists() && unprivileged.join("z.pxc").exists());
    let (code, stderr) = unprivileged.run(&["info", "-r", "."]);
    assert_eq!(code, 2);
    assert!(stderr.contains("./locked: "), "{stderr}");
}

#[test]
fn existing_outputs_are_skipped_if_complete_and_newer() {
    let directory = mixture();
    let folder = directory.path();
    succeed(folder, &["compress", "-q", "-r", "."]);
    let resume = ["compress", "-r", "-k", "--skip-existing", "."];
    let (code, _, stderr) = outcome(folder, &resume);
    assert_eq!(code, 0, "{stderr}");
    assert!(stderr.starts_with("0 files; 11 skipped\n"), "{stderr}");
    let one = ["compress", "-v", "--skip-existing", "a.png"];
    let (_, _, stderr) = outcome(folder, &one);
    assert_eq!(stderr, "a.png: skipped: its output is complete\n");

    let set_time = |name: &str, time: SystemTime| {
        let file = File::options().append(true).open(folder.join(name));
        file.expect("a file").set_modified(time).expect("a time");
    };
    let later = SystemTime::now() + Duration::from_secs(10);
    set_time("a.png", later);
    let (_, _, stderr) = outcome(folder, &one);
    assert_eq!(stderr, "a.png: skipped: its output is complete\n");
    succeed(folder, &["compress", "-f", "a.png"]);

    // A .pxc file that is not complete, damaged or empty is no output.
    let whole = fs::read(folder.join("a.pxc")).expect("a file");
    let mut damaged = whole.clone();
    *damaged.last_mut().expect("a byte") ^= 1;
    let written_anew = |left: &[u8]| {
        fs::write(folder.join("a.pxc"), left).expect("a file");
        set_time("a.pxc", later);
        let again = ["compress", "--skip-existing", "a.png"];
        succeed(folder, &again);
        assert_eq!(fs::read(folder.join("a.pxc")).expect("a file"), whole);
    };
    written_anew(&whole[..whole.len() - 1]);
    written_anew(&damaged);
    written_anew(&[]);

    let back = ["decompress", "-v", "--skip-existing", "a.pxc"];
    let (code, _, stderr) = outcome(folder, &back);
    assert_eq!(
        (code, stderr.as_str()),
        (0, "a.pxc: skipped: its output is complete\n")
    );
}

/// An output counts only for its own input.
#[test]
fn outputs_of_other_inputs_are_not_skipped() {
    let directory = mixture();
    let folder = directory.path();
    let long_ago = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    let change = |gray: u32, time: SystemTime| {
        write_png(&folder.join("a.png"), &photo(gray, 10, ColorType::Gray));
        let file = File::options().append(true).open(folder.join("a.png"));
        file.expect("a file").set_modified(time).expect("a time");
    };
    succeed(folder, &["compress", "a.png"]);
    let first = fs::read(folder.join("a.pxc")).expect("a file");
    let again = ["compress", "--skip-existing", "a.png"];
    // The output may be the only copy of a newer photo.
    change(20, long_ago);
    let said = "a.pxc: exists, but is damaged, older than its input, or of another input (-f overwrites it)\n";
    assert_eq!(outcome(folder, &again), (2, String::new(), said.into()));
    assert_eq!(fs::read(folder.join("a.pxc")).expect("a file"), first);
    change(21, SystemTime::now() + Duration::from_secs(10));
    succeed(folder, &again);
    assert_ne!(fs::read(folder.join("a.pxc")).expect("a file"), first);
    // What is no .pxc file is nobody's output.
    fs::write(folder.join("a.pxc"), "my notes").expect("a file");
    assert_eq!(outcome(folder, &again), (2, String::new(), said.into()));
}

#[test]
fn a_dry_run_writes_nothing() {
    let directory = mixture();
    let folder = directory.path();
    let before = names(folder);
    let arguments = [
        "compress",
        "--dry-run",
        "-r",
        ".",
        "--out-dir",
        "out",
        "--rm",
    ];
    let (code, stdout, stderr) = outcome(folder, &[&arguments[..], &["-j1"]].concat());
    assert_eq!(code, 0);
    assert_eq!(
        stdout,
        "./a.png → out/a.pxc\n./deep/b.png → out/deep/b.pxc\n"
    );
    let said = "2 files to process; 7 skipped\n";
    assert!(stderr.starts_with(said), "{stderr}");
    assert_eq!(names(folder), before);
    fs::write(folder.join("a.pxc"), "").expect("a file");
    let (code, stdout, stderr) = outcome(folder, &["compress", "--dry-run", "a.png"]);
    assert_eq!((code, stdout.as_str()), (2, ""));
    assert_eq!(
        stderr,
        "a.pxc: already exists (-f overwrites existing files, --skip-existing skips inputs that are done)\n"
    );
    fs::write(folder.join("empty.png"), "").expect("a file");
    let (code, stdout, stderr) = outcome(folder, &["compress", "--dry-run", "empty.png"]);
    assert_eq!((code, stdout.as_str()), (1, ""));
    assert!(stderr.contains("found an empty file"), "{stderr}");
}

#[test]
fn a_dry_run_of_decompress_reads_its_inputs() {
    let directory = mixture();
    let folder = directory.path();
    succeed(folder, &["compress", "-q", "a.png", "-o", "whole.pxc"]);
    fs::write(folder.join("garbage.pxc"), "no file of pxc").expect("a file");
    let dry = |name| outcome(folder, &["decompress", "--dry-run", name]);
    let (code, stdout, stderr) = dry("garbage.pxc");
    assert_eq!((code, stdout.as_str()), (1, ""));
    assert!(stderr.contains("not a pxc file"), "{stderr}");
    let before = names(folder);
    assert_eq!(dry("whole.pxc").1, "whole.pxc → whole.png\n");
    assert_eq!(names(folder), before);
}

fn lines(text: &str) -> Vec<Value> {
    let parsed = text.lines().map(serde_json::from_str);
    parsed.map(|line| line.expect("JSON")).collect()
}

fn bytes(path: &Path) -> u64 {
    path.metadata().expect("a file").len()
}

#[test]
fn machines_get_every_file_and_the_total() {
    let directory = mixture();
    let folder = directory.path();
    fs::write(folder.join("deep/empty.png"), "").expect("a file");
    let arguments = ["compress", "-q", "--json", "-r", "-k", "-j1", "."];
    let (code, stdout, stderr) = outcome(folder, &arguments);
    assert_eq!(code, 1);
    let lines = lines(&stdout);
    assert_eq!(lines.len(), 11);
    let of = |name: &str| {
        let mut found = lines.iter().filter(|line| line["file"] == name);
        found.next().unwrap_or_else(|| panic!("{name} is missing"))
    };
    let skipped = json!({"file": "./p1", "status": "skipped", "reason": "not an image"});
    assert_eq!(of("./p1"), &skipped);
    let (image, coded) = (bytes(&folder.join("a.png")), bytes(&folder.join("a.pxc")));
    assert_eq!(
        of("./a.png"),
        &json!({"file": "./a.png", "status": "done", "output": "./a.pxc", "bytes_in": image, "bytes_out": coded, "exact": true, "not_exact": null, "lost": [], "removed": false})
    );
    let failed = of("./deep/empty.png");
    assert_eq!(failed["status"], "failed");
    let error = failed["error"].as_str().expect("text");
    assert_eq!(stderr.trim_end(), format!("./deep/empty.png: {error}"));
    let total = &lines[10]["total"];
    let read = image + bytes(&folder.join("deep/b.png"));
    let written = coded + bytes(&folder.join("deep/b.pxc"));
    let ratio = (read as f64 / written as f64 * 1000.0).round() / 1000.0;
    assert_eq!(
        total,
        &json!({"done": 2, "planned": 0, "skipped": 7, "failed": 1, "remaining": 0, "bytes_in": read, "bytes_out": written, "ratio": ratio, "not_exact": 0, "ignored": {"lossy WebP": 1}, "exit_code": 1})
    );
    let arguments = ["compress", "--json", "a.png", "-o", "-"];
    let (code, stdout, stderr) = outcome(folder, &arguments);
    assert_eq!((code, stdout.as_str()), (2, ""));
    assert!(stderr.starts_with("--json prints to standard output"));
}

/// As a shell does for the second `compress *`.
#[test]
fn archives_among_images_are_skipped() {
    let directory = tempdir().expect("a folder");
    let folder = directory.path();
    for name in ["a.png", "b.png"] {
        write_png(&folder.join(name), &photo(20, 10, ColorType::Rgb));
    }
    succeed(folder, &["compress", "a.png"]);
    let all = [
        "compress",
        "-q",
        "--skip-existing",
        "a.png",
        "a.pxc",
        "b.png",
    ];
    let said = "a.pxc: skipped: is a .pxc file already\n";
    assert_eq!(outcome(folder, &all), (0, String::new(), said.into()));
    assert_eq!(names(folder), ["a.png", "a.pxc", "b.png", "b.pxc"]);
    // With -f the output of one input would replace another one.
    let force = ["compress", "-f", "a.png", "a.pxc"];
    let (code, _, stderr) = outcome(folder, &force);
    assert!(code == 2 && stderr.contains("is the input"), "{stderr}");
    let (code, _, stderr) = outcome(folder, &["compress", "a.pxc"]);
    assert!(code == 1 && stderr.contains("pxc decompress"), "{stderr}");
}
