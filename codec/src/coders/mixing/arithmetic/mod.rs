//! The arithmetic of counters and mixer, sixteen numbers at a time: in plain loops and, with equal results, with AVX2.

pub(crate) mod plain;
#[cfg(target_arch = "x86_64")]
pub(crate) mod avx2;
