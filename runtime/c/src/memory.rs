//! Memory that the library gives to C, and takes back.

use crate::status::{Failure, PxcStatus};

/// Frees bytes that a function has allocated. NULL is legal.
///
/// # Safety
/// `file` is NULL, or was written to a `uint8_t **` by a function of this library and was not freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pxc_free(file: *mut u8) {
    // SAFETY: the caller's promise: it was made by `allocated`.
    unsafe { libc::free(file.cast()) };
}

/// Gives the caller a copy of some bytes, which [`pxc_free`] frees, and their number.
///
/// # Safety
/// `pointer` and `count` point to memory for their results.
pub(crate) unsafe fn give(
    bytes: &[u8],
    pointer: *mut *mut u8,
    count: *mut usize,
) -> Result<(), Failure> {
    let copy = allocated(bytes)?;
    // SAFETY: the caller's promise.
    unsafe {
        pointer.write(copy);
        count.write(bytes.len());
    }
    Ok(())
}

/// A copy in memory that [`pxc_free`] frees.
pub(crate) fn allocated(bytes: &[u8]) -> Result<*mut u8, Failure> {
    // SAFETY: any size is legal; 1 keeps the result of an empty copy apart from a failure.
    let copy = unsafe { libc::malloc(bytes.len().max(1)) }.cast::<u8>();
    if copy.is_null() {
        return Err(Failure {
            status: PxcStatus::Io,
            message: format!("cannot allocate {} bytes", bytes.len()),
        });
    }
    // SAFETY: the memory is new and has that many bytes.
    unsafe { copy.copy_from_nonoverlapping(bytes.as_ptr(), bytes.len()) };
    Ok(copy)
}
