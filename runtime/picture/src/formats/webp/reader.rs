//! WebP → [`Picture`]: the chunks of the container, of which the pixels go to a decoder on their own.

use std::ops::Range;

use pxc_codec::{ColorType, Image, Limits, MetadataChunk};

use crate::error::{Error, Result};
#[cfg(not(target_family = "wasm"))]
use crate::formats::webp::pixels::read_pixels;
use crate::ledger::Ledger;
use crate::metadata::{exif_chunk, icc_chunk, xmp_chunk};
use crate::picture::Picture;

/// Flags that say which other chunks there are: colour profile, alpha, EXIF, XMP.
const CONTENTS: u8 = 0x3c;
/// The flag of each chunk of metadata. Readers ignore a chunk whose flag is not set.
const FLAGS: [([u8; 4], u8); 3] = [(*b"ICCP", 0x20), (*b"EXIF", 8), (*b"XMP ", 4)];
/// What some writers put in front of EXIF, as JPEG files have it.
const EXIF_PREFIX: &[u8] = b"Exif\0\0";
/// Bytes of flags and size of the canvas.
const CANVAS_BYTES: usize = 10;
/// Bytes of a pixel in the decoder.
const PIXEL_BYTES: usize = 4;
/// Where VP8L has the hint that alpha is in use: byte and bit.
const ALPHA_HINT: (usize, u8) = (4, 1 << 4);
/// Bytes in front of the first chunk, and of its data.
const HEAD: usize = 12;
const SIMPLE_HEAD: usize = HEAD + 8;

/// Reads a whole file.
pub(crate) fn read_webp(bytes: &[u8], limits: &Limits) -> Result<Picture> {
    let (chunks, end) = chunks(bytes, limits)?;
    // Copies of the pixels' chunk and of metadata, beside the list of the chunks.
    let held = bytes.len() + chunks.capacity() * size_of::<Chunk>();
    let limits = &limits.reserve(held as u64).map_err(Error::limit)?;
    let extended = chunks.first().filter(|chunk| chunk.tag == *b"VP8X");
    let flags = extended.and_then(|chunk| bytes[chunk.data.clone()].first());
    let is_effective = |tag| {
        let flag = FLAGS.iter().find(|(known, _)| *known == tag);
        flag.is_some_and(|(_, flag)| flags.is_some_and(|flags| flags & flag != 0))
    };
    let pixels = pixel_chunk(&chunks)?;
    let mut ledger = Ledger::new(bytes);
    ledger.claim(0..HEAD);
    ledger.name_tail(end, "the last chunk");

    let mut picture = match &pixels.tag {
        b"VP8L" => lossless(bytes, pixels, limits, &mut ledger)?,
        _ => {
            let name = "the lossy WebP file (except its pixels)";
            ledger.name(pixels.range.clone(), name);
            read_pixels(&bytes[..end], limits)?
        }
    };
    for chunk in &chunks {
        chunk.claim_padding(bytes, &mut ledger);
        let data = &bytes[chunk.data.clone()];
        match &chunk.tag {
            b"VP8X" if chunk.range.start == HEAD => {
                check_canvas(data, &picture)?;
                chunk.claim_canvas(data, &mut ledger);
            }
            _ if chunk.range.start == pixels.range.start => {}
            _ => match metadata(&chunk.tag, data)? {
                Some(kept) if is_effective(chunk.tag) && is_first(&picture, &kept) => {
                    picture.metadata.push(kept);
                    chunk.claim_metadata(data, &mut ledger);
                }
                _ => ledger.name(chunk.range.start..chunk.data.end, chunk.name()),
            },
        }
    }
    picture.dropped = ledger.lost();
    Ok(picture)
}

/// A chunk of the container.
struct Chunk {
    tag: [u8; 4],
    range: Range<usize>,
    data: Range<usize>,
}

impl Chunk {
    fn name(&self) -> String {
        format!(
            "the chunk {}",
            String::from_utf8_lossy(&self.tag).trim_end()
        )
    }

    /// Claims the flags and the size of the canvas.
    fn claim_canvas(&self, data: &[u8], ledger: &mut Ledger) {
        let end = self.data.start + CANVAS_BYTES;
        ledger.claim(self.range.start..end);
        ledger.name(
            end..self.data.end,
            "bytes after the canvas in the chunk VP8X",
        );
        if data[0] & !CONTENTS != 0 || data[1..4] != [0; 3] {
            ledger.lose("unused flags in the chunk VP8X");
        }
    }

