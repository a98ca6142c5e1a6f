//! The choices of a call from C: a structure of zeros, or a null pointer, means the defaults.

use std::ffi::{CStr, c_char, c_void};
use std::ops::ControlFlow;

use pxc_runtime::{CompressOptions, Effort, ExactChoice, Limits, Progress, is_path};

use crate::status::Failure;

/// For PxcOptions.effort: as good as in reasonable time.
pub const PXC_EFFORT_DEFAULT: u8 = 0;
/// For PxcOptions.effort: about half the time, and larger files.
pub const PXC_EFFORT_FAST: u8 = 1;
/// For PxcOptions.effort: smaller files, in a multiple of the time.
pub const PXC_EFFORT_MAX: u8 = 2;

/// For PxcOptions.exact: keeps the file byte for byte, or else its pixels and metadata. Fails if neither is possible
/// without loss.
pub const PXC_EXACT_PREFER: u8 = 0;
/// For PxcOptions.exact: keeps the file byte for byte, or fails.
pub const PXC_EXACT_REQUIRE: u8 = 1;
/// For PxcOptions.exact: keeps pixels and metadata, and drops metadata that .pxc files do not hold. Accepts files with
/// lossy compression.
pub const PXC_EXACT_NEVER: u8 = 2;

/// Called from the working threads, also from several at once, with the pixels that are finished and the pixels of the
/// image. A result other than 0 stops the work with PXC_STATUS_CANCELLED. Must not call longjmp or throw.
pub type PxcProgress =
    Option<unsafe extern "C" fn(user: *mut c_void, done: u64, total: u64) -> i32>;

/// Choices of a call. Zeros mean the defaults.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct PxcOptions {
    /// Most pixels of an image; 0 means 2^28.
    pub max_pixels: u64,
    /// Most bytes that decoding may take; 0 means 2^31.
    pub max_memory: u64,
    /// Most bytes of metadata; 0 means 2^26.
    pub max_metadata: u64,
    /// Most multiplications of the model: its multiplications for a pixel times the pixels; 0 means 2^46.
    pub max_work: u64,
    /// Threads; 0 means one per core.
    pub threads: u32,
    /// For pxc_compress and pxc_compress_file: the trade-off between time and size, PXC_EFFORT_DEFAULT,
    /// PXC_EFFORT_FAST or PXC_EFFORT_MAX.
    pub effort: u8,
    /// For pxc_compress_file: PXC_EXACT_PREFER, PXC_EXACT_REQUIRE or PXC_EXACT_NEVER.
    pub exact: u8,
    /// For pxc_compress and pxc_compress_file: a model's name or id of 16 hexadecimal digits, ended by a zero byte.
    /// NULL means the default model for the image. Paths are refused: pxc_engine_add_model takes the bytes of a file.
    pub model: *const c_char,
    /// For pxc_compress: writes no preview. Without this, images of more than 2^20 pixels have one.
    pub no_preview: bool,
    /// Called with the progress of the work; NULL for none.
    pub progress: PxcProgress,
    /// Passed to `progress`. It is used from several threads.
    pub progress_user: *mut c_void,
}

impl Default for PxcOptions {
    fn default() -> PxcOptions {
        PxcOptions {
            max_pixels: 0,
            max_memory: 0,
            max_metadata: 0,
            max_work: 0,
            threads: 0,
            effort: PXC_EFFORT_DEFAULT,
            exact: PXC_EXACT_PREFER,
            model: std::ptr::null(),
            no_preview: false,
            progress: None,
            progress_user: std::ptr::null_mut(),
        }
    }
}

impl PxcOptions {
    pub(crate) fn limits(&self) -> Limits {
        let or_default = |value: u64, default: u64| if value == 0 { default } else { value };
        let defaults = Limits::default();
        defaults
            .with_max_pixels(or_default(self.max_pixels, defaults.max_pixels))
            .with_max_memory(or_default(self.max_memory, defaults.max_memory))
            .with_max_metadata(or_default(self.max_metadata, defaults.max_metadata))
            .with_max_work(or_default(self.max_work, defaults.max_work))
    }

    pub(crate) fn exact(&self) -> Result<ExactChoice, Failure> {
        match self.exact {
            PXC_EXACT_PREFER => Ok(ExactChoice::Prefer),
            PXC_EXACT_REQUIRE => Ok(ExactChoice::Require),
            PXC_EXACT_NEVER => Ok(ExactChoice::Never),
            found => Err(Failure::argument(format!(
                "exact: expected 0 to 2, found {found}"
            ))),
        }
    }

    fn effort(&self) -> Result<Effort, Failure> {
        match self.effort {
            PXC_EFFORT_DEFAULT => Ok(Effort::Default),
            PXC_EFFORT_FAST => Ok(Effort::Fast),
            PXC_EFFORT_MAX => Ok(Effort::Max),
            found => Err(Failure::argument(format!(
                "effort: expected 0 to 2, found {found}"
            ))),
        }
    }

    /// The choices for compression, without the callback.
    ///
    /// # Safety
    /// `model` is null or a string ended by a zero byte that outlives the result.
    pub(crate) unsafe fn compression<'a>(&self) -> Result<CompressOptions<'a>, Failure> {
        // SAFETY: the caller's promise.
        let model = unsafe { self.model() }?;
        Ok(CompressOptions::default()
            .with_model(model)
            .with_effort(self.effort()?)
            .with_no_preview(self.no_preview)
            .with_limits(self.limits())
            .with_threads(self.threads as usize))
    }

    /// The model's name.
    ///
    /// # Safety
    /// `model` is null or a string ended by a zero byte that outlives the result.
    unsafe fn model<'a>(&self) -> Result<Option<&'a str>, Failure> {
        if self.model.is_null() {
            return Ok(None);
        }
        // SAFETY: the caller's promise.
        let name = unsafe { CStr::from_ptr(self.model) };
        let name = name
            .to_str()
            .map_err(|_| Failure::argument("model: the name is not UTF-8"))?;
        if is_path(name) {
            let message =
                "model: expected a name or an id, found a path: pxc_engine_add_model takes files";
            return Err(Failure::argument(message));
        }
        Ok(Some(name))
    }

    /// A callback for the runtime that calls the one from C.
    ///
    /// # Safety
    /// `progress` may be called with `progress_user` from any thread.
    pub(crate) unsafe fn progress(&self) -> impl Fn(Progress) -> ControlFlow<()> + Sync + use<> {
        let listener = Listener {
            call: self.progress,
            user: self.progress_user,
        };
        move |progress| listener.tell(progress)
    }
}

/// The options, or the defaults for a null pointer.
///
/// # Safety
/// `options` is null or points to options.
pub(crate) unsafe fn choices(options: *const PxcOptions) -> PxcOptions {
    // SAFETY: the caller's promise.
    unsafe { options.as_ref() }.copied().unwrap_or_default()
}

struct Listener {
    call: PxcProgress,
    user: *mut c_void,
}

// SAFETY: the header asks for a callback that may be called from several threads at once.
unsafe impl Sync for Listener {}

impl Listener {
    fn tell(&self, progress: Progress) -> ControlFlow<()> {
        let Some(call) = self.call else {
            return ControlFlow::Continue(());
        };
        // SAFETY: the promise of `PxcOptions::progress`.
        match unsafe { call(self.user, progress.done, progress.total) } {
            0 => ControlFlow::Continue(()),
            _ => ControlFlow::Break(()),
        }
    }
}
