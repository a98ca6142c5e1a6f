//! Classic zlib in C, through the crate `libz-sys`. The only unsafe code of this crate.
#![allow(
    unsafe_code,
    reason = "no safe crate passes strategy and memory level to classic zlib"
)]

use std::mem::MaybeUninit;
use std::ptr;

use libz_sys::{
    Z_DEFLATED, Z_FINISH, Z_NO_FLUSH, Z_OK, Z_STREAM_END, deflate, deflateEnd, deflateInit2_,
    z_stream, zlibVersion,
};

use crate::exact::known::encoder::Parameters;

/// A raw deflate stream in the making.
pub(crate) struct Zlib(Box<MaybeUninit<z_stream>>);

/// What a step did.
pub(crate) struct Step {
    pub(crate) read: usize,
    pub(crate) written: usize,
    pub(crate) is_done: bool,
}

impl Zlib {
    /// `None` if memory runs out.
    pub(crate) fn new(parameters: Parameters) -> Option<Zlib> {
        let mut stream: Box<MaybeUninit<z_stream>> = Box::new(MaybeUninit::zeroed());
        // SAFETY: zlib wants a stream whose input and allocators are null, which zeros are; it returns an error for parameters that it
        // does not take. The stream stays where it is, in its box, since zlib's state points back to it.
        let code = unsafe {
            deflateInit2_(
                stream.as_mut_ptr(),
                parameters.level.into(),
                Z_DEFLATED,
                -i32::from(parameters.window_bits),
                parameters.memory_level.into(),
                parameters.strategy as i32,
                zlibVersion(),
                size_of::<z_stream>() as i32,
            )
        };
        (code == Z_OK).then_some(Zlib(stream))
    }

    /// Compresses; `finish` says that no more than `input` follows. `None` is an error.
    pub(crate) fn step(&mut self, input: &[u8], output: &mut [u8], finish: bool) -> Option<Step> {
        let flush = if finish { Z_FINISH } else { Z_NO_FLUSH };
        let (give, room) = (clamped(input.len()), clamped(output.len()));
        let stream = self.0.as_mut_ptr();
        // SAFETY: `new` initialised the stream. Both slices outlive the call, zlib only reads the first, and the lengths are at most
        // theirs. Afterwards the pointers are null again.
        let (code, left, room_left) = unsafe {
            (*stream).next_in = input.as_ptr().cast_mut();
            (*stream).avail_in = give;
            (*stream).next_out = output.as_mut_ptr();
            (*stream).avail_out = room;
            let code = deflate(stream, flush);
            let left = ((*stream).avail_in, (*stream).avail_out);
            (*stream).next_in = ptr::null_mut();
            (*stream).next_out = ptr::null_mut();
            (code, left.0, left.1)
        };
        let step = Step {
            read: (give - left) as usize,
            written: (room - room_left) as usize,
            is_done: code == Z_STREAM_END,
        };
        matches!(code, Z_OK | Z_STREAM_END).then_some(step)
    }
}

impl Drop for Zlib {
    fn drop(&mut self) {
        // SAFETY: `new` initialised the stream, and nothing uses it afterwards.
        unsafe {
            deflateEnd(self.0.as_mut_ptr());
        }
    }
}

fn clamped(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
