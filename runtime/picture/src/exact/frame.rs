//! The frame of a PNG file: the order of its chunks, the lengths of its `IDAT` chunks, the chunks that are not
//! metadata, and whatever follows `IEND`.

use pxc_codec::container::varint;
use pxc_codec::{Limits, MetadataChunk};

use crate::error::{Error, Result};
use crate::exact::bytes::{Bytes, write_length_prefixed};
use crate::exact::reason::Reason;
use crate::formats::png::chunks::{
    ChunkOrder, PNG_SIGNATURE, PngChunk, is_kept, png_chunks, write_chunk,
};
use crate::formats::png::colors::ColorChunks;

/// Bytes of a chunk besides its data.
const CHUNK_OVERHEAD: usize = 12;

/// A chunk, byte for byte.
const LITERAL: u8 = 1;
/// The next chunk of metadata.
const METADATA: u8 = 2;
/// A piece of the compressed pixels.
const PIXELS: u8 = 3;
/// `PLTE`, which follows from the image and its metadata.
const PALETTE: u8 = 4;
/// `tRNS`, which follows from the image.
const TRANSPARENCY: u8 = 5;

/// The chunks of a file, `IEND` included, and the bytes that follow.
pub(crate) struct PngFrame<'a> {
    chunks: Vec<PngChunk<'a>>,
    trailing: &'a [u8],
}

impl<'a> PngFrame<'a> {
    /// Splits a PNG file.
    pub(crate) fn of(bytes: &'a [u8]) -> Result<PngFrame<'a>> {
        let chunks: Vec<PngChunk<'a>> = png_chunks(bytes).collect();
        let end = chunks.last().map_or(PNG_SIGNATURE.len(), |chunk| chunk.end);
        let trailing = bytes
            .get(end..)
            .ok_or_else(|| Error::not_described(Reason::other("it is truncated")))?;
        Ok(PngFrame { chunks, trailing })
    }

    /// Whether the header says Adam7.
    pub(crate) fn is_interlaced(&self) -> bool {
        let header = self.chunks.first();
        header.is_some_and(|chunk| chunk.data.get(12) == Some(&1))
    }

    /// The compressed pixels: a zlib stream.
    pub(crate) fn zlib(&self) -> Vec<u8> {
        let pieces = self.chunks.iter().filter(|chunk| chunk.tag == *b"IDAT");
        let pieces: Vec<&[u8]> = pieces.map(|chunk| chunk.data).collect();
        pieces.concat()
    }

    /// Appends what [`assemble`] reads, given the same colors.
    pub(crate) fn write(&self, colors: &ColorChunks, out: &mut Vec<u8>) {
        let is = |data: &Option<Vec<u8>>, chunk: &PngChunk<'_>| data.as_deref() == Some(chunk.data);
        let order = ChunkOrder::of(&self.chunks);
        varint::write(out, self.chunks.len() as u64);
        for chunk in &self.chunks {
            match &chunk.tag {
                b"IDAT" => {
                    out.push(PIXELS);
                    varint::write(out, chunk.data.len() as u64);
                }
                b"PLTE" if is(&colors.palette, chunk) => out.push(PALETTE),
                b"tRNS" if is(&colors.transparency, chunk) => out.push(TRANSPARENCY),
                _ if order.keep(chunk) => out.push(METADATA),
                tag => {
                    out.push(LITERAL);
                    out.extend_from_slice(tag);
                    write_length_prefixed(out, chunk.data);
                }
            }
        }
        out.extend_from_slice(self.trailing);
    }
}

/// Assembles the file from this frame, the compressed pixels, the colours and the metadata. Its bytes count as memory:
/// a frame of two bytes for a piece of pixels makes a chunk of twelve.
pub(crate) fn assemble(
    frame: &[u8],
    zlib: &[u8],
    colors: &ColorChunks,
    metadata: &[MetadataChunk],
    limits: &Limits,
) -> Result<Vec<u8>> {
    let mut bytes = PNG_SIGNATURE.len();
    let trailing = each_chunk(frame, zlib, colors, metadata, |_, data| {
        bytes = bytes.saturating_add(CHUNK_OVERHEAD + data.len());
        Ok(())
    })?;
    bytes = bytes.saturating_add(trailing.len());
    limits.reserve(bytes as u64).map_err(Error::limit)?;
    let mut file = Vec::with_capacity(bytes);
    file.extend_from_slice(&PNG_SIGNATURE);
    each_chunk(frame, zlib, colors, metadata, |tag, data| {
        write_chunk(&mut file, tag, data)
            .map_err(|source| Error::description_part("a chunk", source))
    })?;
    file.extend_from_slice(trailing);
    Ok(file)
}

/// Calls `chunk` with the tag and the data of each chunk. Returns what follows the chunks.
fn each_chunk<'a>(
    frame: &'a [u8],
    zlib: &[u8],
    colors: &ColorChunks,
    metadata: &[MetadataChunk],
    mut chunk: impl FnMut([u8; 4], &[u8]) -> Result<()>,
) -> Result<&'a [u8]> {
    let mut reader = Bytes(frame);
    let mut pixels = Bytes(zlib);
    let mut metadata = metadata.iter().filter(|chunk| is_kept(&chunk.tag));
    let count = reader.number()?;
    for _ in 0..count {
        let (tag, data) = match reader.byte()? {
            LITERAL => (reader.tag()?, reader.length_prefixed()?),
            PALETTE => (*b"PLTE", color(&colors.palette)?),
            TRANSPARENCY => (*b"tRNS", color(&colors.transparency)?),
            METADATA => {
                let found = metadata.next();
                let found =
                    found.ok_or_else(|| Error::description("a metadata chunk is missing"))?;
                (found.tag, found.data.as_slice())
            }
            PIXELS => {
                let length = reader.number()?;
                (*b"IDAT", pixels.take(length)?)
            }
            other => return Err(Error::description(format!("a piece of kind {other}"))),
        };
        chunk(tag, data)?;
    }
    Ok(reader.0)
}

fn color(data: &Option<Vec<u8>>) -> Result<&[u8]> {
    let missing = || Error::description("the image has no palette or transparency");
    data.as_deref().ok_or_else(missing)
}

#[cfg(test)]
mod tests {
    use pxc_codec::ErrorKind;

    use super::*;

    /// Two bytes of a frame make twelve of a file.
    #[test]
    fn a_file_counts_before_it_is_made() {
        let mut frame = Vec::new();
        varint::write(&mut frame, 1000);
        frame.extend([PIXELS, 0].repeat(1000));
        frame.extend(b"trailing");
        let assembled = |memory| {
            let limits = Limits::default().with_max_memory(memory);
            assemble(&frame, &[], &ColorChunks::default(), &[], &limits)
        };
        let bytes = 8 + 12_000 + 8;
        assert_eq!(assembled(bytes).expect("enough").len() as u64, bytes);
        let error = assembled(bytes - 1).expect_err("too few");
        assert_eq!(error.kind(), ErrorKind::Limit);
    }
}
