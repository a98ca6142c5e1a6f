//! Errors as JavaScript sees them: an `Error` with a property `kind`.

use js_sys::{Error, Reflect};
use pxc_runtime::{CodecError, ErrorKind, full_message};
use wasm_bindgen::JsValue;

/// A result whose error JavaScript can catch.
pub(crate) type Result<T> = std::result::Result<T, Failure>;

/// Why something was not done.
#[derive(Debug)]
pub struct Failure {
    kind: ErrorKind,
    message: String,
}

impl Failure {
    /// A mistake of the caller.
    pub(crate) fn argument(message: &str) -> Failure {
        Failure {
            kind: ErrorKind::Argument,
            message: message.to_owned(),
        }
    }

    /// A file of which only the first image could be kept.
    pub(crate) fn several_images(dropped: &[String]) -> Failure {
        let dropped = dropped.join(", ");
        Failure {
            kind: ErrorKind::Unsupported,
            message: format!("the file has more than one image; these would be lost: {dropped}"),
        }
    }
}

impl From<pxc_runtime::Error> for Failure {
    fn from(error: pxc_runtime::Error) -> Failure {
        Failure {
            kind: error.kind(),
            message: full_message(&error),
        }
    }
}

impl From<CodecError> for Failure {
    fn from(error: CodecError) -> Failure {
        pxc_runtime::Error::from(error).into()
    }
}

impl From<pxc_picture::Error> for Failure {
    fn from(error: pxc_picture::Error) -> Failure {
        Failure {
            kind: error.kind(),
            message: full_message(&error),
        }
    }
}

impl From<Failure> for JsValue {
    fn from(failure: Failure) -> JsValue {
        let error = Error::new(&failure.message);
        // Fails only for objects that are frozen.
        let _ = Reflect::set(&error, &"kind".into(), &failure.kind.name().into());
        error.into()
    }
}
