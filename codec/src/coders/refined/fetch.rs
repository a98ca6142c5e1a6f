//! Asks for memory that will soon be needed.

/// Asks for the cache lines at every `step` elements. Does nothing on machines whose instruction for it is not known here.
#[inline(always)]
#[allow(unsafe_code)]
pub(super) fn fetch<T>(elements: &[T], step: usize) {
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