    /// Claims metadata that the picture keeps.
    fn claim_metadata(&self, data: &[u8], ledger: &mut Ledger) {
        let has_prefix = self.tag == *b"EXIF" && data.starts_with(EXIF_PREFIX);
        let prefix = if has_prefix { EXIF_PREFIX.len() } else { 0 };
        let start = self.data.start;
        ledger.claim(self.range.start..start);
        ledger.name(start..start + prefix, "the prefix \"Exif\" of EXIF");
        ledger.claim(start + prefix..self.data.end);
    }

    /// Claims the padding after the data if it is zero.
    fn claim_padding(&self, bytes: &[u8], ledger: &mut Ledger) {
        let padding = self.data.end..self.range.end;
        let is_zero = bytes[padding.clone()].iter().all(|&byte| byte == 0);
        ledger.claim_if(is_zero, padding, "padding of chunks that is not zero");
    }
}

/// The chunks, and where the container ends.
fn chunks(bytes: &[u8], limits: &Limits) -> Result<(Vec<Chunk>, usize)> {
    let truncated = || Error::Truncated { format: "WebP" };
    let number = |at: usize| -> Result<usize> {
        let field = bytes
            .get(at..at + 4)
            .and_then(|field| field.try_into().ok());
        Ok(u32::from_le_bytes(field.ok_or_else(truncated)?) as usize)
    };
    let end = 8 + number(4)?;
    if end > bytes.len() {
        return Err(truncated());
    }
    let (mut chunks, mut at) = (Vec::new(), HEAD);
    while at + 8 <= end {
        let data = at + 8..at + 8 + number(at + 4)?;
        let range = at..data.end.next_multiple_of(2);
        if range.end > end {
            return Err(truncated());
        }
        let mut tag = [0; 4];
        tag.copy_from_slice(&bytes[at..at + 4]);
        at = range.end;
        // A growing list is in memory twice.
        let table = 3 * size_of::<Chunk>() * (chunks.len() + 1);
        limits.reserve(table as u64).map_err(Error::limit)?;
        chunks.push(Chunk { tag, range, data });
    }
    Ok((chunks, end))
}

/// The chunk of the pixels of a file without animation.
fn pixel_chunk(chunks: &[Chunk]) -> Result<&Chunk> {
    let find = |tags: [[u8; 4]; 2]| chunks.iter().find(|chunk| tags.contains(&chunk.tag));
    if find([*b"ANIM", *b"ANMF"]).is_some() {
        return Err(Error::unsupported("an animated WebP"));
    }
    let pixels = find([*b"VP8L", *b"VP8 "]);
    pixels.ok_or_else(|| damaged("expected a chunk VP8L, found none"))
}

/// Decodes lossless pixels. Claims their bytes, except the last one that is not 0 and what follows it if the pixels do
/// not depend on it.
fn lossless(bytes: &[u8], chunk: &Chunk, limits: &Limits, ledger: &mut Ledger) -> Result<Picture> {
    let data = &bytes[chunk.data.clone()];
    let (decoded, is_opaque) = with_alpha(data, limits)?;
    // The same pixels again, of which libwebp has a copy, too.
    let samples = decoded.image.samples().len();
    let left = limits.reserve(samples as u64).map_err(Error::limit)?;
    let is_same = |data: &[u8]| match with_alpha(data, &left) {
        Ok((other, _)) => Ok(other.image == decoded.image),
        Err(error @ Error::Limit { .. }) => Err(error),
        Err(_) => Ok(false),
    };
    // Encoders may end with zeros that say nothing. Any other last byte may be missing, and may have any value, only if
    // the pixels do not need it.
    let last = data.iter().rposition(|&byte| byte != 0).unwrap_or(0);
    let mut is_surplus = is_same(&data[..last])?;
    let mut changed = data.to_vec();
    for bit in 0..u8::BITS {
        if is_surplus {
            changed[last] ^= 1 << bit;
            is_surplus = is_same(&changed)?;
            changed[last] ^= 1 << bit;
        }
    }
    let picture = match is_opaque {
        true => without_alpha(decoded, ledger)?,
        false => decoded,
    };
    let end = chunk.data.start + if is_surplus { last } else { data.len() };
    ledger.claim(chunk.range.start..end);
    ledger.name(
        end..chunk.data.end,
        "bytes after the pixels in the chunk VP8L",
    );
    Ok(picture)
}

