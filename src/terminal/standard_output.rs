//! Standard output, for data only: libraries that print do not reach it.

use std::fs::{File, Metadata};
use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

/// Standard output after [`reserve`].
static RESERVED: OnceLock<File> = OnceLock::new();

/// Whether the caller of pxc closed standard output (`>&-`). What is written is lost then: before `main`, Rust opens
/// `/dev/null` in its place.
static WAS_CLOSED: AtomicBool = AtomicBool::new(false);

#[cfg(unix)]
#[allow(unsafe_code)]
mod start {
    use std::sync::atomic::Ordering;

    use nix::libc::{F_GETFD, STDOUT_FILENO, c_int, fcntl};

    // SAFETY: the linker expects pointers to functions like this one in the section, which the system calls once, with
    // one thread, before Rust's runtime begins.
    #[used]
    #[cfg_attr(not(target_vendor = "apple"), unsafe(link_section = ".init_array"))]
    #[cfg_attr(
        target_vendor = "apple",
        unsafe(link_section = "__DATA,__mod_init_func")
    )]
    static LOOK: extern "C" fn() = look;

    extern "C" fn look() {
        // SAFETY: any number may be asked for; one without a file is an error.
        let flags: c_int = unsafe { fcntl(STDOUT_FILENO, F_GETFD) };
        super::WAS_CLOSED.store(flags == -1, Ordering::Relaxed);
    }
}

/// Fails if there is no standard output.
pub(crate) fn check() -> io::Result<()> {
    match WAS_CLOSED.load(Ordering::Relaxed) {
        true => Err(io::Error::other(
            "cannot be written: standard output is closed",
        )),
        false => Ok(()),
    }
}

/// Reserves standard output for [`write()`]: from here on, what other code prints is discarded (preflate-rs 0.7 prints
/// what it could not match). Call it before there are threads. Does nothing on systems without file descriptors.
#[cfg(unix)]
pub(crate) fn reserve() -> io::Result<()> {
    use std::fs::OpenOptions;
    use std::os::fd::AsFd;

    let data = io::stdout().as_fd().try_clone_to_owned()?;
    match OpenOptions::new().write(true).open("/dev/null") {
        Ok(null) => nix::unistd::dup2_stdout(null)?,
        Err(_) => nix::unistd::dup2_stdout(io::stderr())?,
    }
    RESERVED.get_or_init(|| data.into());
    Ok(())
}

#[cfg(not(unix))]
pub(crate) fn reserve() -> io::Result<()> {
    Ok(())
}

/// Writes to standard output.
pub(crate) fn write(bytes: &[u8]) -> io::Result<()> {
    StandardOutput.write_all(bytes)?;
    StandardOutput.flush()
}

/// Standard output as a writer.
pub(crate) struct StandardOutput;

impl Write for StandardOutput {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        check()?;
        match RESERVED.get() {
            Some(mut reserved) => reserved.write(bytes),
            None => io::stdout().write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match RESERVED.get() {
            Some(mut reserved) => reserved.flush(),
            None => io::stdout().flush(),
        }
    }
}

/// What the system reports about standard output.
pub(crate) fn metadata() -> io::Result<Metadata> {
    match RESERVED.get() {
        Some(reserved) => reserved.metadata(),
        None => Path::new("/dev/stdout").metadata(),
    }
}

/// Whether a path leads to standard output, over a symbolic link or as a device. `false` after [`reserve`] for links to
/// the descriptor.
#[cfg(unix)]
pub(crate) fn is_behind(path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;

    let key = |found: &Metadata| (found.dev(), found.ino());
    let is_file = |found: Metadata| found.is_file() || found.is_dir();
    // A file to which standard output is redirected counts as a file under its own name.
    match path.symlink_metadata().map(is_file) {
        Ok(false) => matches!((path.metadata(), metadata()), (Ok(a), Ok(b)) if key(&a) == key(&b)),
        Ok(true) | Err(_) => false,
    }
}

#[cfg(not(unix))]
pub(crate) fn is_behind(_: &Path) -> bool {
    false
}

/// Whether standard output is a terminal.
pub(crate) fn is_terminal() -> bool {
    RESERVED
        .get()
        .map_or_else(|| io::stdout().is_terminal(), File::is_terminal)
}
