//! Plain text and corrections → the deflate stream, by preflate-rs.

use std::io::Cursor;

use preflate_rs::{ExitCode, PreflateError, RecreateStreamProcessor};

use crate::error::{Error, Result};
use crate::exact::stretches::{Stretch, Stretches};
use pxc_jpeg::guarded::guarded;

/// Makes the stretches of one deflate stream, in order.
///
/// **Hostile corrections can keep it busy for ever and take all memory.**
pub struct Recreator(RecreateStreamProcessor);

impl Default for Recreator {
    fn default() -> Recreator {
        Recreator::new()
    }
}

impl Recreator {
    /// Starts a stream.
    pub fn new() -> Recreator {
        Recreator(RecreateStreamProcessor::new())
    }

    /// Makes the bytes of the next stretch.
    pub fn make(&mut self, stretch: Stretch<'_>) -> Result<Vec<u8>> {
        let Stretch { text, corrections } = stretch;
        match preflate(|| self.0.recompress(&mut Cursor::new(text), corrections)) {
            Ok((made, _)) => Ok(made),
            Err(ExitCode::OutOfMemory) => Err(Error::DeflateMemory),
            Err(_) => Err(Error::DeflateCorrections),
        }
    }
}

/// Makes a whole stream in this process. Only for descriptions from a trusted source.
pub fn recreate_trusted(stretches: Stretches<'_>) -> Result<Vec<u8>> {
    let max_bytes = stretches.max_stream_bytes();
    let mut recreator = Recreator::new();
    let mut deflate = Vec::new();
    for stretch in stretches {
        let made = recreator.make(stretch?)?;
        deflate.extend_from_slice(&made);
        if deflate.len() > max_bytes {
            return Err(Error::DeflateLength);
        }
    }
    Ok(deflate)
}

/// Runs preflate-rs. Keeps only the code of its errors: their messages have several lines and name its own source
/// files.
pub(crate) fn preflate<T>(
    work: impl FnOnce() -> std::result::Result<T, PreflateError>,
) -> std::result::Result<T, ExitCode> {
    match guarded(work) {
        Ok(result) => result.map_err(|error| error.exit_code()),
        Err(_) => Err(ExitCode::AssertionFailure),
    }
}
