//! Why a component could not be decoded: its bytes are wrong, or the work around it failed.

use crate::entropy::bit_coder::InvalidStream;
use crate::error::Error;

/// Why a component could not be decoded.
pub(crate) enum Failure {
    /// What is wrong with the bytes.
    Content(&'static str),
    /// The model failed, or the work was cancelled.
    Error(Error),
}

impl From<InvalidStream> for Failure {
    fn from(invalid: InvalidStream) -> Failure {
        Failure::Content(invalid.problem())
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        Failure::Error(error)
    }
}
