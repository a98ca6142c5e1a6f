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
    let left_out = "skipped images that pxc does not keep: 1 lossy WebP (-v names them)\n";
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
    let denied = "./b.png: Permission denied (os error 13)\n\
                  ./locked: Permission denied (os error 13)\n";
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

    let newer = File::options().append(true).open(folder.join("a.png"));
    let later = SystemTime::now() + Duration::from_secs(10);
    newer.expect("a file").set_modified(later).expect("a time");
    let exists =
        "a.pxc: exists, but is damaged, not complete, or older than its input (-f overwrites it)\n";
    assert_eq!(outcome(folder, &one), (2, String::new(), exists.into()));
    succeed(folder, &["compress", "--skip-existing", "-f", "a.png"]);

    let whole = fs::read(folder.join("a.pxc")).expect("a file");
    fs::write(folder.join("a.pxc"), &whole[..whole.len() - 1]).expect("a file");
    let cut = File::options().append(true).open(folder.join("a.pxc"));
    cut.expect("a file").set_modified(later).expect("a time");
    assert_eq!(outcome(folder, &one), (2, String::new(), exists.into()));
    succeed(folder, &["compress", "--skip-existing", "-f", "a.png"]);
    assert_eq!(fs::read(folder.join("a.pxc")).expect("a file"), whole);

    let mut damaged = whole.clone();
    *damaged.last_mut().expect("a byte") ^= 1;
    fs::write(folder.join("a.pxc"), damaged).expect("a file");
    let damaged = File::options().append(true).open(folder.join("a.pxc"));
    damaged
        .expect("a file")
        .set_modified(later)
        .expect("a time");
    assert_eq!(outcome(folder, &one), (2, String::new(), exists.into()));
    succeed(folder, &["compress", "--skip-existing", "-f", "a.png"]);
    assert_eq!(fs::read(folder.join("a.pxc")).expect("a file"), whole);

    let back = ["decompress", "-v", "--skip-existing", "a.pxc"];
    let (code, _, stderr) = outcome(folder, &back);
    assert_eq!(
        (code, stderr.as_str()),
        (0, "a.pxc: skipped: its output is complete\n")
    );
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
        &json!({"file": "./a.png", "status": "done", "output": "./a.pxc", "bytes_in": image, "bytes_out": coded, "exact": true, "not_exact": null, "lost": []})
    );
    let failed = of("./deep/empty.png");
    assert_eq!(failed["status"], "failed");
    assert_eq!(stderr.trim_end(), failed["error"].as_str().expect("text"));
    let total = &lines[10]["total"];
    let read = image + bytes(&folder.join("deep/b.png"));
    let written = coded + bytes(&folder.join("deep/b.pxc"));
    let ratio = (read as f64 / written as f64 * 1000.0).round() / 1000.0;
    assert_eq!(
        total,
        &json!({"done": 2, "planned": 0, "skipped": 7, "failed": 1, "left": 0, "bytes_in": read, "bytes_out": written, "ratio": ratio, "not_exact": 0, "left_out": {"lossy WebP": 1}, "exit_code": 1})
    );
    let arguments = ["compress", "--json", "a.png", "-o", "-"];
    let (code, stdout, stderr) = outcome(folder, &arguments);
    assert_eq!((code, stdout.as_str()), (2, ""));
    assert!(stderr.starts_with("--json prints to standard output"));
}
