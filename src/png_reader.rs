//! PNG bytes → [`Image`] of the same colour type, bit depth, palette and transparent colour.
//!
//! Every checksum is verified, Adler-32 included. Animations are refused. Metadata that means the same for the decoded
//! image is kept as it stands in the file.

use std::io::Cursor;

use pxc_runtime::{
    BitDepth, CodecError, ColorKey, ColorType, Image, Limits, MetadataChunk, Palette, SampleFormat,
};

/// The first eight bytes of a PNG file.
pub(crate) const PNG_SIGNATURE: [u8; 8] = *b"\x89PNG\r\n\x1a\n";

/// Bytes of the checksum after a chunk's data.
const CRC_BYTES: usize = 4;

/// Ancillary chunks that are known. Colour type, depth and palette come back, so even those that depend on them keep their meaning.
const KNOWN: [&[u8; 4]; 17] = [
    b"bKGD", b"cHRM", b"cICP", b"cLLI", b"eXIf", b"gAMA", b"hIST", b"iCCP", b"iTXt", b"mDCV",
    b"pHYs", b"sBIT", b"sPLT", b"sRGB", b"tEXt", b"tIME", b"zTXt",
];

/// Chunks that are a part of the pixels, of an animation, or of the .pxc file itself.
const OWN: [&[u8; 4]; 6] = [b"tRNS", b"acTL", b"fcTL", b"fdAT", b"pLTE", b"pnGx"];

/// Where the suggested palette of an RGB image is kept: `PLTE`, made ancillary.
pub(crate) const SUGGESTED_PALETTE: [u8; 4] = *b"pLTE";

/// A PNG image in memory.
#[derive(Debug)]
pub(crate) struct PngImage {
    /// The pixels.
    pub(crate) image: Image,
    /// The metadata that is kept, in file order.
    pub(crate) metadata: Vec<MetadataChunk>,
    /// Names of the metadata chunks that are not kept, in file order, each once.
    pub(crate) left_out: Vec<String>,
}

/// Why a PNG could not be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PngError {
    /// The bytes are not a sound PNG file.
    #[error("{0}")]
    Damaged(String),
    /// A sound file of a kind that is not supported.
    #[error("{found} is not supported (supported: PNG images of every kind without animation)")]
    Unsupported {
        /// What the file is.
        found: String,
    },
    /// More pixels or bytes than the limits allow.
    #[error("{0}")]
    Limit(CodecError),
}

/// Reads a whole PNG file.
pub(crate) fn read_png(bytes: &[u8], limits: &Limits) -> Result<PngImage, PngError> {
    check_signature(bytes)?;
    let mut reader = decoder(bytes, limits).read_info().map_err(damaged)?;
    check_supported(reader.info())?;
    let format = sample_format(reader.info());
    check_size(reader.info(), format, limits)?;
    let mut rows = vec![
        0;
        reader
            .output_buffer_size()
            .ok_or_else(too_large_for_memory)?
    ];
    let frame = reader.next_frame(&mut rows).map_err(damaged)?;
    reader.finish().map_err(damaged)?;
    let samples = unpack(rows, frame.width, frame.line_size, format.depth);
    let colors = Colors::of(bytes);
    let image = colors.image(frame.width, frame.height, format, samples)?;
    let (metadata, left_out) = metadata(bytes, &image);
    Ok(PngImage {
        image,
        metadata,
        left_out,
    })
}

fn check_signature(bytes: &[u8]) -> Result<(), PngError> {
    if bytes.is_empty() {
        return Err(PngError::Damaged("byte 0x0: the file is empty".into()));
    }
    match PNG_SIGNATURE.iter().zip(bytes).position(|(a, b)| a != b) {
        Some(at) => Err(PngError::Damaged(format!(
            "byte {at:#x}: not a PNG file: expected signature byte {:02x}, found {:02x}",
            PNG_SIGNATURE[at], bytes[at]
        ))),
        None => Ok(()),
    }
}

