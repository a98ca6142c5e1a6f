//! The command without root's rights, so that permissions count.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::{TempDir, tempdir};

/// `nobody`, for tests that run as root.
const NOBODY: u32 = 65534;

/// A folder whose files belong to a user without special rights, and the command as that user.
pub(crate) struct Unprivileged {
    folder: TempDir,
    program: TempDir,
}

impl Unprivileged {
    /// An empty folder.
    pub(crate) fn new() -> Unprivileged {
        let (folder, program) = (tempdir().expect("a folder"), tempdir().expect("a folder"));
        // Not by `fs::copy`: while it writes, another test may fork, and a program that a process may write to does not
        // start ("text file busy").
        let copied = Command::new("cp")
            .args([env!("CARGO_BIN_EXE_pxc").as_ref(), program.path()])
            .status();
        assert!(copied.is_ok_and(|status| status.success()));
        let unprivileged = Unprivileged { folder, program };
        set_mode(unprivileged.program.path(), 0o755);
        unprivileged.own(unprivileged.path());
        unprivileged
    }

    /// The folder.
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// A file or folder in it.
    pub(crate) fn join(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    /// Gives a file to the user.
    pub(crate) fn own(&self, path: &Path) {
        if self.runs_as_root() {
            std::os::unix::fs::chown(path, Some(NOBODY), Some(NOBODY)).expect("root may do so");
        }
    }

    /// Runs `pxc` in the folder and returns its exit code and standard error.
    pub(crate) fn run(&self, arguments: &[&str]) -> (i32, String) {
        self.outcome(Command::new(self.pxc()), arguments)
    }

    /// Like [`run`](Self::run), where the user may have so many threads.
    pub(crate) fn run_with_threads(&self, threads: usize, arguments: &[&str]) -> (i32, String) {
        let mut command = Command::new("prlimit");
        command
            .arg(format!("--nproc={threads}:{threads}"))
            .arg(self.pxc());
        self.outcome(command, arguments)
    }

    fn pxc(&self) -> PathBuf {
        self.program.path().join("pxc")
    }

    fn outcome(&self, mut command: Command, arguments: &[&str]) -> (i32, String) {
        command.current_dir(self.path()).args(arguments);
        if self.runs_as_root() {
            command.uid(NOBODY).gid(NOBODY);
        }
        let output = command.output().expect("the command starts");
        let stderr = String::from_utf8(output.stderr).expect("UTF-8");
        (output.status.code().expect("an exit code"), stderr)
    }

    fn runs_as_root(&self) -> bool {
        self.program.path().metadata().expect("a folder").uid() == 0
    }
}

/// Sets the permissions of a file.
pub(crate) fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).expect("the owner may do so");
}
