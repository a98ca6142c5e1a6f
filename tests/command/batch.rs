//! Several inputs, directories, names of outputs, summaries, and what happens after a failure.

use std::fs;
use std::path::Path;

use pxc_codec::ColorType;
use pxc_test_harness::{decode_png, names, outcome, photo, succeed, write_png};
use tempfile::{TempDir, tempdir};

/// `photos/a.png`, `photos/deep/b.png`, and `photos/deep/notes.txt`, which is no image.
fn tree() -> TempDir {
    let directory = tempdir().expect("a directory");
    let photos = directory.path().join("photos");
    fs::create_dir_all(photos.join("deep")).expect("a directory");
    write_png(&photos.join("a.png"), &photo(20, 10, ColorType::Rgb));
    write_png(&photos.join("deep/b.png"), &photo(9, 9, ColorType::Gray));
    fs::write(photos.join("deep/notes.txt"), "not an image").expect("a file");
    directory
}

fn length(directory: &Path, name: &str) -> u64 {
    directory.join(name).metadata().expect("a file").len()
}

/// The summary of a command that turned `inputs` into `outputs`.
fn summary(
    directory: &Path,
    inputs: &[&str],
    outputs: &[&str],
    uncompressed_first: bool,
) -> String {
    let sum = |names: &[&str]| -> u64 { names.iter().map(|name| length(directory, name)).sum() };
    let (bytes_in, bytes_out) = (sum(inputs), sum(outputs));
    let (image, coded) = match uncompressed_first {
        true => (bytes_in, bytes_out),
        false => (bytes_out, bytes_in),
    };
    format!(
        "{} files, {bytes_in} bytes in, {bytes_out} bytes out, ratio {:.3}",
        inputs.len(),
        image as f64 / coded as f64
    )
}

#[test]
fn directories_keep_their_tree() {
    let directory = tree();
    let root = directory.path();
    let arguments = ["compress", "-r", "photos", "--out-dir", "out/small"];
    let (code, stdout, stderr) = outcome(root, &arguments);
    let expected = summary(
        root,
        &["photos/a.png", "photos/deep/b.png"],
        &["out/small/a.pxc", "out/small/deep/b.pxc"],
        true,
    );
    assert_eq!(
        (code, stdout.as_str(), stderr),
        (0, "", format!("{expected}; 1 skipped\n"))
    );
    assert_eq!(names(&root.join("out/small")), ["a.pxc", "deep"]);

    let arguments = ["decompress", "-r", "out/small", "--out-dir", "back"];
    let (code, _, stderr) = outcome(root, &arguments);
    let expected = summary(
        root,
        &["out/small/a.pxc", "out/small/deep/b.pxc"],
        &["back/a.png", "back/deep/b.png"],
        false,
    );
    assert_eq!((code, stderr), (0, format!("{expected}\n")));
    for name in ["a.png", "deep/b.png"] {
        let read = |folder: &str| fs::read(root.join(folder).join(name)).expect("a file");
        assert!(
            decode_png(&read("back")) == decode_png(&read("photos")),
            "{name}"
        );
    }
    let (code, _, stderr) = outcome(root, &["test", "-r", "out", "-j", "1"]);
    assert_eq!(code, 0);
    assert!(
        stderr
            .starts_with("out/small/a.pxc: intact\nout/small/deep/b.pxc: intact\n2 files intact\n"),
        "{stderr}"
    );
    let info = succeed(root, &["info", "-r", "--json", "out"]);
    assert_eq!(info.lines().count(), 2);
}

#[test]
fn directories_need_recursive_and_something_in_them() {
    let directory = tree();
    let root = directory.path();
    assert_eq!(
        outcome(root, &["compress", "photos"]),
        (
            2,
            String::new(),
            "photos: is a directory (use --recursive to process its files)\n".into()
        )
    );
    assert_eq!(
        outcome(root, &["decompress", "-r", "photos"]),
        (
            0,
            String::new(),
            "nothing to do: 3 files found, none to process\n".into()
        )
    );
}

#[test]
fn the_same_bytes_with_any_number_of_jobs() {
    let directory = tree();
    let root = directory.path();
    for jobs in ["1", "3"] {
        let arguments = [
            "compress",
            "-q",
            "-r",
            "photos",
            "--out-dir",
            jobs,
            "--jobs",
            jobs,
        ];
        succeed(root, &arguments);
    }
    for name in ["a.pxc", "deep/b.pxc"] {
        let read = |folder: &str| fs::read(root.join(folder).join(name)).expect("a file");
        assert_eq!(read("1"), read("3"), "{name}");
    }
}

#[test]
fn suffixes_are_what_is_asked_for() {
    let directory = tree();
    let photos = directory.path().join("photos");
    succeed(&photos, &["compress", "--suffix", ".small", "a.png"]);
    assert_eq!(names(&photos), ["a.png", "a.small", "deep"]);
    succeed(
        &photos,
        &["decompress", "--suffix", ".small", "-f", "a.small"],
    );
    assert_eq!(names(&photos), ["a.png", "a.small", "deep"]);
    assert_eq!(
        outcome(&photos, &["decompress", "a.small"]),
        (
            2,
            String::new(),
            "a.small: the name does not end in .pxc: use --output to name the output\n".into()
        )
    );
    assert_eq!(
        outcome(&photos, &["compress", "--suffix", "small", "a.png"]),
        (
            2,
            String::new(),
            "--suffix \"small\": expected a dot and a name, as in .pxc\n".into()
        )
    );
}