fn decoder<'a>(bytes: &'a [u8], limits: &Limits) -> png::Decoder<Cursor<&'a [u8]>> {
    let mut options = png::DecodeOptions::default();
    options.set_ignore_adler32(false);
    options.set_ignore_text_chunk(true);
    options.set_ignore_iccp_chunk(true);
    let mut decoder = png::Decoder::new_with_options(Cursor::new(bytes), options);
    decoder.set_transformations(png::Transformations::IDENTITY);
    let bytes = usize::try_from(limits.max_memory).unwrap_or(usize::MAX);
    decoder.set_limits(png::Limits { bytes });
    decoder
}

fn check_supported(info: &png::Info<'_>) -> Result<(), PngError> {
    if info.is_animated() {
        return Err(PngError::Unsupported {
            found: "an animated PNG".into(),
        });
    }
    Ok(())
}

/// Rows as they are in the file, and their samples.
fn check_size(info: &png::Info<'_>, format: SampleFormat, limits: &Limits) -> Result<(), PngError> {
    let pixel_bytes = match format.depth {
        BitDepth::Eight | BitDepth::Sixteen => format.pixel_bytes(),
        _ => 2 * format.pixel_bytes(),
    };
    limits
        .check_image(info.width, info.height, pixel_bytes)
        .map_err(PngError::Limit)
}

fn sample_format(info: &png::Info<'_>) -> SampleFormat {
    SampleFormat {
        color: match info.color_type {
            png::ColorType::Grayscale => ColorType::Gray,
            png::ColorType::GrayscaleAlpha => ColorType::GrayAlpha,
            png::ColorType::Rgb => ColorType::Rgb,
            png::ColorType::Rgba => ColorType::Rgba,
            png::ColorType::Indexed => ColorType::Palette,
        },
        depth: match info.bit_depth {
            png::BitDepth::One => BitDepth::One,
            png::BitDepth::Two => BitDepth::Two,
            png::BitDepth::Four => BitDepth::Four,
            png::BitDepth::Eight => BitDepth::Eight,
            png::BitDepth::Sixteen => BitDepth::Sixteen,
        },
    }
}

/// Rows of `line` bytes with samples of less than 8 bits, the first in the highest bits → one byte per sample.
fn unpack(rows: Vec<u8>, width: u32, line: usize, depth: BitDepth) -> Vec<u8> {
    if depth >= BitDepth::Eight {
        return rows;
    }
    let (bits, mask) = (u32::from(depth.bits()), depth.largest() as u8);
    let samples = |byte: u8| (1..=8 / bits).map(move |index| byte >> (8 - index * bits) & mask);
    let row = |row: &[u8]| -> Vec<u8> {
        let all = row.iter().flat_map(|&byte| samples(byte));
        all.take(width as usize).collect()
    };
    rows.chunks_exact(line.max(1)).flat_map(row).collect()
}

/// What `PLTE` and `tRNS` say, as far as they stand before the pixels.
#[derive(Default)]
struct Colors<'a> {
    palette: Option<&'a [u8]>,
    transparency: Option<&'a [u8]>,
}

