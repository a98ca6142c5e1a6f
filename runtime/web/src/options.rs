//! The options of a call, as the runtime has them.

use pxc_runtime::{CompressOptions, Effort, Limits};

use crate::failure::{Failure, Result};

/// One thread: WebAssembly has no others here.
const THREADS: usize = 1;

/// The options of a call that compresses.
pub(crate) fn compress_options(
    effort: Option<&str>,
    max_pixels: Option<f64>,
) -> Result<CompressOptions<'static>> {
    let effort = match effort {
        None | Some("default") => Effort::Default,
        Some("fast") => Effort::Fast,
        Some("max") => Effort::Max,
        Some(other) => {
            let message = format!("effort {other:?}: expected \"fast\", \"default\" or \"max\"");
            return Err(Failure::argument(&message));
        }
    };
    Ok(CompressOptions::default()
        .with_effort(effort)
        .with_limits(limits(max_pixels))
        .with_threads(THREADS))
}

/// The default limits, with another number of pixels.
pub(crate) fn limits(max_pixels: Option<f64>) -> Limits {
    let limits = Limits::default();
    match max_pixels {
        Some(pixels) => limits.with_max_pixels(pixels as u64),
        None => limits,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn efforts_have_names() {
        let effort = |name| compress_options(name, None).map(|options| options.effort);
        assert_eq!(effort(None).unwrap(), Effort::Default);
        assert_eq!(effort(Some("fast")).unwrap(), Effort::Fast);
        assert_eq!(effort(Some("max")).unwrap(), Effort::Max);
        assert!(effort(Some("most")).is_err());
    }
}
