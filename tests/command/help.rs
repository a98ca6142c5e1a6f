//! Help texts, usage errors, shell completions and the manual page.

use std::path::Path;

use crate::workshop;
use pxc_test_harness::{assert_help, outcome, succeed};

#[test]
fn shells_and_man_are_served() {
    let directory = workshop();
    for (shell, sign) in [
        ("bash", "complete -F _pxc"),
        ("zsh", "#compdef pxc"),
        ("fish", "complete -c pxc"),
        ("powershell", "Register-ArgumentCompleter"),
        ("elvish", "edit:completion:arg-completer"),
    ] {
        let script = succeed(directory.path(), &["completions", shell]);
        assert!(script.contains(sign), "{shell}: {script}");
    }
    let page = succeed(directory.path(), &["man"]);
    for sign in [
        ".TH pxc 1",
        "pxc\\-compress",
        "\\-\\-exact\\-file",
        ".SH \"EXIT STATUS\"",
    ] {
        assert!(page.contains(sign), "{sign} is missing");
    }
    assert!(!page.contains("EXTRA"));
    let references = page.split("(1)").map(|text| {
        let is_end = |c: char| !c.is_alphanumeric() && c != '\\' && c != '-';
        text.rsplit(is_end).next().unwrap_or_default()
    });
    let references: Vec<&str> = references.filter(|name| name.starts_with("pxc")).collect();
    assert!(
        references.contains(&"pxc\\-models\\-check"),
        "{references:?}"
    );
    for name in references {
        let title = name.replace('\\', "");
        assert!(
            page.contains(&format!(".TH {title} 1 ")),
            "{name} has no page"
        );
    }
}

#[test]
fn the_long_version_names_commit_models_and_features() {
    let directory = workshop();
    let short = succeed(directory.path(), &["-V"]);
    assert_eq!(short, concat!("pxc ", env!("CARGO_PKG_VERSION"), "\n"));
    let long = succeed(directory.path(), &["--version"]);
    let rest = long
        .strip_prefix(&short)
        .expect("it begins like the short one");
    let lines: Vec<&str> = rest.lines().collect();
    let [commit, models, features] = lines[..] else {
        panic!("{long}");
    };
    let commit = commit.strip_prefix("commit: ").expect("a commit");
    let is_id = commit.len() == 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit());
    assert!(is_id || commit == "unknown", "{long}");
    let listed = succeed(directory.path(), &["models"]);
    for model in models.strip_prefix("models: ").expect("models").split(", ") {
        let (name, id) = model.split_once(' ').expect("a name and an id");
        let is_same = |line: &str| line.contains(name) && line.contains(id);
        assert!(listed.lines().any(is_same), "{model}: {listed}");
    }
    assert!(features.starts_with("features: "), "{long}");
}

#[test]
fn usage_errors_exit_with_2() {
    let directory = workshop();
    for arguments in [
        &["compress"][..],
        &["shrink", "img.png"],
        &["compress", "img.png", "--threads", "0"],
    ] {
        let (code, stdout, stderr) = outcome(directory.path(), arguments);
        assert_eq!((code, stdout.as_str()), (2, ""), "{arguments:?}");
        assert!(stderr.starts_with("error: "), "{stderr}");
    }
    std::fs::write(directory.path().join("img.zip"), "PK").expect("a file");
    let (code, _, stderr) = outcome(directory.path(), &["decompress", "img.zip"]);
    assert_eq!(
        (code, stderr.as_str()),
        (
            2,
            "img.zip: the name does not end in .pxc: use --output to name the output\n"
        )
    );
}

#[test]
fn help_texts_are_as_committed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/command/help");
    let cases = [
        ("pxc", &["-h"][..]),
        ("compress", &["compress", "-h"]),
        ("compress_long", &["compress", "--help"]),
        ("decompress", &["decompress", "-h"]),
        ("decompress_long", &["decompress", "--help"]),
        ("thumbnail", &["thumbnail", "-h"]),
        ("info", &["info", "-h"]),
        ("list", &["list", "-h"]),
        ("test", &["test", "-h"]),
        ("bench", &["bench", "-h"]),
        ("models", &["models", "-h"]),
        ("models_check", &["models", "check", "-h"]),
        ("models_add", &["models", "add", "--help"]),
    ];
    assert_help(Path::new(env!("CARGO_BIN_EXE_pxc")), &folder, &cases);
}
