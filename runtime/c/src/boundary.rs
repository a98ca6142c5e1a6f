//! The boundary between C and Rust: panics are caught, pointers and sizes are checked before they are used.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::status::{Failure, PxcStatus, remember};

/// Runs a call. A failure or a panic becomes a status, and its message is stored for the thread.
pub(crate) fn guarded(call: impl FnOnce() -> Result<(), Failure>) -> PxcStatus {
    // A call that panics has written nothing through the caller's pointers, and the engine's locks ignore poison.
    let outcome = catch_unwind(AssertUnwindSafe(call)).unwrap_or_else(|panic| Err(fault(&*panic)));
    match outcome {
        Ok(()) => {
            remember(String::new());
            PxcStatus::Ok
        }
        Err(failure) => {
            remember(failure.message);
            failure.status
        }
    }
}

fn fault(panic: &(dyn Any + Send)) -> Failure {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    Failure {
        status: PxcStatus::Internal,
        message: format!("internal error: {}", text.unwrap_or("unknown")),
    }
}

/// The bytes of an argument. A null pointer is legal only if there are none.
///
/// # Safety
/// `pointer` is null or points to `length` bytes that nobody changes while the result is used.
pub(crate) unsafe fn bytes<'a>(
    name: &str,
    pointer: *const u8,
    length: usize,
) -> Result<&'a [u8], Failure> {
    if length == 0 {
        return Ok(&[]);
    }
    check_length(name, pointer.is_null(), length)?;
    // SAFETY: not null, not longer than an object can be, and the caller's promise.
    Ok(unsafe { std::slice::from_raw_parts(pointer, length) })
}

/// The bytes of a result.
///
/// # Safety
/// `pointer` is null or points to `length` bytes that nobody else uses while the result is used.
pub(crate) unsafe fn bytes_mut<'a>(
    name: &str,
    pointer: *mut u8,
    length: usize,
) -> Result<&'a mut [u8], Failure> {
    if length == 0 {
        return Ok(&mut []);
    }
    check_length(name, pointer.is_null(), length)?;
    // SAFETY: not null, not longer than an object can be, and the caller's promise.
    Ok(unsafe { std::slice::from_raw_parts_mut(pointer, length) })
}

fn check_length(name: &str, is_null: bool, length: usize) -> Result<(), Failure> {
    if is_null {
        return Err(Failure::argument(format!(
            "{name}: expected {length} bytes, found NULL"
        )));
    }
    if length > isize::MAX as usize {
        return Err(Failure::argument(format!(
            "{name}: {length} bytes are more than memory can hold"
        )));
    }
    Ok(())
}

/// What a pointer points to.
///
/// # Safety
/// `pointer` is null or points to a `T` that nobody changes while the result is used.
pub(crate) unsafe fn pointee<'a, T>(name: &str, pointer: *const T) -> Result<&'a T, Failure> {
    // SAFETY: the caller's promise.
    unsafe { pointer.as_ref() }.ok_or_else(|| is_null(name))
}

/// Refuses a null pointer.
pub(crate) fn not_null<T>(name: &str, pointer: *mut T) -> Result<*mut T, Failure> {
    if pointer.is_null() {
        return Err(is_null(name));
    }
    Ok(pointer)
}

fn is_null(name: &str) -> Failure {
    Failure::argument(format!("{name}: expected a pointer, found NULL"))
}