#[test]
fn the_first_failure_stops_unless_told_to_keep_going() {
    let directory = tree();
    let photos = directory.path().join("photos");
    fs::write(photos.join("bad.png"), "not an image").expect("a file");
    let bad = "bad.png: byte 0x0: not an image of a known format: \
               expected PNG, PNM, PAM, TIFF, WebP, QOI, BMP, GIF, JPEG, found 6e 6f 74 20 61 6e 20 69\n";
    let inputs = ["bad.png", "a.png", "deep/b.png"];
    let with = |options: &[&'static str]| -> Vec<&'static str> {
        let command = ["compress", "-q", "--jobs", "1"];
        command
            .into_iter()
            .chain(options.iter().copied())
            .chain(inputs)
            .collect()
    };
    assert_eq!(
        outcome(&photos, &with(&[])),
        (
            1,
            String::new(),
            format!(
                "{bad}stopped at the first failure: 2 files not processed (use --keep-going to continue)\n"
            )
        )
    );
    assert_eq!(names(&photos), ["a.png", "bad.png", "deep"]);
    assert_eq!(
        outcome(&photos, &with(&["--keep-going"])),
        (1, String::new(), bad.into())
    );
    assert_eq!(names(&photos), ["a.png", "a.pxc", "bad.png", "deep"]);
    let arguments = [
        "compress",
        "-f",
        "-k",
        "-j1",
        "bad.png",
        "absent.png",
        "a.png",
    ];
    let (code, _, stderr) = outcome(&photos, &arguments);
    assert_eq!(code, 2);
    let lines: Vec<&str> = stderr.lines().collect();
    assert!(lines[1].starts_with("absent.png: "), "{stderr}");
    assert!(lines[2].ends_with("; 2 failed"), "{stderr}");
}

#[test]
fn several_inputs_go_to_a_directory() {
    let directory = tree();
    let photos = directory.path().join("photos");
    fs::create_dir(photos.join("out")).expect("a directory");
    let to = |output: &'static str| ["compress", "-q", "a.png", "deep/b.png", "-o", output];
    succeed(&photos, &to("out"));
    assert_eq!(names(&photos.join("out")), ["a.pxc", "b.pxc"]);
    assert_eq!(
        outcome(&photos, &to("one.pxc")),
        (
            2,
            String::new(),
            "several inputs cannot go to one output: name a directory with --out-dir, or omit --output\n"
                .into()
        )
    );
}

#[test]
fn two_inputs_do_not_become_one_output() {
    let directory = tree();
    let root = directory.path();
    fs::copy(root.join("photos/a.png"), root.join("photos/deep/a.png")).expect("a copy");
    let inputs = [
        "compress",
        "photos/a.png",
        "photos/deep/a.png",
        "--out-dir",
        "out",
    ];
    assert_eq!(
        outcome(root, &inputs),
        (
            2,
            String::new(),
            "photos/a.png: not processed: photos/deep/a.png has the same output, out/a.pxc (process them one by one with \
             --output, or with another --out-dir)\n".into()
        )
    );
    assert!(!root.join("out").exists());
    fs::copy(root.join("photos/a.png"), root.join("photos/c.png")).expect("a copy");
    let more = [&inputs[..], &["photos/c.png", "photos/deep", "-k", "-j1"]].concat();
    let (code, _, stderr) = outcome(root, &more);
    assert_eq!(code, 2, "{stderr}");
    assert_eq!(names(&root.join("out")), ["c.pxc"]);
    let lines: Vec<&str> = stderr.lines().collect();
    assert!(
        lines[0].starts_with("photos/deep: is a directory"),
        "{stderr}"
    );
    assert!(
        lines[1].starts_with("photos/a.png: not processed"),
        "{stderr}"
    );
    assert!(
        lines[2].starts_with("photos/deep/a.png: not processed"),
        "{stderr}"
    );
    assert!(
        lines[3].starts_with("1 file, ") && lines[3].ends_with("; 3 failed"),
        "{stderr}"
    );
}

/// Every hard link gets its output and goes, whatever the number of threads and the order of the work.
#[cfg(unix)]
#[test]
fn hard_links_among_the_inputs_are_inputs_of_their_own() {
    const LINKS: [&str; 4] = ["a.png", "b.png", "c.png", "d.png"];
    let image = photo(6, 5, ColorType::Gray);
    for round in 0..50 {
        let directory = tempdir().expect("a directory");
        let folder = directory.path();
        write_png(&folder.join(LINKS[0]), &image);
        let original = fs::read(folder.join(LINKS[0])).expect("a file");
        for link in &LINKS[1..] {
            fs::hard_link(folder.join(LINKS[0]), folder.join(link)).expect("a link");
        }
        let jobs = ["1", "4"][usize::from(round > 4)];
        let options = ["compress", "--rm", "-q", "--effort", "fast", "-j", jobs];
        succeed(folder, &[&options[..], &LINKS].concat());
        let outputs = LINKS.map(|link| link.replace(".png", ".pxc"));
        assert_eq!(names(folder), outputs, "round {round}");
        if round % 10 == 0 {
            let outputs = outputs.each_ref().map(String::as_str);
            succeed(folder, &[&["decompress", "-q"][..], &outputs].concat());
            for link in LINKS {
                assert!(fs::read(folder.join(link)).expect("a file") == original);
            }
        }
    }
}
