//! Reads the beginning of a file, before the whole of it.

use std::fs::File;
use std::io::{self, Read};

use crate::files::location::{Location, is_special};

/// A file that is read as far as it is needed.
pub(crate) struct Beginning {
    file: File,
    bytes: Vec<u8>,
}

impl Beginning {
    /// Opens a file. `None` for what can be read only once: standard input, a pipe, a device.
    pub(crate) fn open(location: &Location) -> io::Result<Option<Beginning>> {
        match location {
            Location::File(path) if !is_special(path) => Ok(Some(Beginning {
                file: File::open(path)?,
                bytes: Vec::new(),
            })),
            _ => Ok(None),
        }
    }

    /// Reads the first `most` bytes, or all if there are fewer; returns more if they have been read already.
    pub(crate) fn read(&mut self, most: u64) -> io::Result<&[u8]> {
        let missing = most.saturating_sub(self.bytes.len() as u64);
        self.file
            .by_ref()
            .take(missing)
            .read_to_end(&mut self.bytes)?;
        Ok(&self.bytes)
    }
}
