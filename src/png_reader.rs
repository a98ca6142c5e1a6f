//! PNG bytes → [`Image`].
//!
//! Every checksum is verified, Adler-32 included. Images whose pixels would not come back identical (other bit depths,
//! animations) are refused. A palette becomes RGB, a transparent colour becomes alpha. Metadata that means the same for
//! the decoded image is kept as it stands in the file.

use std::io::Cursor;

use pxc_runtime::{Chunk, ColorType, Image, Limits};

/// The first eight bytes of a PNG file.
const SIGNATURE: [u8; 8] = *b"\x89PNG\r\n\x1a\n";

/// Bytes of the checksum after a chunk's data.
const CRC_BYTES: usize = 4;

/// Metadata chunks that are valid before the first `IDAT` and whose meaning does not depend on how PNG stored the pixels.
pub(crate) const KEPT: [&[u8; 4]; 14] = [
    b"cHRM", b"cICP", b"cLLI", b"eXIf", b"gAMA", b"iCCP", b"iTXt", b"mDCV", b"pHYs", b"sPLT",
    b"sRGB", b"tEXt", b"tIME", b"zTXt",
];

/// A PNG image in memory.
pub(crate) struct PngImage {
    /// The pixels.
    pub(crate) image: Image,
    /// The metadata that is kept, in file order.
    pub(crate) metadata: Vec<Chunk>,
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
    #[error(
        "{found} is not supported (supported: 8-bit gray or RGB, with or without alpha; palette)"
    )]
    Unsupported {
        /// What the file is.
        found: String,
    },
    /// More pixels than the limit allows.
    #[error("max_pixels limit: allowed {allowed}, needed {needed}")]
    TooLarge {
        /// The limit.
        allowed: u64,
        /// Pixels of the image.
        needed: u64,
    },
}

/// Reads a whole PNG file.
pub(crate) fn read_png(bytes: &[u8]) -> Result<PngImage, PngError> {
    check_signature(bytes)?;
    let mut reader = decoder(bytes).read_info().map_err(damaged)?;
    check_supported(reader.info())?;
    check_size(reader.info())?;
    let mut samples = vec![
        0;
        reader
            .output_buffer_size()
            .ok_or_else(too_large_for_memory)?
    ];
    let frame = reader.next_frame(&mut samples).map_err(damaged)?;
    reader.finish().map_err(damaged)?;
    let color = color_type(frame.color_type)?;
    let image = Image::new(frame.width, frame.height, color, samples)
        .map_err(|error| PngError::Damaged(error.to_string()))?;
    let (metadata, left_out) = metadata(bytes);
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
    match SIGNATURE.iter().zip(bytes).position(|(a, b)| a != b) {
        Some(at) => Err(PngError::Damaged(format!(
            "byte {at:#x}: not a PNG file: expected signature byte {:02x}, found {:02x}",
            SIGNATURE[at], bytes[at]
        ))),
        None => Ok(()),
    }
}

fn decoder(bytes: &[u8]) -> png::Decoder<Cursor<&[u8]>> {
    let mut options = png::DecodeOptions::default();
    options.set_ignore_adler32(false);
    options.set_ignore_text_chunk(true);
    options.set_ignore_iccp_chunk(true);
    let mut decoder = png::Decoder::new_with_options(Cursor::new(bytes), options);
    decoder.set_transformations(png::Transformations::EXPAND);
    decoder.set_limits(png::Limits { bytes: 1 << 30 });
    decoder
}

fn check_supported(info: &png::Info<'_>) -> Result<(), PngError> {
    let depth = info.bit_depth as u8;
    if info.is_animated() {
        return unsupported("an animated PNG".into());
    }
    match info.color_type {
        png::ColorType::Indexed => Ok(()),
        _ if depth == 8 => Ok(()),
        color => unsupported(format!("{depth}-bit {}", color_name(color))),
    }
}

fn check_size(info: &png::Info<'_>) -> Result<(), PngError> {
    let allowed = Limits::default().max_pixels;
    let needed = u64::from(info.width) * u64::from(info.height);
    if needed > allowed {
        return Err(PngError::TooLarge { allowed, needed });
    }
    Ok(())
}

fn color_type(color: png::ColorType) -> Result<ColorType, PngError> {
    match color {
        png::ColorType::Grayscale => Ok(ColorType::Gray),
        png::ColorType::GrayscaleAlpha => Ok(ColorType::GrayAlpha),
        png::ColorType::Rgb => Ok(ColorType::Rgb),
        png::ColorType::Rgba => Ok(ColorType::Rgba),
        png::ColorType::Indexed => Err(PngError::Damaged("palette is missing".into())),
    }
}

fn color_name(color: png::ColorType) -> &'static str {
    match color {
        png::ColorType::Grayscale => "gray",
        png::ColorType::GrayscaleAlpha => "gray+alpha",
        png::ColorType::Rgb => "RGB",
        png::ColorType::Rgba => "RGBA",
        png::ColorType::Indexed => "palette",
    }
}

/// Splits the metadata of a decoded file into what is kept and the names of what is not.
fn metadata(bytes: &[u8]) -> (Vec<Chunk>, Vec<String>) {
    let (mut kept, mut left_out) = (Vec::new(), Vec::new());
    for (tag, data) in chunks(bytes) {
        let name = String::from_utf8_lossy(&tag).into_owned();
        if KEPT.contains(&&tag) {
            kept.push(Chunk {
                tag,
                data: data.to_vec(),
            });
        } else if !matches!(&tag, b"IHDR" | b"PLTE" | b"tRNS" | b"IDAT")
            && !left_out.contains(&name)
        {
            left_out.push(name);
        }
    }
    (kept, left_out)
}

/// The chunks between the signature and `IEND`: tag and data.
fn chunks(bytes: &[u8]) -> impl Iterator<Item = ([u8; 4], &[u8])> {
    let mut rest = bytes.get(SIGNATURE.len()..).unwrap_or_default();
    std::iter::from_fn(move || {
        let (length, tail) = rest.split_first_chunk::<4>()?;
        let (tag, tail) = tail.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        let data = tail.get(..length)?;
        rest = tail.get(length + CRC_BYTES..)?;
        (tag != b"IEND").then_some((*tag, data))
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
    PngError::TooLarge {
        allowed: usize::MAX as u64,
        needed: u64::MAX,
    }
}

fn unsupported(found: String) -> Result<(), PngError> {
    Err(PngError::Unsupported { found })
}
