//! Converts errors of the runtime to Python exceptions.

use pxc_runtime::{Error, full_message};
use pyo3::prelude::*;

pyo3::create_exception!(
    pxc,
    PxcError,
    pyo3::exceptions::PyValueError,
    "Why an image could not be compressed or decompressed; `kind` is one of 'argument', 'bad data', 'missing model', \
     'unsupported', 'limit', 'cancelled', 'backend' and 'io'."
);

/// The exception of a wrong argument.
pub(crate) fn refused(py: Python<'_>, message: String) -> PyErr {
    of_kind(py, message, "argument")
}

/// The exception of an error.
pub(crate) fn failure(py: Python<'_>, error: &Error) -> PyErr {
    of_kind(py, full_message(error), error.kind().name())
}

fn of_kind(py: Python<'_>, message: String, kind: &str) -> PyErr {
    let failure = PxcError::new_err(message);
    match failure.value(py).setattr("kind", kind) {
        Ok(()) => failure,
        Err(other) => other,
    }
}
