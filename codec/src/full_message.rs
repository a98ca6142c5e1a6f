//! Turns an error into the line that people read: its message and those of its sources.

use std::error::Error;

/// The message of an error and of all its sources, with colons between them.
///
/// The errors of all pxc crates leave their sources out of their own messages. Errors of other crates may repeat their
/// sources; this function removes such repetitions.
pub fn full_message(error: &dyn Error) -> String {
    let mut message = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        let cause = error.to_string();
        if !message.ends_with(&cause) {
            message = format!("{message}: {cause}");
        }
        source = error.source();
    }
    message
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;
    use crate::model::error::PredictorError;
    use crate::model::id::ModelId;

    /// An error of another crate, whose message repeats its source.
    #[derive(Debug, thiserror::Error)]
    #[error("backend: {0}")]
    struct Backend(#[source] io::Error);

    #[test]
    fn sources_are_said_once() {
        let disk = Backend(io::Error::other("disk on fire"));
        let error = crate::Error::Predictor {
            id: ModelId([0xab; 8]),
            source: PredictorError::new(disk),
        };
        let said = "model abababababababab cannot be used: backend: disk on fire";
        assert_eq!(full_message(&error), said);
    }

    #[test]
    fn the_error_of_a_predictor_keeps_its_source() {
        let error = PredictorError::new(Backend(io::ErrorKind::NotFound.into()));
        let source = error.source().and_then(|source| source.downcast_ref());
        assert_eq!(source.map(io::Error::kind), Some(io::ErrorKind::NotFound));
        let found: Result<Backend, PredictorError> = error.downcast();
        assert!(found.is_ok());
    }
}
