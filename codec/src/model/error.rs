//! What goes wrong in a model.

use std::fmt;

/// Why a model cannot be found, prepared or evaluated: the error of whoever implements
/// [`Predictor`](crate::Predictor) or looks for one.
///
/// Displays like that error, and has its sources. [`downcast`](PredictorError::downcast) returns the error itself.
#[derive(Debug)]
pub struct PredictorError {
    source: Box<dyn std::error::Error + Send + Sync>,
}

impl PredictorError {
    /// Wraps an error, or a message.
    pub fn new(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> PredictorError {
        PredictorError {
            source: source.into(),
        }
    }

    /// The wrapped error when it has that type; else this error, unchanged.
    pub fn downcast<E: std::error::Error + 'static>(self) -> Result<E, PredictorError> {
        let found = self.source.downcast::<E>();
        found.map_or_else(|source| Err(PredictorError { source }), |error| Ok(*error))
    }
}

impl fmt::Display for PredictorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.source, f)
    }
}

impl std::error::Error for PredictorError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.source()
    }
}

/// Errors with the same message are equal.
impl PartialEq for PredictorError {
    fn eq(&self, other: &PredictorError) -> bool {
        self.to_string() == other.to_string()
    }
}

impl Eq for PredictorError {}
