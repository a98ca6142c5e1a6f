//! Loads cache lines before they are needed. In: elements in memory. Out: nothing; no result depends on it.

/// Requests the cache lines of every `step`-th element. Does nothing on architectures other than x86-64.
#[inline(always)]
#[allow(unsafe_code)]
pub(crate) fn prefetch<T>(elements: &[T], step: usize) {
    #[cfg(target_arch = "x86_64")]
    for line in elements.iter().step_by(step) {
        // SAFETY: a prefetch reads nothing; SSE, which it needs, is part of x86-64.
        unsafe {
            use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
            _mm_prefetch::<_MM_HINT_T0>(std::ptr::from_ref(line).cast());
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (elements, step);
}
