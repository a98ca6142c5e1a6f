//! A PNG file bit by bit: what a .pxc file must carry besides pixels and metadata, so that the very bytes come back
//! (`docs/format.md`, *Exact PNG files*).
//!
//! In: the bytes of a PNG file and its picture. Out: a chunk `pnGx`, and from it the bytes again.

use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use pxc_codec::container::varint;
use pxc_runtime::{Image, Limits, MetadataChunk};

use crate::deflate_stream::{self, Stretches};
use crate::formats::Source;
use crate::picture::Picture;
use crate::png_reader::{PNG_SIGNATURE, PngChunk, is_kept, png_chunks};
use crate::png_rows::Rows;
use crate::png_writer::write_chunk;

/// The chunk of a .pxc file.
pub(crate) const TAG: [u8; 4] = *b"pnGx";

const DIGEST_BYTES: usize = 8;
/// Most bytes of a file besides its compressed pixels.
const LARGEST_FRAME: u64 = 1 << 28;

/// A chunk as it is.
const LITERAL: u8 = 1;
/// The next chunk of metadata.
const METADATA: u8 = 2;
/// A piece of the compressed pixels.
const PIXELS: u8 = 3;

/// The description that a .pxc file's chunks have, if there is one.
pub(crate) fn find(chunks: &[MetadataChunk]) -> Option<&[u8]> {
    let mut chunks = chunks.iter().filter(|chunk| chunk.tag == TAG);
    chunks.next().map(|chunk| chunk.data.as_slice())
}

/// Why the bytes of a file cannot be made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RebuildError {
    /// The description is not one that [`describe`] makes.
    #[error("{0}")]
    Damaged(String),
    /// The deflate stream takes more memory than is allowed.
    #[error("max_memory limit: allowed {allowed}, its deflate stream takes more")]
    Memory {
        /// `--max-memory`.
        allowed: u64,
    },
    /// The deflate stream takes more time than its plain bytes explain.
    #[error("time limit: allowed {seconds} seconds, its deflate stream takes more")]
    Time {
        /// What was allowed.
        seconds: u64,
    },
    /// The process in which the deflate stream is made failed.
    #[error("the process for its deflate stream: {0}")]
    Process(String),
}

impl RebuildError {
    /// The corrections lead to no deflate stream.
    pub(crate) fn not_made() -> RebuildError {
        "its deflate stream cannot be made again".into()
    }

    /// They lead to one that no writer describes.
    pub(crate) fn too_long() -> RebuildError {
        "its deflate stream is much longer than its rows".into()
    }

    /// Whether the description is to blame.
    pub(crate) fn is_bad_data(&self) -> bool {
        matches!(self, RebuildError::Damaged(_))
    }
}

impl From<String> for RebuildError {
    fn from(reason: String) -> RebuildError {
        RebuildError::Damaged(reason)
    }
}

impl From<&str> for RebuildError {
    fn from(reason: &str) -> RebuildError {
        RebuildError::Damaged(reason.into())
    }
}

/// Describes a file, and makes sure that [`rebuild`] returns its bytes; or says why it cannot be described.
pub(crate) fn describe(
    bytes: &[u8],
    picture: &Picture,
    limits: &Limits,
) -> Result<MetadataChunk, String> {
    if picture.source != Source::Png {
        return Err("it is not a PNG file".into());
    }
    let frame = Frame::of(bytes)?;
    let zlib: Vec<u8> = frame
        .chunks
        .iter()
        .flat_map(|chunk| chunk.pixels())
        .copied()
        .collect();
    let (head, deflate) = zlib
        .split_at_checked(2)
        .ok_or("its compressed pixels are missing")?;
    let rows = Rows::new(
        picture.image.width(),
        picture.image.height(),
        picture.image.format(),
        frame.interlaced(),
    );
    let predicted = deflate_stream::predict(deflate, rows.bytes())
        .map_err(|reason| format!("its deflate stream cannot be predicted ({reason:?})"))?;
    let filters = rows
        .filters(&predicted.plain)
        .ok_or("its rows have another length than the header says")?;

    let mut out = blake3::hash(bytes).as_bytes()[..DIGEST_BYTES].to_vec();
    let tail = &deflate[predicted.length..];
    let body = frame.write(head, tail, &filters);
    let mut packed = DeflateEncoder::new(Vec::new(), Compression::best());
    let packed = packed.write_all(&body).and_then(|()| packed.finish());
    let packed = packed.map_err(|error| error.to_string())?;
    varint::write(&mut out, packed.len() as u64);
    out.extend_from_slice(&packed);
    out.extend_from_slice(&predicted.stretches);

    let rebuilt = rebuild(
        &out,
        &picture.image,
        &picture.metadata,
        limits,
        deflate_stream::make_trusted,
    );
    if rebuilt.map_err(|error| error.to_string())? != bytes {
        return Err("its bytes did not come back".into());
    }
    Ok(MetadataChunk {
        tag: TAG,
        data: out,
    })
}

