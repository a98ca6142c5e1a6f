//! What is said on the standard error: lines, above the progress bar if there is one. What goes to the standard output.

use std::fmt::{self, Display};
use std::io::{self, Write};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use indicatif::ProgressBar;
use pxc_runtime::{Image, Times};

use crate::error::{Error, Place};

static BAR: Mutex<Option<ProgressBar>> = Mutex::new(None);

/// Puts further lines above a bar.
pub(crate) fn speak_above(bar: Option<ProgressBar>) {
    *BAR.lock().unwrap_or_else(PoisonError::into_inner) = bar;
}

/// Writes a line to the standard error. If that is closed there is nobody to tell.
pub(crate) fn say(line: impl Display) {
    let write = || drop(writeln!(io::stderr().lock(), "{line}"));
    match &*BAR.lock().unwrap_or_else(PoisonError::into_inner) {
        Some(bar) => bar.suspend(write),
        None => write(),
    }
}

/// Writes the result of a command to the standard output.
pub(crate) fn print(text: impl AsRef<[u8]>) -> Result<(), Error> {
    io::stdout()
        .lock()
        .write_all(text.as_ref())
        .map_err(|source| Error::Write {
            place: Place::Standard,
            source,
        })
}

/// A number of things, in words.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Counted(pub(crate) usize, pub(crate) &'static str);

impl Display for Counted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = if self.0 == 1 { "" } else { "s" };
        write!(f, "{} {}{plural}", self.0, self.1)
    }
}

/// Size of an image and of its file.
pub(crate) struct Sizes {
    samples: usize,
    file: usize,
}

impl Sizes {
    /// `file` is the whole .pxc file in bytes.
    pub(crate) fn new(image: &Image, file: usize) -> Sizes {
        Sizes {
            samples: image.samples().len(),
            file,
        }
    }
}

impl Sizes {
    /// Bytes of samples.
    pub(crate) fn samples(&self) -> usize {
        self.samples
    }
}

impl Display for Sizes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bits = self.file as f64 * 8.0 / self.samples as f64;
        write!(
            f,
            "{} samples, {} bytes, {bits:.3} bits per sub-pixel",
            self.samples, self.file
        )
    }
}

/// Speed and where the time went. The parts are summed over threads.
pub(crate) struct Speed {
    /// Samples of the image, in bytes.
    pub(crate) samples: usize,
    /// From reading the input to having the output.
    pub(crate) elapsed: Duration,
    /// The parts.
    pub(crate) times: Times,
}

impl Display for Speed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.elapsed.as_secs_f64();
        let Times {
            network,
            frequencies,
            entropy_coder,
            rest,
            ..
        } = self.times;
        write!(
            f,
            "{seconds:.3} s, {:.2} MB/s; network {:.3} s, frequencies {:.3} s, entropy coder {:.3} s, rest {:.3} s",
            self.samples as f64 / 1e6 / seconds.max(1e-9),
            network.as_secs_f64(),
            frequencies.as_secs_f64(),
            entropy_coder.as_secs_f64(),
            rest.as_secs_f64()
        )
    }
}
