//! Paths that are not folders, names that are too long, and names that are not Unicode.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;

use crate::workshop;
use pxc_test_harness::{names, outcome, pxc, succeed, text};

#[test]
fn what_is_no_folder_is_found_before_the_work() {
    let directory = workshop();
    let folder = directory.path();
    let absent = "the directory absent does not exist: create it, or use --out-dir";
    let slash = "the directory absent/ does not exist: create it, or use --out-dir";
    let file = "img.png is not a directory: name another output with --output or --out-dir";
    let file_slash = "img.png/ is not a directory: name another output with --output or --out-dir";
    for (option, output, target, said) in [
        ("-o", "absent/", "absent/", slash),
        ("-o", "absent/x.pxc", "absent/x.pxc", absent),
        ("-o", "img.png/x.pxc", "img.png/x.pxc", file),
        ("-o", "img.png/", "img.png/", file_slash),
        ("--out-dir", "img.png", "img.png/img.pxc", file),
        ("--out-dir", "img.png/a/b", "img.png/a/b/img.pxc", file),
    ] {
        for more in ["-q", "-f", "--dry-run", "--skip-existing", "--rm"] {
            let found = outcome(folder, &["compress", "img.png", option, output, more]);
            let expected = format!("{target}: {said}\n");
            assert_eq!(found, (2, String::new(), expected), "{output} {more}");
        }
    }
    assert_eq!(names(folder), ["img.png"]);
}

#[test]
fn names_may_be_as_long_as_the_file_system_allows() {
    let directory = workshop();
    let folder = directory.path();
    let longest = format!("{}.png", "n".repeat(251));
    fs::rename(folder.join("img.png"), folder.join(&longest)).expect("a long name");
    let packed = longest.replace(".png", ".pxc");
    succeed(folder, &["compress", "--rm", &longest]);
    assert_eq!(names(folder), [packed.as_str()]);
    succeed(folder, &["decompress", "--rm", &packed]);
    assert_eq!(names(folder), [longest.as_str()]);
    let too_long = format!("{longest}.pxc");
    for arguments in [
        &["--suffix", ".toolong"][..],
        &["-o", &too_long],
        &["-f", "-o", &too_long],
    ] {
        let (code, _, stderr) = outcome(folder, &[&["compress", &longest][..], arguments].concat());
        assert_eq!(code, 2, "{stderr}");
        let said =
            ": the name is too long for the file system: name a shorter output with --output\n";
        assert!(stderr.ends_with(said), "{stderr}");
    }
    succeed(folder, &["compress", "--rm", &longest, "-o", "short.pxc"]);
    assert_eq!(names(folder), ["short.pxc"]);
}

#[test]
fn json_has_the_bytes_of_names_that_are_not_unicode() {
    let directory = workshop();
    let folder = directory.path();
    let (image, packed) = (
        OsStr::from_bytes(b"\xff.png"),
        OsStr::from_bytes(b"\xff.pxc"),
    );
    fs::rename(folder.join("img.png"), folder.join(image)).expect("a name");
    for (arguments, name, hex, output) in [
        (
            &["compress", "--json"][..],
            image,
            "ff2e706e67",
            Some("ff2e707863"),
        ),
        (&["info", "--json"][..], packed, "ff2e707863", None),
        (&["test", "--json"][..], packed, "ff2e707863", None),
        (&["bench", "--json"][..], image, "ff2e706e67", None),
    ] {
        let found = pxc().current_dir(folder).args(arguments).arg(name).output();
        let found = text(&found.expect("an output").stdout);
        let line = found.lines().next().expect("a line");
        let object: serde_json::Value = serde_json::from_str(line).expect("JSON");
        assert_eq!(object["file"], name.to_string_lossy().into_owned());
        assert_eq!(object["file_hex"], hex);
        assert_eq!(object["output_hex"].as_str(), output);
    }
    fs::rename(folder.join(packed), folder.join("img.pxc")).expect("a name");
    let found = succeed(folder, &["test", "--json", "img.pxc"]);
    assert!(
        found.contains(r#""file":"img.pxc""#) && !found.contains("hex"),
        "{found}"
    );
}

#[cfg(target_os = "linux")]
#[test]
fn names_that_are_not_unicode_come_back_from_any_suffix() {
    let directory = workshop();
    let folder = directory.path();
    let original = OsStr::from_bytes(b"\xff.png");
    fs::rename(folder.join("img.png"), folder.join(original)).expect("a name");
    for command in ["compress", "decompress"] {
        let ending: &[u8] = if command == "compress" {
            b".png"
        } else {
            b".zz"
        };
        let name = [b"\xff", ending].concat();
        let mut run = pxc();
        run.current_dir(folder)
            .args([command, "--rm", "--suffix", ".zz"]);
        let output = run.arg(OsStr::from_bytes(&name)).output().expect("a run");
        assert!(output.status.success(), "{}", text(&output.stderr));
    }
    assert!(folder.join(original).exists());
}
