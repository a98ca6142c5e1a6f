//! Streams that may be longer than a caller allows.

use std::io::{self, Read};

/// Reads all bytes of a stream; `None` if it has more than `most`.
pub(crate) fn read_whole(stream: impl Read, most: u64) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    stream
        .take(most.saturating_add(1))
        .read_to_end(&mut bytes)?;
    Ok((bytes.len() as u64 <= most).then_some(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_stream_is_cut() {
        for (most, expected) in [(4, None), (5, Some(5)), (u64::MAX, Some(5))] {
            let found = read_whole(&b"bytes"[..], most).expect("memory");
            assert_eq!(found.map(|bytes| bytes.len()), expected);
        }
    }
}
