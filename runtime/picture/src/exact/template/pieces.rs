//! A file as pieces: literal bytes, and copies of stretches of the rendered samples.
//!
//! Stored by column: the number of copies; for each, the length of the literal bytes before it, how far it begins from
//! the end of the copy before (zigzag), its length; then all literal bytes.

use pxc_codec::container::varint;

use crate::error::{Error, Result};
use crate::exact::bytes::Bytes;

/// The fewest equal bytes for which a copy pays.
const LEAST_COPY: usize = 16;

/// A stretch of a file that should be a stretch of the rendered samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SampleCopy {
    /// Where it begins in the file.
    pub(crate) file: usize,
    /// Where it begins in the rendered samples.
    pub(crate) rendered: usize,
    /// Its length in bytes.
    pub(crate) length: usize,
}

/// Writes the pieces of `file`. `matches` are in the order of the file.
pub(crate) fn write(file: &[u8], rendered: &[u8], matches: &[SampleCopy]) -> Vec<u8> {
    let (mut copies, mut literals, mut at) = (Vec::new(), Vec::new(), 0);
    let (mut count, mut before) = (0u64, 0);
    for copy in matches
        .iter()
        .flat_map(|found| equal(file, rendered, *found))
    {
        if copy.file < at {
            continue;
        }
        varint::write(&mut copies, (copy.file - at) as u64);
        let step = copy.rendered as i64 - before as i64;
        varint::write(&mut copies, (step << 1 ^ step >> 63) as u64);
        varint::write(&mut copies, copy.length as u64);
        literals.extend_from_slice(&file[at..copy.file]);
        at = copy.file + copy.length;
        before = copy.rendered + copy.length;
        count += 1;
    }
    literals.extend_from_slice(&file[at..]);
    let mut out = Vec::new();
    varint::write(&mut out, count);
    out.extend(copies);
    out.extend(literals);
    out
}

/// The equal stretches of a match.
fn equal(file: &[u8], rendered: &[u8], found: SampleCopy) -> Vec<SampleCopy> {
    let (mut copies, mut start) = (Vec::new(), 0);
    let file_part = file.get(found.file..).unwrap_or_default();
    let rendered_part = rendered.get(found.rendered..).unwrap_or_default();
    let length = found.length.min(file_part.len()).min(rendered_part.len());
    for at in 0..=length {
        if at < length && file_part[at] == rendered_part[at] {
            continue;
        }
        if at - start >= LEAST_COPY || (start == 0 && at == length && at > 0) {
            copies.push(SampleCopy {
                file: found.file + start,
                rendered: found.rendered + start,
                length: at - start,
            });
        }
        start = at + 1;
    }
    copies
}

/// Reads the file. All copies together have no more bytes than `rendered`.
pub(crate) fn read(pieces: &[u8], rendered: &[u8]) -> Result<Vec<u8>> {
    let mut reader = Bytes(pieces);
    let count = reader.number()?;
    let mut copies = Bytes(reader.0);
    for _ in 0..count.saturating_mul(3) {
        reader.number()?;
    }
    let mut file = Vec::new();
    let (mut end, mut left) = (0i64, rendered.len());
    for _ in 0..count {
        let (literals, step) = (copies.number()?, copies.number()? as u64);
        let length = copies.number()?;
        file.extend_from_slice(reader.take(literals)?);
        let start = end.checked_add((step >> 1) as i64 ^ -((step & 1) as i64));
        let copy = start
            .and_then(|start| usize::try_from(start).ok())
            .and_then(|start| rendered.get(start..start.checked_add(length)?))
            .filter(|copy| copy.len() <= left)
            .ok_or_else(|| Error::description("a copy is not in the samples"))?;
        file.extend_from_slice(copy);
        left -= length;
        end = start.unwrap_or_default() + length as i64;
    }
    file.extend_from_slice(reader.0);
    Ok(file)
}
