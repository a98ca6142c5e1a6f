//! What is said on the standard error: one line per file, a progress bar on long work. What `info` and `models` print.

use std::fmt::{self, Display};
use std::io::{self, IsTerminal, Write};
use std::ops::ControlFlow;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use pxc_runtime::{Image, Progress, Times};

use crate::arguments::MessageArguments;
use crate::error::{Error, Place};

/// Work that is shorter shows no progress bar.
const LONG: Duration = Duration::from_secs(1);

/// Writes a line to the standard error. If that is closed there is nobody to tell.
pub(crate) fn say(line: impl Display) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// Writes the result of a command to the standard output.
pub(crate) fn print(text: &str) -> Result<(), Error> {
    io::stdout()
        .lock()
        .write_all(text.as_bytes())
        .map_err(|source| Error::Write {
            place: Place::Standard,
            source,
        })
}

/// A progress bar for one file; shows itself when the work turns out to be long and somebody may see it.
pub(crate) struct Meter {
    name: String,
    visible: bool,
    begin: Instant,
    bar: OnceLock<ProgressBar>,
}

impl Meter {
    /// A meter for `place`, starting now.
    pub(crate) fn new(place: &Place, messages: MessageArguments) -> Meter {
        Meter {
            name: place.to_string(),
            visible: !messages.quiet && !messages.no_progress && io::stderr().is_terminal(),
            begin: Instant::now(),
            bar: OnceLock::new(),
        }
    }

    /// Takes note of progress; never stops the work.
    pub(crate) fn advance(&self, progress: Progress) -> ControlFlow<()> {
        if self.visible && self.begin.elapsed() > LONG {
            let bar = self.bar.get_or_init(|| self.show(progress.total));
            bar.set_position(progress.done);
        }
        ControlFlow::Continue(())
    }

    fn show(&self, total: u64) -> ProgressBar {
        let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr());
        let template = "{msg} {wide_bar} {percent:>3} % {eta:>4}";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.set_message(self.name.clone());
        bar
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        if let Some(bar) = self.bar.get() {
            bar.finish_and_clear();
        }
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
