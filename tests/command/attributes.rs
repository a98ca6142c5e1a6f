//! Outputs: their permissions and times, where they may go, and what an interrupted run leaves.

use std::fs::{self, File};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::time::{Duration, SystemTime};

use pxc_codec::ColorType;
use tempfile::tempdir;

use crate::removal::begin_compression;
use crate::unprivileged::{Unprivileged, set_mode};
use crate::workshop;
use pxc_test_harness::{names, outcome, photo, succeed, text, write_png};

fn age(path: &Path, time: SystemTime) {
    let file = File::options().append(true).open(path).expect("a file");
    file.set_modified(time).expect("the owner may do so");
}

fn mode_and_time(path: &Path) -> (u32, SystemTime) {
    let found = path.metadata().expect("a file");
    (
        found.permissions().mode() & 0o7777,
        found.modified().expect("a time"),
    )
}

#[test]
fn outputs_take_over_mode_and_time() {
    let directory = workshop();
    let folder = directory.path();
    let time = SystemTime::UNIX_EPOCH + Duration::new(1_000_000_000, 123_456_789);
    for mode in [0o600, 0o444, 0o664] {
        age(&folder.join("img.png"), time);
        set_mode(&folder.join("img.png"), mode);
        succeed(folder, &["compress", "--rm", "img.png"]);
        assert_eq!(mode_and_time(&folder.join("img.pxc")), (mode, time));
        succeed(folder, &["decompress", "--rm", "img.pxc"]);
        assert_eq!(mode_and_time(&folder.join("img.png")), (mode, time));
        set_mode(&folder.join("img.png"), 0o600);
    }
}

#[test]
fn root_keeps_the_owner() {
    let directory = workshop();
    let folder = directory.path();
    let owner = |name: &str| {
        let found = folder.join(name).metadata().expect("a file");
        (found.uid(), found.gid())
    };
    // Only root may give files away. Other users check that their own files stay theirs.
    let _ = std::os::unix::fs::chown(folder.join("img.png"), Some(1234), Some(4321));
    succeed(folder, &["compress", "img.png"]);
    assert_eq!(owner("img.pxc"), owner("img.png"));
}

#[test]
fn folders_are_not_made_unasked() {
    let directory = workshop();
    let folder = directory.path();
    assert_eq!(
        outcome(folder, &["compress", "img.png", "-o", "absent/img.pxc"]),
        (
            2,
            String::new(),
            "absent/img.pxc: the directory absent does not exist: create it, or use --out-dir\n"
                .into()
        )
    );
    assert_eq!(names(folder), ["img.png"]);
    succeed(folder, &["compress", "img.png", "--out-dir", "new/deep"]);
    assert_eq!(names(&folder.join("new/deep")), ["img.pxc"]);
}

#[test]
fn a_folder_that_cannot_be_written_is_found_before_the_work() {
    let unprivileged = Unprivileged::new();
    fs::create_dir(unprivileged.join("locked")).expect("a folder");
    unprivileged.own(&unprivileged.join("locked"));
    set_mode(&unprivileged.join("locked"), 0o555);
    // Decoding it would be an error with exit code 1.
    let header = &fs::read(pxc_test_harness::fixtures().join("SHA256SUMS")).expect("a file")[..64];
    fs::write(unprivileged.join("bad.pxc"), header).expect("a file");
    let (code, stderr) = unprivileged.run(&["decompress", "bad.pxc", "-o", "locked/x.png"]);
    assert_eq!(
        (code, stderr.as_str()),
        (
            2,
            "locked/x.png: cannot be written: Permission denied (os error 13)\n"
        )
    );
}

#[test]
fn pixels_do_not_go_into_files_of_other_formats() {
    let directory = workshop();
    let folder = directory.path();
    succeed(folder, &["compress", "img.png"]);
    for name in ["x.jpg", "x.JPEG", "x.gif", "x.jxl"] {
        let extension = name.split_once('.').expect("a dot").1;
        let expected = format!(
            "{name}: pxc cannot write .{extension} files: use the extension png, tiff, webp, qoi, \
             bmp, pnm or pam, or --format\n"
        );
        assert_eq!(
            outcome(folder, &["decompress", "img.pxc", "-o", name]),
            (2, String::new(), expected)
        );
    }
    for name in ["x.jpg", "x.bmp", "x.png"] {
        let arguments = ["decompress", "img.pxc", "-o", name, "--format", "qoi"];
        let (code, _, stderr) = outcome(folder, &arguments);
        let extension = name.trim_start_matches('x');
        let said = format!(
            "{name}: --format qoi contradicts the extension {extension}: change one of them\n"
        );
        assert_eq!((code, stderr), (2, said));
    }
    assert_eq!(names(folder), ["img.png", "img.pxc"]);
    let asked = ["decompress", "img.pxc", "-o", "x.dat", "--format", "qoi"];
    succeed(folder, &asked);
}

