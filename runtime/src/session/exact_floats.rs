//! The floating-point environment in which float32 is exact (`docs/model.md`, *Operators*): rounding to nearest, and no
//! flushing of subnormal numbers.
//!
//! In: the environment that the caller's program has set. Out: a guard that restores it. Threads that are started in
//! the meantime inherit the exact environment.

#![allow(unsafe_code)] // The control register is only reached by instructions.

use std::marker::PhantomData;

/// While it lives, its thread calculates in the exact environment.
pub(crate) struct ExactFloats {
    /// The caller's environment, if it was different.
    found: Option<register::Control>,
    /// The environment belongs to the thread.
    _not_send: PhantomData<*const ()>,
}

impl ExactFloats {
    /// Begins exact calculation on this thread.
    pub(crate) fn begin() -> ExactFloats {
        let found = register::read();
        let differs = !register::is_exact(found);
        if differs {
            register::write(register::EXACT);
        }
        ExactFloats {
            found: differs.then_some(found),
            _not_send: PhantomData,
        }
    }
}

impl Drop for ExactFloats {
    fn drop(&mut self) {
        if let Some(found) = self.found {
            register::write(found);
        }
    }
}

/// x86-64: the register MXCSR.
#[cfg(target_arch = "x86_64")]
mod register {
    use std::arch::asm;

    pub(super) type Control = u32;

    /// All exceptions masked, rounding to nearest.
    pub(super) const EXACT: Control = 0x1f80;
    /// The flags of exceptions, which every operation may set.
    const FLAGS: Control = 0x3f;

    pub(super) fn is_exact(control: Control) -> bool {
        control & !FLAGS == EXACT
    }

    pub(super) fn read() -> Control {
        let mut control = 0;
        // SAFETY: writes 4 bytes to a place of 4 bytes.
        unsafe { asm!("stmxcsr [{}]", in(reg) &raw mut control, options(nostack)) };
        control
    }

    pub(super) fn write(control: Control) {
        // SAFETY: reads 4 bytes, whose reserved bits are 0: they are EXACT or were read.
        unsafe { asm!("ldmxcsr [{}]", in(reg) &raw const control, options(nostack)) };
    }
}

/// AArch64: the register FPCR.
#[cfg(target_arch = "aarch64")]
mod register {
    use std::arch::asm;

    pub(super) type Control = u64;

    pub(super) const EXACT: Control = 0;

    pub(super) fn is_exact(control: Control) -> bool {
        control == EXACT
    }

    pub(super) fn read() -> Control {
        let control;
        // SAFETY: reads a register that every program may read.
        unsafe { asm!("mrs {}, fpcr", out(reg) control, options(nostack)) };
        control
    }

    pub(super) fn write(control: Control) {
        // SAFETY: the value is EXACT or was read.
        unsafe { asm!("msr fpcr, {}", in(reg) control, options(nostack)) };
    }
}

/// Other processors: the environment stays as it is.
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
mod register {
    pub(super) type Control = ();

    pub(super) const EXACT: Control = ();

    pub(super) fn is_exact((): Control) -> bool {
        true
    }

    pub(super) fn read() -> Control {}

    pub(super) fn write((): Control) {}
}
