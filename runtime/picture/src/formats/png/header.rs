//! `IHDR`: size, sample format and interlacing.

use pxc_codec::{BitDepth, ColorType, SampleFormat};

use crate::error::{Error, Result};
use crate::formats::png::chunks::{PngChunk, damaged};

const BYTES: usize = 13;

/// The fields of `IHDR`.
#[derive(Clone, Copy)]
pub(crate) struct PngHeader {
    /// Columns, at least 1.
    pub(crate) width: u32,
    /// Rows, at least 1.
    pub(crate) height: u32,
    /// Colour type and bit depth, a pair that PNG allows.
    pub(crate) format: SampleFormat,
    /// Whether the pixels come in the seven passes of Adam7.
    pub(crate) is_interlaced: bool,
}

impl PngHeader {
    /// Reads the first chunk of a file.
    pub(crate) fn parse(chunk: &PngChunk<'_>) -> Result<PngHeader> {
        let fields: &[u8; BYTES] = match (&chunk.tag, chunk.data.try_into()) {
            (b"IHDR", Ok(fields)) => fields,
            (b"IHDR", Err(_)) => {
                let found = chunk.data.len();
                return Err(damaged(format!(
                    "IHDR: expected {BYTES} bytes, found {found}"
                )));
            }
            _ => {
                let found = chunk.name();
                return Err(damaged(format!(
                    "first chunk: expected IHDR, found {found}"
                )));
            }
        };
        let [
            a,
            b,
            c,
            d,
            e,
            f,
            g,
            h,
            depth,
            color,
            compression,
            filter,
            interlace,
        ] = *fields;
        let (width, height) = (
            u32::from_be_bytes([a, b, c, d]),
            u32::from_be_bytes([e, f, g, h]),
        );
        let sides = 1..=i32::MAX as u32;
        if !sides.contains(&width) || !sides.contains(&height) {
            return Err(damaged(format!(
                "IHDR: expected sides of 1 to {}, found {width}×{height}",
                i32::MAX
            )));
        }
        for (method, name) in [(compression, "compression"), (filter, "filter")] {
            expect_at_most(0, method, name)?;
        }
        expect_at_most(1, interlace, "interlace")?;
        Ok(PngHeader {
            width,
            height,
            format: sample_format(color, depth)?,
            is_interlaced: interlace == 1,
        })
    }
}

fn expect_at_most(largest: u8, method: u8, name: &str) -> Result<()> {
    if method > largest {
        return Err(Error::unsupported(format!(
            "a PNG with {name} method {method}"
        )));
    }
    Ok(())
}

fn sample_format(color: u8, depth: u8) -> Result<SampleFormat> {
    let color_type = match color {
        0 => Some(ColorType::Gray),
        2 => Some(ColorType::Rgb),
        3 => Some(ColorType::Palette),
        4 => Some(ColorType::GrayAlpha),
        6 => Some(ColorType::Rgba),
        _ => None,
    };
    let bit_depth = match depth {
        1 => Some(BitDepth::One),
        2 => Some(BitDepth::Two),
        4 => Some(BitDepth::Four),
        8 => Some(BitDepth::Eight),
        16 => Some(BitDepth::Sixteen),
        _ => None,
    };
    let format = color_type
        .zip(bit_depth)
        .map(|(color, depth)| SampleFormat { color, depth });
    format.filter(|format| format.is_legal()).ok_or_else(|| {
        damaged(format!(
            "IHDR: expected a colour type and a bit depth of PNG, found {color} and {depth}"
        ))
    })
}
