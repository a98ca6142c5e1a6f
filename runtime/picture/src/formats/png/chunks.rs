//! The chunks of a PNG file: splitting a file into them, writing them, and which are metadata.

use std::io::Write;

use crate::error::{Error, Result};
use crate::metadata::is_before_palette;

/// The first eight bytes of a PNG file.
pub(crate) const PNG_SIGNATURE: [u8; 8] = *b"\x89PNG\r\n\x1a\n";

/// Bytes of the checksum after a chunk's data.
const CRC_BYTES: usize = 4;

/// Known ancillary chunks. Colour type, depth and palette are lossless, so even chunks that depend on them keep their
/// meaning.
const KNOWN: [&[u8; 4]; 17] = [
    b"bKGD", b"cHRM", b"cICP", b"cLLI", b"eXIf", b"gAMA", b"hIST", b"iCCP", b"iTXt", b"mDCV",
    b"pHYs", b"sBIT", b"sPLT", b"sRGB", b"tEXt", b"tIME", b"zTXt",
];

/// Chunks that belong to the pixels, to an animation, or to the `.pxc` file itself.
const OWN: [&[u8; 4]; 9] = [
    b"tRNS", b"acTL", b"fcTL", b"fdAT", b"pLTE", b"pnGx", b"fiLx", b"fiEx", b"fiNo",
];

/// `PLTE` as an ancillary chunk: the suggested palette of an RGB image.
pub(crate) const SUGGESTED_PALETTE: [u8; 4] = *b"pLTE";

/// Whether a chunk is metadata to keep: a known chunk, or an unknown one that is safe to copy (PNG's fourth letter).
pub(crate) fn is_kept(tag: &[u8; 4]) -> bool {
    let is_safe_to_copy = tag[0].is_ascii_lowercase()
        && tag.iter().all(u8::is_ascii_alphabetic)
        && tag[3].is_ascii_lowercase();
    !OWN.contains(&tag) && (KNOWN.contains(&tag) || is_safe_to_copy)
}

/// Chunks that may stand behind the pixels.
const ANYWHERE: [&[u8; 4]; 5] = [b"eXIf", b"iTXt", b"tEXt", b"tIME", b"zTXt"];

/// Where a file has its palette and its pixels: PNG says of each chunk whether it comes before or after them. Readers
/// ignore a chunk on the wrong side; moved to the right one it would take effect.
pub(crate) struct ChunkOrder {
    palette: Option<usize>,
    pixels: Option<usize>,
}

impl ChunkOrder {
    /// That of a file.
    pub(crate) fn of(chunks: &[PngChunk<'_>]) -> ChunkOrder {
        let start_of = |tag| {
            let first = chunks.iter().find(|chunk| chunk.tag == tag);
            first.map(|chunk| chunk.start)
        };
        ChunkOrder {
            palette: start_of(*b"PLTE"),
            pixels: start_of(*b"IDAT"),
        }
    }

    /// Whether a chunk is metadata to keep, and where PNG wants it.
    pub(crate) fn keep(&self, chunk: &PngChunk<'_>) -> bool {
        let is_behind = |start: &usize| chunk.start > *start;
        let is_in_order = match &chunk.tag {
            tag if ANYWHERE.contains(&tag) => true,
            _ if self.pixels.as_ref().is_some_and(is_behind) => false,
            tag if is_before_palette(tag) => !self.palette.as_ref().is_some_and(is_behind),
            b"bKGD" | b"hIST" => self.palette.as_ref().is_none_or(is_behind),
            _ => true,
        };
        is_in_order && is_kept(&chunk.tag)
    }
}

/// A chunk of a PNG file.
pub(crate) struct PngChunk<'a> {
    /// Its type.
    pub(crate) tag: [u8; 4],
    /// Its data.
    pub(crate) data: &'a [u8],
    /// Where it begins.
    pub(crate) start: usize,
    /// Where the next one begins.
    pub(crate) end: usize,
}

impl PngChunk<'_> {
    /// Its type, for messages.
    pub(crate) fn name(&self) -> String {
        match self.tag.iter().all(u8::is_ascii_alphabetic) {
            true => String::from_utf8_lossy(&self.tag).into_owned(),
            false => format!("the chunk 0x{:08x}", u32::from_be_bytes(self.tag)),
        }
    }
}

