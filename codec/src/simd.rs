//! The instructions that a processor has beyond its architecture's baseline, detected once and passed on as a proof.
//!
//! In: nothing. Out: an [`InstructionSet`], and plain loops compiled for it. The bytes of a file never depend on it
//! (`docs/format.md`, *Numeric contract*): wider instructions give the same integers, only faster.
//!
//! Plain loops go through [`InstructionSet::run`]. Code written with intrinsics takes an [`Avx2`], an [`Avx512`] or a
//! [`Neon`], whose existence proves that the processor has these instructions.

/// The instructions that code may use.
///
/// [`Portable`](InstructionSet::Portable) is always available, the others only where
/// [`detect`](InstructionSet::detect) found them:
///
/// ```
/// use pxc_codec::simd::InstructionSet;
///
/// let sum = |set: InstructionSet| set.run(#[inline(always)] || (1..=100_u32).sum::<u32>());
/// assert_eq!(sum(InstructionSet::Portable), sum(InstructionSet::detect()));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InstructionSet {
    /// Only the instructions that every processor of the architecture has.
    Portable,
    /// These, and AVX2.
    Avx2(Avx2),
    /// These, AVX2, and AVX-512 with its instructions for bytes and for vectors of 128 and 256 bits.
    Avx512(Avx512),
    /// NEON, which almost every arm64 processor has.
    Neon(Neon),
}

/// Proof that this processor has AVX2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Avx2(());

/// Proof that this processor has AVX-512F, BW, VL and VBMI, and AVX2.
///
/// VBMI is not used; processors that have it are not slowed down by vectors of 512 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Avx512(());

/// Proof that this processor has NEON and stores low bytes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Neon(());

impl InstructionSet {
    /// The widest instructions that this processor has.
    #[inline]
    pub fn detect() -> InstructionSet {
        #[cfg(target_arch = "x86_64")]
        if std::arch::is_x86_feature_detected!("avx2") {
            let has_avx512 = std::arch::is_x86_feature_detected!("avx512f")
                && std::arch::is_x86_feature_detected!("avx512bw")
                && std::arch::is_x86_feature_detected!("avx512vl")
                && std::arch::is_x86_feature_detected!("avx512vbmi");
            return match has_avx512 {
                true => InstructionSet::Avx512(Avx512(())),
                false => InstructionSet::Avx2(Avx2(())),
            };
        }
        #[cfg(all(target_arch = "aarch64", target_endian = "little"))]
        if std::arch::is_aarch64_feature_detected!("neon") {
            return InstructionSet::Neon(Neon(()));
        }
        InstructionSet::Portable
    }

    /// All instruction sets that this processor has; the widest come last.
    pub fn all_detected() -> impl Iterator<Item = InstructionSet> {
        let widest = InstructionSet::detect();
        let narrower = [
            Some(InstructionSet::Portable),
            widest.avx2().map(InstructionSet::Avx2),
        ];
        let narrower = narrower.into_iter().flatten();
        narrower.filter(move |&set| set != widest).chain([widest])
    }

    /// The proof of AVX2, where it may be used.
    #[inline(always)]
    pub fn avx2(self) -> Option<Avx2> {
        match self {
            InstructionSet::Portable | InstructionSet::Neon(_) => None,
            InstructionSet::Avx2(avx2) => Some(avx2),
            InstructionSet::Avx512(Avx512(())) => Some(Avx2(())),
        }
    }

    /// Runs `work`, compiled for these instructions, but at most AVX2: loops over sixteen lanes are no faster with
    /// vectors of 512 bits, whose loads and stores cross lines of the cache more often.
    ///
    /// Only what is inlined into `work` gets them: mark the closure and the functions it calls `#[inline(always)]`. The
    /// results are the same as without, also those of floats, since the compiler neither reorders nor fuses their
    /// operations.
    #[inline(always)]
    #[allow(unsafe_code)]
    pub fn run<T>(self, work: impl FnOnce() -> T) -> T {
        match self {
            InstructionSet::Portable | InstructionSet::Neon(_) => work(),
            #[cfg(target_arch = "x86_64")]
            // SAFETY: both exist only where AVX2, the one feature needed, was detected.
            InstructionSet::Avx2(_) | InstructionSet::Avx512(_) => unsafe { run_avx2(work) },
            #[cfg(not(target_arch = "x86_64"))]
            InstructionSet::Avx2(_) | InstructionSet::Avx512(_) => work(),
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn run_avx2<T>(work: impl FnOnce() -> T) -> T {
    work()
}
