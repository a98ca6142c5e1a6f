//! PNG bytes → [`Picture`] of the same colour type, bit depth, palette and transparent colour.
//!
//! Verifies every checksum, Adler-32 included, and refuses animations. Keeps the metadata that still holds for the
//! decoded image, byte for byte.

use pxc_codec::{Limits, MetadataChunk};

use crate::error::{Error, Result};
use crate::formats::input::InputFormat;
use crate::formats::png::chunks::{
    ChunkOrder, PNG_SIGNATURE, PngChunk, SUGGESTED_PALETTE, checked_chunks, damaged, is_kept,
    png_chunks,
};
use crate::formats::png::colors::Colors;
use crate::formats::png::header::PngHeader;
use crate::formats::png::inflate::inflate;
use crate::formats::png::rows::PngRows;
use crate::ledger::{Ledger, PADDING_BITS};
use crate::picture::Picture;

/// Bytes that a column or a row takes in a pass besides its samples.
const POSITION_BYTES: u64 = 8;
/// Bytes that a chunk of metadata takes besides its data, in a list that grows.
const CHUNK_BYTES: u64 = 96;

/// Reads a whole PNG file.
pub(crate) fn read_png(bytes: &[u8], limits: &Limits) -> Result<Picture> {
    let table = png_chunks(bytes).count() * size_of::<PngChunk<'_>>();
    let limits = limits.reserve(table as u64).map_err(Error::limit)?;
    let chunks = checked_chunks(bytes)?;
    let header = chunks.first().map(PngHeader::parse);
    let header = header.ok_or(Error::Truncated { format: "PNG" })??;
    check_critical(&chunks)?;
    check_size(&header, &chunks, &limits)?;
    let mut ledger = Ledger::new(bytes);
    name_parts(&chunks, &mut ledger);
    let colors = Colors::of(&chunks, &header);
    let samples = samples(&chunks, &header, &mut ledger)?;
    let image = colors.image(&header, samples, &mut ledger)?;
    let metadata = metadata(&chunks, &colors, &mut ledger);
    Ok(Picture {
        metadata,
        dropped: ledger.lost(),
        ..Picture::plain(InputFormat::Png, image)
    })
}

/// Refuses animations, second headers, and chunks without which the pixels have no meaning.
fn check_critical(chunks: &[PngChunk<'_>]) -> Result<()> {
    for chunk in &chunks[1..] {
        match &chunk.tag {
            b"PLTE" | b"IDAT" | b"IEND" => {}
            b"IHDR" => return Err(damaged(format!("byte {:#x}: a second IHDR", chunk.start))),
            b"acTL" => return Err(Error::unsupported("an animated PNG")),
            tag if tag.iter().all(u8::is_ascii_alphabetic) && tag[0].is_ascii_uppercase() => {
                return Err(Error::unsupported(format!(
                    "a PNG with the unknown critical chunk {}",
                    chunk.name()
                )));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Counts the filtered rows, the positions of their pixels and their samples, which are in memory together with the
/// metadata.
fn check_size(header: &PngHeader, chunks: &[PngChunk<'_>], limits: &Limits) -> Result<()> {
    // A column or a row is in one pass or, interlaced, in two.
    let passes = 1 + u64::from(header.is_interlaced);
    let positions = POSITION_BYTES * passes * (u64::from(header.width) + u64::from(header.height));
    let kept = chunks.iter().filter(|chunk| is_kept(&chunk.tag));
    let kept: u64 = kept
        .map(|chunk| CHUNK_BYTES + chunk.data.len() as u64)
        .sum();
    limits
        .reserve(positions + kept)
        .and_then(|left| {
            let pixel_bytes = 2 * header.format.pixel_bytes();
            left.check_image(header.width, header.height, pixel_bytes)
        })
        .map_err(Error::limit)
}

fn name_parts(chunks: &[PngChunk<'_>], ledger: &mut Ledger) {
    ledger.claim(0..PNG_SIGNATURE.len());
    for chunk in chunks {
        let name = match &chunk.tag {
            b"IDAT" => "bytes after the deflate stream (IDAT)".into(),
            _ => chunk.name(),
        };
        ledger.name(chunk.start..chunk.end, name);
        if chunk.tag == *b"IHDR" || chunk.tag == *b"IEND" && chunk.data.is_empty() {
            ledger.claim(chunk.start..chunk.end);
        }
    }
    ledger.name_tail(chunks.last().map_or(0, |chunk| chunk.end), "IEND");
}

/// The samples of the first `IDAT` chunks that follow each other. Claims as much of the chunks as the rows took.
fn samples(chunks: &[PngChunk<'_>], header: &PngHeader, ledger: &mut Ledger) -> Result<Vec<u8>> {
    let first = chunks.iter().position(|chunk| chunk.tag == *b"IDAT");
    let first = first.ok_or_else(|| damaged("expected IDAT, found none".into()))?;
    let pieces = chunks[first..]
        .iter()
        .take_while(|chunk| chunk.tag == *b"IDAT");
    let layout = PngRows::new(
        header.width,
        header.height,
        header.format,
        header.is_interlaced,
    );
    let mut inflated = inflate(pieces.clone().map(|chunk| chunk.data), layout.bytes())?;
    let mut used = inflated.used;
    for chunk in pieces {
        let taken = used.min(chunk.data.len());
        if used > 0 || chunk.data.is_empty() {
            let is_whole = taken == chunk.data.len() && inflated.surplus == 0;
            let claimed = if is_whole {
                chunk.end
            } else {
                chunk.start + 8 + taken
            };
            ledger.claim(chunk.start..claimed);
        }
        used -= taken;
    }
    let (samples, has_clean_padding) =
        layout
            .samples(&mut inflated.rows)
            .map_err(|(row, filter)| {
                damaged(format!(
                    "row {row}: expected a filter of 0 to 4, found {filter}"
                ))
            })?;
    if !has_clean_padding {
        ledger.lose(PADDING_BITS);
    }
    Ok(samples)
}

/// The chunks to keep.
fn metadata(
    chunks: &[PngChunk<'_>],
    colors: &Colors<'_>,
    ledger: &mut Ledger,
) -> Vec<MetadataChunk> {
    let (mut kept, order) = (Vec::new(), ChunkOrder::of(chunks));
    for chunk in chunks {
        let is_suggested = colors.is_suggested_palette(chunk);
        if is_suggested || order.keep(chunk) {
            ledger.claim(chunk.start..chunk.end);
            kept.push(MetadataChunk {
                tag: if is_suggested {
                    SUGGESTED_PALETTE
                } else {
                    chunk.tag
                },
                data: chunk.data.to_vec(),
            });
        }
    }
    kept
}
