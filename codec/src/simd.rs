//! The instructions a processor has beyond those of its architecture's baseline, found once and passed on as a proof.
//!
//! In: nothing. Out: an [`InstructionSet`], and plain loops compiled for it. The bytes of a file never depend on it
//! (`docs/format.md`, *Numeric contract*): wider instructions give the same integers, only faster.
//!
//! Plain loops go through [`InstructionSet::run`]. Code written with intrinsics takes an [`Avx2`], whose existence
//! proves that the processor has AVX2.

/// The instructions that code may use.
///
/// [`Portable`](InstructionSet::Portable) is always available, AVX2 only where [`detect`](InstructionSet::detect) found
/// it:
///
/// ```
/// use pxc_codec::simd::InstructionSet;
///
/// let sum = |set: InstructionSet| set.run(#[inline(always)] || (1..=100_u32).sum::<u32>());
/// assert_eq!(sum(InstructionSet::Portable), sum(InstructionSet::detect()));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InstructionSet {
    /// Those that every processor of the architecture has.
    Portable,
    /// AVX2 as well.
    Avx2(Avx2),
}

/// Proof that this processor has AVX2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Avx2(());

impl InstructionSet {
    /// The widest instructions that this processor has.
    #[inline]
    pub fn detect() -> InstructionSet {
        #[cfg(target_arch = "x86_64")]
        if std::arch::is_x86_feature_detected!("avx2") {
            return InstructionSet::Avx2(Avx2(()));
        }
        InstructionSet::Portable
    }

    /// Runs `work`, compiled for these instructions.
    ///
    /// Only what is inlined into `work` gets them: mark the closure and the functions it calls `#[inline(always)]`. The
    /// results are the same as without, also those of floats, since the compiler neither reorders nor fuses their
    /// operations.
    #[inline(always)]
    #[allow(unsafe_code)]
    pub fn run<T>(self, work: impl FnOnce() -> T) -> T {
        match self {
            InstructionSet::Portable => work(),
            #[cfg(target_arch = "x86_64")]
            // SAFETY: an `Avx2` exists only where AVX2, the one feature needed, was detected.
            InstructionSet::Avx2(Avx2(())) => unsafe { run_avx2(work) },
            #[cfg(not(target_arch = "x86_64"))]
            InstructionSet::Avx2(Avx2(())) => work(),
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn run_avx2<T>(work: impl FnOnce() -> T) -> T {
    work()
}
