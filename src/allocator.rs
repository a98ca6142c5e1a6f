//! The system's allocator. When it has no more memory, the process does not abort: it removes its unfinished outputs,
//! says what happened, and exits with 2.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::io::{Write, stderr};
use std::process;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use crate::exit_code::ExitCode;
use crate::files::unfinished;

struct Allocator;

#[global_allocator]
static ALLOCATOR: Allocator = Allocator;

/// Whether [`exit_without_memory`] was called.
static IS_READY: AtomicBool = AtomicBool::new(false);
/// Whether a thread ends the process.
static IS_ENDING: AtomicBool = AtomicBool::new(false);

thread_local! {
    /// Whether this thread ends the process.
    static ENDS: Cell<bool> = const { Cell::new(false) };
}

/// From here on, a failed allocation ends the process in good order. Without this call it aborts.
pub(crate) fn exit_without_memory() {
    IS_READY.store(true, Ordering::Relaxed);
}

#[allow(unsafe_code)]
// SAFETY: each method is that of the system's allocator, with the same arguments. It returns the same, or not at all.
unsafe impl GlobalAlloc for Allocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller vouches for the same.
        given(unsafe { System.alloc(layout) }, layout.size())
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller vouches for the same.
        given(unsafe { System.alloc_zeroed(layout) }, layout.size())
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller vouches for the same.
        given(unsafe { System.realloc(block, layout, size) }, size)
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the caller vouches for the same.
        unsafe { System.dealloc(block, layout) }
    }
}

#[inline]
fn given(block: *mut u8, bytes: usize) -> *mut u8 {
    if block.is_null() {
        refused(bytes);
    }
    block
}

/// Ends the process. Returns if it is not ready for that, or memory is missing even for the end: then it aborts.
#[cold]
fn refused(bytes: usize) {
    if !IS_READY.load(Ordering::Relaxed) || ENDS.get() {
        return;
    }
    if IS_ENDING.swap(true, Ordering::Relaxed) {
        loop {
            thread::sleep(Duration::from_secs(1));
        }
    }
    ENDS.set(true);
    unfinished::remove_now();
    let advice =
        "fewer --threads and --jobs need less; a lower --max-memory refuses large files before";
    // A closed pipe changes nothing.
    let _ = writeln!(
        stderr().lock(),
        "out of memory: the system refused {bytes} bytes; unfinished outputs were removed ({advice})"
    );
    process::exit(ExitCode::Other as i32)
}
