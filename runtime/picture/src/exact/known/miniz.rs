//! miniz_oxide, called as the crate `flate2` calls it for the crate `png`.

use miniz_oxide::MZFlush;
use miniz_oxide::deflate::core::{CompressorOxide, create_comp_flags_from_zip_params};
use miniz_oxide::deflate::stream::deflate;

/// Bytes of the buffer of `flate2`.
const BUFFER: usize = 1 << 15;
/// The window that makes miniz_oxide omit zlib's header and checksum.
const RAW: i32 = -15;

/// A raw deflate stream in the making.
pub(crate) struct Miniz {
    compressor: CompressorOxide,
    buffer: Vec<u8>,
    filled: usize,
}

/// Takes bytes and says whether to go on.
type Take<'a> = &'a mut dyn FnMut(&[u8]) -> bool;

impl Miniz {
    pub(crate) fn new(level: u8) -> Miniz {
        let flags = create_comp_flags_from_zip_params(level.into(), RAW, 0);
        Miniz {
            compressor: CompressorOxide::new(flags),
            buffer: vec![0; BUFFER],
            filled: 0,
        }
    }

    /// Compresses the pieces; `is_flushed` says that a flush follows them. `None` if `take` says no.
    pub(crate) fn make<'a>(
        mut self,
        pieces: impl Iterator<Item = &'a [u8]>,
        is_flushed: bool,
        take: Take<'_>,
    ) -> Option<()> {
        for mut piece in pieces {
            while !piece.is_empty() {
                self.empty(take)?;
                piece = &piece[self.call(piece, MZFlush::None)..];
            }
        }
        if is_flushed {
            self.call(&[], MZFlush::Sync);
            self.drain(MZFlush::None, take)?;
        }
        self.drain(MZFlush::Finish, take)
    }

    /// Returns the number of bytes that it read. What does not fit into the buffer stays in the compressor.
    fn call(&mut self, input: &[u8], flush: MZFlush) -> usize {
        let room = &mut self.buffer[self.filled..];
        let result = deflate(&mut self.compressor, input, room, flush);
        self.filled += result.bytes_written;
        result.bytes_consumed
    }

    fn drain(&mut self, flush: MZFlush, take: Take<'_>) -> Option<()> {
        loop {
            self.empty(take)?;
            self.call(&[], flush);
            if self.filled == 0 {
                return Some(());
            }
        }
    }

    fn empty(&mut self, take: Take<'_>) -> Option<()> {
        let is_taken = self.filled == 0 || take(&self.buffer[..self.filled]);
        self.filled = 0;
        is_taken.then_some(())
    }
}
