//! `--rm` under SIGKILL at random moments, on full disks, in read-only folders and while inputs change: no image ever
//! vanishes.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use pxc_codec::ColorType;
use pxc_test_requirements::seed;
use tempfile::tempdir;

use crate::unprivileged::{Unprivileged, set_mode};
use pxc_test_harness::{Pixels, decode_png, fixtures, names, photo, text, write_png};

/// Runs that are killed.
const KILLED: usize = 200;

/// A generator of random numbers: xorshift.
struct Random(u64);

impl Random {
    fn new() -> Random {
        Random(seed() | 1)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound.max(1)
    }
}

/// The command, to be started and killed.
fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pxc"));
    command
        .current_dir(folder)
        .env("PXC_MODELS", fixtures().join("models"))
        .args(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    command
}

/// The pixels that the folder still gives back, from `img.png` or else from `img.pxc`.
fn kept(folder: &Path) -> Pixels {
    match fs::read(folder.join("img.png")) {
        Ok(image) => decode_png(&image),
        Err(_) => {
            let decoded = command(folder, &["decompress", "img.pxc", "-o", "-"])
                .stdout(Stdio::piped())
                .output()
                .expect("an output");
            assert!(decoded.status.success(), "{}", text(&decoded.stderr));
            decode_png(&decoded.stdout)
        }
    }
}

#[test]
fn killed_runs_lose_nothing() {
    let mut random = Random::new();
    let directory = tempdir().expect("a folder");
    let folder = directory.path();
    write_png(&folder.join("img.png"), &photo(24, 20, ColorType::Rgb));
    let expected = kept(folder);
    let mut usual = Duration::from_millis(20);
    let mut killed = 0;
    while killed < KILLED {
        let forward = folder.join("img.png").exists() && random.below(8) > 0;
        let arguments = match forward || !folder.join("img.pxc").exists() {
            true => ["compress", "--rm", "-f", "img.png"],
            false => ["decompress", "--rm", "-f", "img.pxc"],
        };
        let begin = Instant::now();
        let mut child = command(folder, &arguments).spawn().expect("a start");
        std::thread::sleep(usual.mul_f64(random.below(1200) as f64 / 1000.0));
        child.kill().expect("SIGKILL");
        let output = child.wait_with_output().expect("an end");
        match output.status.code() {
            None => killed += 1,
            Some(code) => {
                assert_eq!(code, 0, "{arguments:?}: {}", text(&output.stderr));
                usual = begin.elapsed().min(2 * usual);
            }
        }
        if output.status.code() == Some(0) || usual < Duration::from_millis(21) {
            usual = usual.max(Duration::from_millis(1));
        } else {
            usual = usual.mul_f64(1.02);
        }
        assert!(
            kept(folder) == expected,
            "{arguments:?}: {:?}",
            names(folder)
        );
    }
    for name in names(folder) {
        let known = ["img.png", "img.pxc"].contains(&name.as_str());
        assert!(known || name.ends_with(".partial"), "{name}");
    }
}

#[test]
#[ignore = "needs the right to mount file systems, at least after unshare -rm"]
fn a_full_disk_loses_nothing() {
    let directory = tempdir().expect("a folder");
    let folder = directory.path();
    write_png(&folder.join("img.png"), &photo(64, 64, ColorType::Rgb));
    let expected = kept(folder);
    let image = folder.join("img.png").metadata().expect("a file").len();
    fs::create_dir(folder.join("disk")).expect("a folder");
    // From no space for the output to plenty, in pages.
    let script = "mount -t tmpfs -o size=$1 tmpfs disk && cp img.png disk && cd disk && \
                  { \"$2\" compress --rm img.png; code=$?; cp -r . ../left; exit $code; }";
    let mut codes = Vec::new();
    for pages in 0..4 {
        let bytes = (image.div_ceil(4096) + pages) * 4096;
        let output = Command::new("unshare")
            .current_dir(folder)
            .args(["-rm", "sh", "-c", script, "sh", &bytes.to_string()])
            .arg(env!("CARGO_BIN_EXE_pxc"))
            .output()
            .expect("an output");
        let left = folder.join("left");
        assert!(left.exists(), "{}", text(&output.stderr));
        assert!(kept(&left) == expected, "{:?}", names(&left));
        let code = output.status.code();
        let name = if code == Some(0) {
            "img.pxc"
        } else {
            "img.png"
        };
        assert_eq!(names(&left), [name], "{}", text(&output.stderr));
        codes.push(code);
        fs::remove_dir_all(left).expect("a folder");
    }
    assert_eq!(codes.first(), Some(&Some(2)));
    assert_eq!(codes.last(), Some(&Some(0)));
}

#[test]
fn read_only_folders_lose_nothing() {
    let unprivileged = Unprivileged::new();
    let folder = unprivileged.join("locked");
    fs::create_dir(&folder).expect("a folder");
    let image = folder.join("img.png");
    write_png(&image, &photo(20, 20, ColorType::Rgb));
    let expected = kept(&folder);
    unprivileged.own(&image);
    unprivileged.own(&folder);
    set_mode(&folder, 0o555);
    let (code, stderr) = unprivileged.run(&["compress", "--rm", "locked/img.png"]);
    assert_eq!(
        (code, stderr.as_str()),
        (2, "locked/img.pxc: Permission denied (os error 13)\n")
    );
    let (code, stderr) = unprivileged.run(&["compress", "--rm", "locked/img.png", "-o", "img.pxc"]);
    assert_eq!(
        (code, stderr.as_str()),
        (
            2,
            "locked/img.png: cannot be removed, so nothing was written (omit --rm to keep it): \
             Permission denied (os error 13)\n"
        )
    );
    assert!(kept(&folder) == expected);
    assert_eq!(names(unprivileged.path()), ["locked"]);
    set_mode(&folder, 0o755);
}

#[test]
fn inputs_that_change_meanwhile_are_not_lost() {
    let mut random = Random::new();
    let directory = tempdir().expect("a folder");
    let folder = directory.path();
    for _ in 0..20 {
        let (image, other) = (folder.join("img.png"), folder.join("other"));
        write_png(&image, &photo(24, 20, ColorType::Rgb));
        write_png(&other, &photo(20, 24, ColorType::Rgb));
        let versions = [&image, &other].map(|path| decode_png(&fs::read(path).expect("a file")));
        let child = command(folder, &["compress", "--rm", "-f", "img.png"]).spawn();
        std::thread::sleep(Duration::from_millis(random.below(150)));
        fs::rename(&other, &image).expect("another image under the name");
        let output = child.expect("a start").wait_with_output().expect("an end");
        let kept = kept(folder);
        assert!(versions.contains(&kept), "{}", text(&output.stderr));
        // Whoever replaced the file finds it, unless it was read or its removal was decided before.
        if output.status.code() == Some(2) {
            assert!(kept == versions[1], "{}", text(&output.stderr));
        }
    }
}
