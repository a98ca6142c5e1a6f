//! Images → raw PBM, PGM, PPM and PAM files.

use std::io::{self, Write};

use pxc_codec::{BitDepth, ColorType, Image};

use crate::formats::output::OutputFormat;
use crate::formats::png::samples::pack_row;

/// Writes an image that `format` holds.
pub(crate) fn write_pnm(
    image: &Image,
    format: OutputFormat,
    mut out: impl Write,
) -> io::Result<()> {
    let (width, height, maxval) = (image.width(), image.height(), image.depth().largest());
    match (format, image.color()) {
        (OutputFormat::Pbm, _) => {
            write!(out, "P4\n{width} {height}\n")?;
            return out.write_all(&packed(image));
        }
        (OutputFormat::Pam, color) => {
            let kind = match color {
                ColorType::Gray if maxval == 1 => "BLACKANDWHITE",
                ColorType::Gray => "GRAYSCALE",
                ColorType::GrayAlpha => "GRAYSCALE_ALPHA",
                ColorType::Rgb => "RGB",
                _ => "RGB_ALPHA",
            };
            let channels = color.channels();
            write!(
                out,
                "P7\nWIDTH {width}\nHEIGHT {height}\nDEPTH {channels}\nMAXVAL {maxval}\nTUPLTYPE {kind}\nENDHDR\n"
            )?;
        }
        (_, ColorType::Gray) => write!(out, "P5\n{width} {height}\n{maxval}\n")?,
        _ => write!(out, "P6\n{width} {height}\n{maxval}\n")?,
    }
    out.write_all(image.samples())
}

/// Rows of bits, 1 for black.
fn packed(image: &Image) -> Vec<u8> {
    let rows = image.samples().chunks_exact(image.width() as usize);
    rows.flat_map(|row| pack_row(row.iter().map(|sample| 1 - sample), BitDepth::One))
        .collect()
}
