//! Loads cache lines before they are needed. In: elements in memory. Out: nothing; no result depends on it.

/// Requests the cache lines of every `step`-th element. Does nothing on architectures other than x86-64 and arm64.
#[inline(always)]
pub(crate) fn prefetch<T>(elements: &[T], step: usize) {
    for element in elements.iter().step_by(step) {
        request(element);
    }
}

#[cfg(target_arch = "x86_64")]
#[inline(always)]
#[allow(unsafe_code)]
fn request<T>(element: &T) {
    use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
    // SAFETY: a prefetch reads nothing; SSE, which it needs, is part of x86-64.
    unsafe { _mm_prefetch::<_MM_HINT_T0>(std::ptr::from_ref(element).cast()) };
}

#[cfg(target_arch = "aarch64")]
#[inline(always)]
#[allow(unsafe_code)]
fn request<T>(element: &T) {
    // SAFETY: a prefetch reads nothing, and every arm64 processor has it. Its intrinsic is not stable.
    unsafe {
        std::arch::asm!(
            "prfm pldl1keep, [{}]",
            in(reg) element,
            options(nostack, preserves_flags, readonly)
        );
    }
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
#[inline(always)]
fn request<T>(_: &T) {}