/// The bytes of the file, checked against their digest; or what is wrong with the description. `make` makes the deflate stream.
pub(crate) fn rebuild(
    description: &[u8],
    image: &Image,
    chunks: &[MetadataChunk],
    limits: &Limits,
    make: impl FnOnce(Stretches<'_>) -> Result<Vec<u8>, RebuildError>,
) -> Result<Vec<u8>, RebuildError> {
    let mut reader = Bytes(description);
    let digest = reader.take(DIGEST_BYTES)?;
    let packed = reader.block()?;
    let stretches = reader.0;
    let mut body = Vec::new();
    DeflateDecoder::new(packed)
        .take(LARGEST_FRAME.min(limits.max_memory))
        .read_to_end(&mut body)
        .map_err(|error| error.to_string())?;

    let mut reader = Bytes(&body);
    let is_interlaced = reader.byte()? != 0;
    let (head, tail, filters) = (reader.block()?, reader.block()?, reader.block()?);
    let rows = Rows::new(image.width(), image.height(), image.format(), is_interlaced);
    let plain = rows
        .filtered(image, filters)
        .ok_or("the number of rows or a filter is wrong")?;
    let deflate = make(Stretches::new(&plain, stretches))?;
    let zlib = [head, deflate.as_slice(), tail].concat();
    let file = assemble(&mut reader, &zlib, chunks)?;
    let found = blake3::hash(&file);
    if found.as_bytes()[..DIGEST_BYTES] != *digest {
        return Err("the digest of the file is another one".into());
    }
    Ok(file)
}

fn assemble(
    reader: &mut Bytes<'_>,
    zlib: &[u8],
    chunks: &[MetadataChunk],
) -> Result<Vec<u8>, String> {
    let mut file = PNG_SIGNATURE.to_vec();
    let mut pixels = Bytes(zlib);
    let mut metadata = chunks.iter().filter(|chunk| is_kept(&chunk.tag));
    let count = reader.number()?;
    for _ in 0..count {
        let written = match reader.byte()? {
            LITERAL => {
                let tag = reader.tag()?;
                write_chunk(&mut file, tag, reader.block()?)
            }
            METADATA => {
                let chunk = metadata.next().ok_or("a metadata chunk is missing")?;
                write_chunk(&mut file, chunk.tag, &chunk.data)
            }
            PIXELS => {
                let length = reader.number()?;
                write_chunk(&mut file, *b"IDAT", pixels.take(length)?)
            }
            other => return Err(format!("a piece of kind {other}")),
        };
        written.map_err(|error| error.to_string())?;
    }
    file.extend_from_slice(reader.0);
    Ok(file)
}

/// The chunks of a file, `IEND` included, and what stands behind them.
struct Frame<'a> {
    chunks: Vec<PngChunk<'a>>,
    trailing: &'a [u8],
}

impl<'a> Frame<'a> {
    fn of(bytes: &'a [u8]) -> Result<Frame<'a>, String> {
        let mut chunks = Vec::new();
        let mut end = PNG_SIGNATURE.len();
        for chunk in png_chunks(bytes) {
            end = chunk.end;
            let is_last = chunk.tag == *b"IEND";
            chunks.push(chunk);
            if is_last {
                break;
            }
        }
        let trailing = bytes.get(end..).ok_or("it is truncated")?;
        Ok(Frame { chunks, trailing })
    }

    fn interlaced(&self) -> bool {
        let header = self.chunks.first();
        header.is_some_and(|chunk| chunk.data.get(12) == Some(&1))
    }

    fn write(&self, head: &[u8], tail: &[u8], filters: &[u8]) -> Vec<u8> {
        let mut out = vec![self.interlaced().into()];
        for block in [head, tail, filters] {
            write_block(&mut out, block);
        }
        varint::write(&mut out, self.chunks.len() as u64);
        for chunk in &self.chunks {
            match &chunk.tag {
                b"IDAT" => {
                    out.push(PIXELS);
                    varint::write(&mut out, chunk.data.len() as u64);
                }
                tag if is_kept(tag) => out.push(METADATA),
                tag => {
                    out.push(LITERAL);
                    out.extend_from_slice(tag);
                    write_block(&mut out, chunk.data);
                }
            }
        }
        out.extend_from_slice(self.trailing);
        out
    }
}

impl PngChunk<'_> {
    fn pixels(&self) -> &[u8] {
        if self.tag == *b"IDAT" { self.data } else { &[] }
    }
}

fn write_block(out: &mut Vec<u8>, block: &[u8]) {
    varint::write(out, block.len() as u64);
    out.extend_from_slice(block);
}

/// Bytes that are still to be read.
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], String> {
        let found = self.0.len();
        let (taken, rest) = self
            .0
            .split_at_checked(count)
            .ok_or_else(|| format!("expected {count} bytes, found {found}"))?;
        self.0 = rest;
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8, String> {
        self.take(1).map(|bytes| bytes[0])
    }

    fn tag(&mut self) -> Result<[u8; 4], String> {
        let tag = self.take(4)?;
        Ok([tag[0], tag[1], tag[2], tag[3]])
    }

    fn number(&mut self) -> Result<usize, String> {
        let number = varint::read(&mut self.0).and_then(|number| usize::try_from(number).ok());
        number.ok_or_else(|| "a number is not legal".into())
    }

    fn block(&mut self) -> Result<&'a [u8], String> {
        let length = self.number()?;
        self.take(length)
    }
}
