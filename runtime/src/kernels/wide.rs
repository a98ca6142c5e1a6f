//! Plain loops compiled for wide vectors where the processor has them.

/// What `work` gives, compiled for AVX2 if the processor has it. Only what is inlined into `work` gets wider; the numbers are the
/// same, for the compiler joins no operations of floats.
#[inline(always)]
#[allow(unsafe_code)]
pub(crate) fn wide<T>(work: impl FnOnce() -> T) -> T {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2") {
        // SAFETY: AVX2, the one feature needed, was just found.
        return unsafe { avx2(work) };
    }
    work()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn avx2<T>(work: impl FnOnce() -> T) -> T {
    work()
}