/// Decodes the pixels of VP8L with their alpha, and returns whether its header calls that unused.
fn with_alpha(data: &[u8], limits: &Limits) -> Result<(Picture, bool)> {
    let mut file = simple_file(data);
    let (byte, bit) = ALPHA_HINT;
    let hint = file
        .get_mut(SIMPLE_HEAD + byte)
        .filter(|_| data.len() > byte);
    let is_unused = hint.is_some_and(|hint| std::mem::replace(hint, *hint | bit) & bit == 0);
    Ok((read_pixels(&file, limits)?, is_unused))
}

/// The picture as RGB. Its alpha is lost, unless all pixels are opaque.
fn without_alpha(mut picture: Picture, ledger: &mut Ledger) -> Result<Picture> {
    let (pixels, _) = picture.image.samples().as_chunks::<PIXEL_BYTES>();
    if pixels.iter().any(|pixel| pixel[3] != u8::MAX) {
        ledger.lose("alpha that the header calls unused");
    }
    let samples = pixels.iter().flat_map(|pixel| &pixel[..3]).copied();
    let (width, height) = (picture.image.width(), picture.image.height());
    let image = Image::new(width, height, ColorType::Rgb, samples.collect());
    picture.image = image.map_err(|error| Error::undecodable("WebP", "its pixels", error))?;
    Ok(picture)
}

/// libwebp is C, which the compiler for WebAssembly alone cannot build.
#[cfg(target_family = "wasm")]
fn read_pixels(_: &[u8], _: &Limits) -> Result<Picture> {
    Err(Error::unsupported(
        "a WebP file, which pxc does not read in WebAssembly",
    ))
}

/// A file with nothing but pixels.
fn simple_file(pixels: &[u8]) -> Vec<u8> {
    let padding = pixels.len() % 2;
    let size = |size: usize| (size as u32).to_le_bytes();
    let mut file = [
        &b"RIFF"[..],
        &size(12 + pixels.len() + padding),
        b"WEBPVP8L",
    ]
    .concat();
    file.extend(size(pixels.len()));
    file.extend(pixels);
    file.resize(file.len() + padding, 0);
    file
}

fn check_canvas(data: &[u8], picture: &Picture) -> Result<()> {
    let Some(&[_, _, _, _, a, b, c, d, e, f]) = data.first_chunk::<10>() else {
        return Err(damaged("VP8X: expected 10 bytes"));
    };
    let width = 1 + u32::from_le_bytes([a, b, c, 0]);
    let height = 1 + u32::from_le_bytes([d, e, f, 0]);
    let (columns, rows) = (picture.image.width(), picture.image.height());
    if (width, height) != (columns, rows) {
        return Err(damaged(format!(
            "VP8X: expected a canvas of {columns}×{rows}, as the pixels, found {width}×{height}"
        )));
    }
    Ok(())
}

fn metadata(tag: &[u8; 4], data: &[u8]) -> Result<Option<MetadataChunk>> {
    Ok(match tag {
        b"ICCP" => Some(icc_chunk(data).map_err(Error::from)?),
        b"EXIF" => Some(exif_chunk(data)),
        b"XMP " => Some(xmp_chunk(data)),
        _ => None,
    })
}

fn is_first(picture: &Picture, chunk: &MetadataChunk) -> bool {
    picture.metadata.iter().all(|kept| kept.tag != chunk.tag)
}

fn damaged(message: impl Into<String>) -> Error {
    Error::damaged("WebP", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Four pixels whose blue is a simple prefix code with the larger symbol first: code 0 is that of the smaller one.
    /// From an encoder of its own; libwebp's writes smaller symbols first.
    const LARGER_FIRST: &[u8] = b"RIFF\x1a\0\0\0WEBPVP8L\x0e\0\0\0\
        \x2f\x03\0\0\0\xa8\x42\x29\x8e\x4c\xd6\xff\x02\x18";

    #[test]
    fn codes_are_canonical() {
        let picture = read_webp(LARGER_FIRST, &Limits::default()).expect("a legal file");
        let blue: Vec<u8> = picture
            .image
            .samples()
            .chunks(picture.image.color().channels())
            .map(|pixel| pixel[2])
            .collect();
        assert_eq!(blue, [100, 200, 200, 100]);
    }
}
