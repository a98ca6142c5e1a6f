//! Arguments that choose the model, what runs it, and the number of threads.

use std::path::PathBuf;

use clap::Args;
use pxc_runtime::Limits;

use crate::arguments::choices::BackendChoice;
use crate::arguments::limits::{LimitArguments, count};

/// Which model runs, and on what.
#[derive(Debug, Args)]
pub(crate) struct CodingArguments {
    /// Model: a name or id from `pxc models`, or an .onnx file [default: by image format; a .pxc file names its own]
    #[arg(short, long, value_name = "M")]
    pub(crate) model: Option<String>,
    /// What runs the model; the output does not depend on it
    #[arg(short, long, value_name = "B", default_value = "auto")]
    pub(crate) backend: BackendChoice,
    /// ONNX Runtime's shared library [default: ORT_DYLIB_PATH, then the usual places]
    #[arg(long, value_name = "PATH")]
    pub(crate) onnxruntime_lib: Option<PathBuf>,
    /// Number of threads; the output does not depend on it [default: one per core]
    #[arg(short = 'T', long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) threads: Option<u16>,
    /// Give up on a file after N seconds
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) max_time: Option<u32>,
    #[command(flatten)]
    pub(crate) limits: LimitArguments,
    /// Refuse images for which the model needs more than N multiplications; same suffixes [default: 65536G]
    #[arg(long, value_name = "N", value_parser = count)]
    pub(crate) max_work: Option<u64>,
}

impl CodingArguments {
    /// The limits with defaults filled in.
    pub(crate) fn limits(&self) -> Limits {
        let limits = self.limits.limits();
        limits.with_max_work(self.max_work.unwrap_or(limits.max_work))
    }

    /// `--threads`; 0 means one per core.
    pub(crate) fn threads(&self) -> usize {
        self.threads.map_or(0, usize::from)
    }
}
