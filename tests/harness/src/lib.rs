//! What the tests of the command share: running it, generated images, PNG files of any kind, the fixtures.

mod png_file;
mod two_levels;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use assert_cmd::Command;

pub use crate::png_file::{Pixels, PngFile, decode_png, photo, write_png};
pub use crate::two_levels::two_levels;

/// The command, with fixtures/models as its models directory, run by what `CARGO_TARGET_<TRIPLE>_RUNNER` names.
pub fn pxc() -> Command {
    let mut command = Command::cargo_bin("pxc").expect("the command");
    command.env("PXC_MODELS", fixtures().join("models"));
    command
}

/// Runs `pxc` in a directory.
pub fn run(directory: &Path, arguments: &[&str]) -> Output {
    pxc()
        .current_dir(directory)
        .args(arguments)
        .output()
        .expect("the command starts")
}

/// Runs `pxc` and returns its exit code, standard output and standard error.
pub fn outcome(directory: &Path, arguments: &[&str]) -> (i32, String, String) {
    let output = run(directory, arguments);
    (
        output.status.code().expect("an exit code"),
        text(&output.stdout),
        text(&output.stderr),
    )
}

/// Runs `pxc` and fails unless it succeeds and prints nothing to standard error.
pub fn succeed(directory: &Path, arguments: &[&str]) -> String {
    let (code, stdout, stderr) = outcome(directory, arguments);
    assert_eq!((code, stderr.as_str()), (0, ""), "pxc {arguments:?}");
    stdout
}

/// Compares what a program prints for each list of arguments with `NAME.txt` in a folder. `PXC_UPDATE_HELP=1` writes
/// the files anew.
pub fn assert_help(program: &Path, folder: &Path, cases: &[(&str, &[&str])]) {
    for (name, arguments) in cases {
        let output = Command::new(program).args(*arguments).output();
        let output = output.expect("the program starts");
        assert!(output.status.success(), "{arguments:?}");
        let (found, path) = (text(&output.stdout), folder.join(format!("{name}.txt")));
        if std::env::var_os("PXC_UPDATE_HELP").is_some() {
            fs::write(&path, &found).expect("a written file");
        }
        let expected =
            fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert_eq!(
            found, expected,
            "{name}: PXC_UPDATE_HELP=1 writes the text anew"
        );
    }
}

/// The names in a directory, sorted.
pub fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).expect("a directory");
    let name = |entry: std::io::Result<fs::DirEntry>| entry.expect("an entry").file_name();
    let names = entries.map(|entry| name(entry).into_string().expect("UTF-8"));
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

/// Bytes as text.
pub fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

/// The fixtures of this repository.
pub fn fixtures() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = package.ancestors().nth(2).expect("the workspace");
    root.join("fixtures")
}

/// The files of a folder with a suffix, sorted.
pub fn files_with_suffix(folder: &Path, suffix: &str) -> Vec<PathBuf> {
    let entries =
        fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let paths = entries.map(|entry| entry.expect("a directory entry").path());
    let mut files: Vec<PathBuf> = paths
        .filter(|path| path.extension().is_some_and(|found| found == suffix))
        .collect();
    files.sort();
    files
}
