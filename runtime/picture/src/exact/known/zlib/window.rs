//! The part of the input that zlib has in its window.

use crate::exact::known::zlib::matches::AHEAD;

/// The part of an input that is in zlib's memory: twice the window.
pub(crate) struct Window {
    size: usize,
    /// Bytes of the whole input.
    input: usize,
    /// Where the memory begins in the input, and where what it holds ends.
    start: usize,
    end: usize,
}

impl Window {
    pub(crate) fn new(bits: u8, input: usize) -> Window {
        Window {
            size: 1 << bits,
            input,
            start: 0,
            end: 0,
        }
    }

    /// Moves to `position`, where zlib wants to have `ahead` bytes: it reads on if it has fewer.
    pub(crate) fn fill(&mut self, position: usize, ahead: usize) {
        if self.end - position < ahead {
            if position - self.start >= 2 * self.size - AHEAD {
                self.start += self.size;
            }
            self.end = self.input.min(self.start + 2 * self.size);
        }
    }

    /// Whether a byte of the past is still there.
    pub(crate) fn holds(&self, position: usize) -> bool {
        position >= self.start
    }
}