#[test]
fn what_a_killed_run_leaves_is_no_input_and_is_replaced() {
    let directory = tempdir().expect("a folder");
    let folder = directory.path();
    write_png(&folder.join("img.png"), &photo(300, 300, ColorType::Rgb));
    set_mode(&folder.join("img.png"), 0o640);
    let mut child = begin_compression(folder, &["img.png"]);
    let (code, _, stderr) = outcome(folder, &["compress", "img.png"]);
    assert_eq!(
        (code, stderr.as_str()),
        (
            2,
            "img.pxc: another process is writing this file: wait until it ends\n"
        )
    );
    child.kill().expect("SIGKILL");
    let output = child.wait_with_output().expect("an end");
    assert_eq!(
        (output.status.code(), text(&output.stderr)),
        (None, String::new())
    );
    let [partial, image] = &names(folder)[..] else {
        panic!("{:?}", names(folder));
    };
    assert_eq!(image, "img.png");
    assert_eq!(mode_and_time(&folder.join(partial)).0, 0o640);
    fs::copy(folder.join(image), folder.join(partial)).expect("an image under that name");
    let (code, _, stderr) = outcome(folder, &["compress", "-r", "-v", "."]);
    assert_eq!(code, 0);
    let skipped = format!("./{partial}: skipped: an unfinished output\n");
    assert!(stderr.starts_with(&skipped), "{stderr}");
    assert!(stderr.ends_with("; 1 skipped\n"), "{stderr}");
    assert_eq!(names(folder), ["img.png", "img.pxc"]);
}

/// An output that is accepted as written gets what it would have got.
#[test]
fn an_accepted_output_takes_over_mode_and_time() {
    let directory = workshop();
    let folder = directory.path();
    let time = SystemTime::UNIX_EPOCH + Duration::new(1_000_000_000, 123_456_789);
    age(&folder.join("img.png"), time);
    set_mode(&folder.join("img.png"), 0o640);
    for remove in [
        ["compress", "--rm", "img.png"],
        ["decompress", "--rm", "img.pxc"],
    ] {
        let input = folder.join(remove[2]);
        let before = mode_and_time(&input);
        let there = ["img.png", "img.pxc"].map(|name| folder.join(name));
        let output = &there[usize::from(there[0] == input)];
        succeed(folder, &[remove[0], remove[2]]);
        set_mode(output, 0o604);
        age(output, SystemTime::now());
        succeed(folder, &remove);
        assert_eq!(mode_and_time(output), before);
        assert!(!input.exists());
    }
}

/// A private folder stays private.
#[test]
fn folders_are_as_private_as_those_of_the_inputs() {
    let directory = workshop();
    let folder = directory.path();
    fs::create_dir_all(folder.join("pv/sub/deep")).expect("folders");
    for (name, mode) in [("pv/sub/deep", 0o500), ("pv/sub", 0o750), ("pv", 0o700)] {
        fs::copy(folder.join("img.png"), folder.join(name).join("a.png")).expect("a copy");
        set_mode(&folder.join(name), mode);
    }
    let mode = |name: &str| mode_and_time(&folder.join(name)).0;
    succeed(folder, &["compress", "-qr", "pv", "--out-dir", "new/pvo"]);
    succeed(
        folder,
        &["decompress", "-qr", "new/pvo", "--out-dir", "back"],
    );
    for made in ["new/pvo", "back"] {
        assert_eq!(mode(made), 0o700);
        assert_eq!(mode(&format!("{made}/sub")), 0o750);
        // Files go into it.
        assert_eq!(mode(&format!("{made}/sub/deep")), 0o700);
    }
    assert_ne!(mode("new") & 0o050, 0, "as usual");
    set_mode(&folder.join("pv/sub/deep"), 0o700);
}