impl<'a> Colors<'a> {
    fn of(bytes: &'a [u8]) -> Colors<'a> {
        let mut colors = Colors::default();
        for PngChunk { tag, data, .. } in
            png_chunks(bytes).take_while(|chunk| chunk.tag != *b"IDAT")
        {
            match &tag {
                b"PLTE" => colors.palette = Some(data),
                b"tRNS" => colors.transparency = Some(data),
                _ => {}
            }
        }
        colors
    }

    fn image(
        &self,
        width: u32,
        height: u32,
        format: SampleFormat,
        samples: Vec<u8>,
    ) -> Result<Image, PngError> {
        let unsound = |error: CodecError| PngError::Damaged(error.to_string());
        if format.color == ColorType::Palette {
            let palette = self.palette()?;
            return Image::with_palette(width, height, format.depth, palette, samples)
                .map_err(unsound);
        }
        let image = Image::with_format(width, height, format, samples).map_err(unsound)?;
        match self.transparency.and_then(ColorKey::from_bytes) {
            Some(key) => image.with_color_key(key).map_err(unsound),
            None => Ok(image),
        }
    }

    fn palette(&self) -> Result<Palette, PngError> {
        let damaged = |problem: String| PngError::Damaged(format!("damaged PNG: PLTE: {problem}"));
        let colors = self.palette.ok_or_else(|| damaged("missing".into()))?;
        let (entries, rest) = colors.as_chunks();
        if !rest.is_empty() {
            let found = colors.len();
            return Err(damaged(format!(
                "expected 3 bytes per entry, found {found} bytes"
            )));
        }
        let alpha = self.transparency.unwrap_or_default();
        Palette::new(entries.to_vec(), alpha.to_vec()).map_err(|error| damaged(error.to_string()))
    }
}

/// Splits the metadata of a decoded file into what is kept and the names of what is not.
fn metadata(bytes: &[u8], image: &Image) -> (Vec<MetadataChunk>, Vec<String>) {
    let (mut kept, mut left_out) = (Vec::new(), Vec::new());
    for PngChunk { tag, data, .. } in png_chunks(bytes) {
        let tag = match &tag {
            b"PLTE" if image.palette().is_none() => SUGGESTED_PALETTE,
            _ => tag,
        };
        let name = String::from_utf8_lossy(&tag).into_owned();
        if is_kept(&tag) || tag == SUGGESTED_PALETTE {
            kept.push(MetadataChunk {
                tag,
                data: data.to_vec(),
            });
        } else if !matches!(&tag, b"IHDR" | b"PLTE" | b"tRNS" | b"IDAT" | b"IEND")
            && !left_out.contains(&name)
        {
            left_out.push(name);
        }
    }
    (kept, left_out)
}

/// Whether a chunk is metadata that is kept: a known one, or an unknown one that is safe to copy (PNG's fourth letter).
pub(crate) fn is_kept(tag: &[u8; 4]) -> bool {
    let is_safe_to_copy = tag[0].is_ascii_lowercase()
        && tag.iter().all(u8::is_ascii_alphabetic)
        && tag[3].is_ascii_lowercase();
    !OWN.contains(&tag) && (KNOWN.contains(&tag) || is_safe_to_copy)
}

/// A chunk of a PNG file.
pub(crate) struct PngChunk<'a> {
    /// Its type.
    pub(crate) tag: [u8; 4],
    /// Its data.
    pub(crate) data: &'a [u8],
    /// Where the next one begins.
    pub(crate) end: usize,
}

/// The chunks behind the signature, as far as they are whole, `IEND` included.
pub(crate) fn png_chunks(bytes: &[u8]) -> impl Iterator<Item = PngChunk<'_>> {
    let mut end = PNG_SIGNATURE.len();
    let mut is_last = false;
    std::iter::from_fn(move || {
        let (length, tail) = bytes.get(end..)?.split_first_chunk::<4>()?;
        let (tag, tail) = tail.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        let data = tail.get(..length)?;
        tail.get(length..length + CRC_BYTES)?;
        end += 8 + length + CRC_BYTES;
        let chunk = PngChunk {
            tag: *tag,
            data,
            end,
        };
        let is_behind = std::mem::replace(&mut is_last, tag == b"IEND");
        (!is_behind).then_some(chunk)
    })
}

fn damaged(error: png::DecodingError) -> PngError {
    match error {
        png::DecodingError::IoError(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            PngError::Damaged("the PNG file is truncated".into())
        }
        png::DecodingError::LimitsExceeded => too_large_for_memory(),
        error => PngError::Damaged(format!("damaged PNG: {error}")),
    }
}

fn too_large_for_memory() -> PngError {
    PngError::Limit(CodecError::LimitExceeded {
        limit: "max_memory",
        allowed: usize::MAX as u64,
        needed: u64::MAX,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

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
