//! Other lossless compressors on the PATH: which ones, with what options, and their results for a PNG file.

use std::ffi::OsStr;
use std::io;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::time::Instant;

use pxc_runtime::{BitDepth, Image};

/// A compressor and its decompressor.
pub(crate) struct Tool {
    /// The name under which results are listed.
    pub(crate) name: &'static str,
    /// The command that compresses, and its arguments; `IN` and `OUT` stand for files.
    pub(crate) compress: &'static [&'static str],
    /// The command that decompresses; `None` if the result is a PNG file.
    decompress: Option<&'static [&'static str]>,
    extension: &'static str,
    /// Whether it keeps 16-bit samples.
    keeps_sixteen_bits: bool,
}

/// The compressors that `bench` knows.
pub(crate) const TOOLS: [Tool; 4] = [
    Tool {
        name: "PNG (oxipng -o 4)",
        compress: &["oxipng", "-q", "-o", "4", "--out", "OUT", "IN"],
        decompress: None,
        extension: "png",
        keeps_sixteen_bits: true,
    },
    Tool {
        name: "WebP (cwebp -z 9)",
        compress: &[
            "cwebp",
            "-quiet",
            "-lossless",
            "-exact",
            "-z",
            "9",
            "IN",
            "-o",
            "OUT",
        ],
        decompress: Some(&["dwebp", "-quiet", "IN", "-o", "OUT"]),
        extension: "webp",
        keeps_sixteen_bits: false,
    },
    Tool {
        name: "JPEG XL (cjxl -e 7)",
        compress: &["cjxl", "--quiet", "-d", "0", "-e", "7", "IN", "OUT"],
        decompress: Some(&["djxl", "--quiet", "IN", "OUT"]),
        extension: "jxl",
        keeps_sixteen_bits: true,
    },
    Tool {
        name: "JPEG XL (cjxl -e 9)",
        compress: &["cjxl", "--quiet", "-d", "0", "-e", "9", "IN", "OUT"],
        decompress: Some(&["djxl", "--quiet", "IN", "OUT"]),
        extension: "jxl",
        keeps_sixteen_bits: true,
    },
];

/// The result of a compressor for an image.
#[derive(Clone, Debug)]
pub(crate) struct Measured {
    /// Bytes of the result.
    pub(crate) bytes: u64,
    /// Seconds of the whole process.
    pub(crate) compress_seconds: f64,
    /// Seconds to decompress, if there is a command for it.
    pub(crate) decompress_seconds: Option<f64>,
}

/// Why a compressor has no result.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ToolError {
    /// The command does not run, or leaves no file.
    #[error("{command}")]
    Run {
        /// The command.
        command: &'static str,
        /// The system's error.
        source: io::Error,
    },
    /// The command fails.
    #[error("{command}: {status}: {said}")]
    Failed {
        /// The command.
        command: &'static str,
        /// Its exit status.
        status: ExitStatus,
        /// The last line of its standard error.
        said: String,
    },
}

impl Tool {
    /// The command that compresses.
    pub(crate) fn command(&self) -> &'static str {
        self.compress.first().copied().unwrap_or_default()
    }

    /// Whether the command is on the PATH.
    pub(crate) fn is_present(&self) -> bool {
        is_on_path(self.command())
    }

    /// Whether the tool is lossless for an image.
    pub(crate) fn suits(&self, image: &Image) -> bool {
        self.keeps_sixteen_bits || image.depth() <= BitDepth::Eight
    }

    /// Compresses a PNG file in `folder`, and decompresses the result if it can.
    pub(crate) fn measure(&self, png: &Path, folder: &Path) -> Result<Measured, ToolError> {
        let coded = folder.join("coded").with_extension(self.extension);
        let compress_seconds = run(self.compress, png, &coded)?;
        let bytes = coded
            .metadata()
            .map_err(|source| ToolError::Run {
                command: self.command(),
                source,
            })?
            .len();
        let back = self.decompress.filter(|command| is_on_path(command[0]));
        let back = back.map(|command| run(command, &coded, &folder.join("decoded.png")));
        Ok(Measured {
            bytes,
            compress_seconds,
            decompress_seconds: back.transpose()?,
        })
    }
}

fn is_on_path(command: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let name = format!("{command}{}", std::env::consts::EXE_SUFFIX);
    std::env::split_paths(&path).any(|folder| folder.join(&name).is_file())
}

/// Runs a command and returns its seconds.
fn run(words: &[&'static str], input: &Path, output: &Path) -> Result<f64, ToolError> {
    let command = words.first().copied().unwrap_or_default();
    let arguments = words.iter().skip(1).map(|argument| match *argument {
        "IN" => input.as_os_str(),
        "OUT" => output.as_os_str(),
        other => OsStr::new(other),
    });
    let begin = Instant::now();
    let done = Command::new(command)
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .map_err(|source| ToolError::Run { command, source })?;
    let seconds = begin.elapsed().as_secs_f64();
    if done.status.success() {
        return Ok(seconds);
    }
    let said = String::from_utf8_lossy(&done.stderr);
    Err(ToolError::Failed {
        command,
        status: done.status,
        said: said.lines().last().unwrap_or_default().to_owned(),
    })
}
