//! Asks the system to keep tables in large pages. In: tables. Out: nothing; no result depends on it.
//!
//! A table of some MiB that is read here and there has more small pages than a processor keeps the addresses of.

/// Bytes of the smallest pages.
#[cfg(target_os = "linux")]
const SMALL_PAGE: usize = 4096;

/// Asks for large pages for a table that has not been used yet. Does nothing on systems other than Linux.
#[allow(unsafe_code)]
pub(crate) fn ask_for_large_pages<T>(table: &mut [T]) {
    #[cfg(target_os = "linux")]
    {
        let bytes = size_of_val(table);
        let start = table.as_mut_ptr().cast::<u8>();
        let skipped = start.addr().next_multiple_of(SMALL_PAGE) - start.addr();
        let whole = bytes.saturating_sub(skipped) / SMALL_PAGE * SMALL_PAGE;
        if whole > 0 {
            // SAFETY: all these bytes are the table's, and advice leaves what is in them.
            unsafe { libc::madvise(start.add(skipped).cast(), whole, libc::MADV_HUGEPAGE) };
        }
    }
    #[cfg(not(target_os = "linux"))]
    let _ = table;
}