/// All chunks of a file, up to and including `IEND`. Fails if one is truncated or has a wrong checksum.
pub(crate) fn checked_chunks(bytes: &[u8]) -> Result<Vec<PngChunk<'_>>> {
    let mut chunks = Vec::with_capacity(png_chunks(bytes).count());
    chunks.extend(png_chunks(bytes));
    for chunk in &chunks {
        let stored = &bytes[chunk.end - CRC_BYTES..chunk.end];
        let expected = crc32fast::hash(&bytes[chunk.start + 4..chunk.end - CRC_BYTES]);
        if stored != expected.to_be_bytes() {
            return Err(damaged(format!(
                "byte {:#x}: {}: expected the checksum {expected:08x}, found {}",
                chunk.start,
                chunk.name(),
                stored
                    .iter()
                    .map(|byte| format!("{byte:02x}"))
                    .collect::<String>()
            )));
        }
    }
    if chunks.last().is_none_or(|chunk| chunk.tag != *b"IEND") {
        return Err(Error::Truncated { format: "PNG" });
    }
    Ok(chunks)
}

/// The error of a file that does not follow its format.
pub(crate) fn damaged(message: String) -> Error {
    Error::damaged("PNG", message)
}

/// The chunks after the signature, up to and including `IEND`; stops at a truncated one.
pub(crate) fn png_chunks(bytes: &[u8]) -> impl Iterator<Item = PngChunk<'_>> {
    let mut end = PNG_SIGNATURE.len();
    let mut is_last = false;
    std::iter::from_fn(move || {
        let (length, tail) = bytes.get(end..)?.split_first_chunk::<4>()?;
        let (tag, tail) = tail.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        let data = tail.get(..length)?;
        tail.get(length..length + CRC_BYTES)?;
        let start = end;
        end += 8 + length + CRC_BYTES;
        let chunk = PngChunk {
            tag: *tag,
            data,
            start,
            end,
        };
        let is_behind = std::mem::replace(&mut is_last, tag == b"IEND");
        (!is_behind).then_some(chunk)
    })
}

/// Writes a chunk with its checksum.
pub(crate) fn write_chunk(out: &mut impl Write, tag: [u8; 4], data: &[u8]) -> std::io::Result<()> {
    let length = u32::try_from(data.len()).map_err(std::io::Error::other)?;
    let mut checksum = crc32fast::Hasher::new();
    checksum.update(&tag);
    checksum.update(data);
    out.write_all(&length.to_be_bytes())?;
    out.write_all(&tag)?;
    out.write_all(data)?;
    out.write_all(&checksum.finalize().to_be_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_have_places() {
        let file = |tags: &[&[u8; 4]]| {
            let mut file = PNG_SIGNATURE.to_vec();
            for tag in tags {
                write_chunk(&mut file, **tag, b"data").expect("memory");
            }
            file
        };
        let kept = |tags: &[&[u8; 4]]| {
            let file = file(tags);
            let chunks: Vec<PngChunk<'_>> = png_chunks(&file).collect();
            let order = ChunkOrder::of(&chunks);
            let kept = chunks.iter().filter(|chunk| order.keep(chunk));
            kept.map(PngChunk::name).collect::<Vec<_>>()
        };
        let early = kept(&[
            b"IHDR", b"gAMA", b"bKGD", b"PLTE", b"iCCP", b"bKGD", b"pHYs", b"IDAT",
        ]);
        assert_eq!(early, ["gAMA", "bKGD", "pHYs"]);
        let late = kept(&[
            b"IHDR", b"bKGD", b"IDAT", b"gAMA", b"pHYs", b"vpAg", b"tEXt", b"eXIf",
        ]);
        assert_eq!(late, ["bKGD", "tEXt", "eXIf"]);
    }

    #[test]
    fn known_and_safe_chunks_are_kept_and_the_pixels_own_are_not() {
        for tag in [b"bKGD", b"gAMA", b"orNt", b"vpAg"] {
            assert!(is_kept(tag), "{tag:?}");
        }
        for tag in [b"tRNS", b"iDOT", b"IDAT", b"fdAT", b"ab1d"] {
            assert!(!is_kept(tag), "{tag:?}");
        }
    }
}
