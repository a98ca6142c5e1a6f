//! What a function returns: a status, and a message that [`pxc_error_message`](crate::pxc_error_message) repeats.

use std::cell::RefCell;
use std::ffi::{CString, c_char};

use pxc_runtime::{ErrorKind, full_message};

/// The outcome of a call. Everything but PXC_STATUS_OK is a failure: nothing was written to any output, and
/// pxc_error_message says why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub enum PxcStatus {
    /// Done.
    Ok = 0,
    /// The data are damaged or are not what they claim to be.
    BadData = 1,
    /// An argument is wrong: a null pointer, a size that does not fit, an unknown colour type.
    Argument = 2,
    /// The model that the data need was not found.
    MissingModel = 3,
    /// The data or the request are legal, but this version does not support them.
    Unsupported = 4,
    /// A limit would be exceeded.
    Limit = 5,
    /// The progress callback asked to stop.
    Cancelled = 6,
    /// The inference runtime failed.
    Backend = 7,
    /// A file could not be read, or memory for a result could not be allocated.
    Io = 8,
    /// An internal error of the library. The call had no effect.
    Internal = 9,
}

/// A status and its message.
pub(crate) struct Failure {
    pub(crate) status: PxcStatus,
    pub(crate) message: String,
}

impl Failure {
    pub(crate) fn argument(message: impl Into<String>) -> Failure {
        Failure {
            status: PxcStatus::Argument,
            message: message.into(),
        }
    }
}

impl From<pxc_runtime::Error> for Failure {
    fn from(error: pxc_runtime::Error) -> Failure {
        let status = match error.kind() {
            ErrorKind::Argument => PxcStatus::Argument,
            ErrorKind::BadData => PxcStatus::BadData,
            ErrorKind::MissingModel => PxcStatus::MissingModel,
            ErrorKind::Unsupported => PxcStatus::Unsupported,
            ErrorKind::Limit => PxcStatus::Limit,
            ErrorKind::Cancelled => PxcStatus::Cancelled,
            ErrorKind::Backend => PxcStatus::Backend,
            ErrorKind::Io => PxcStatus::Io,
            _ => PxcStatus::Internal,
        };
        Failure {
            status,
            message: full_message(&error),
        }
    }
}

thread_local! {
    static MESSAGE: RefCell<CString> = RefCell::default();
}

/// Keeps the message of this thread's last call.
pub(crate) fn remember(message: String) {
    let mut bytes = message.into_bytes();
    bytes.retain(|&byte| byte != 0);
    let text = CString::new(bytes).unwrap_or_default();
    MESSAGE.with(|kept| *kept.borrow_mut() = text);
}

/// The message of this thread's last call; empty after success. It stays until the thread's next call.
pub(crate) fn remembered() -> *const c_char {
    MESSAGE.with(|kept| kept.borrow().as_ptr())
}
