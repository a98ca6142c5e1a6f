//! PBM, PGM, PPM and PAM: header and samples ↔ [`Image`], in every depth that an image can have.
//!
//! Reads the plain and the raw forms, writes the raw ones. Samples are those of the file: a PGM with maxval 15 is 4-bit gray.

use std::io::{self, Write};

use pxc_runtime::{BitDepth, ColorType, Image, Limits, SampleFormat};

use crate::formats::Format;
use crate::picture::SourceError;
use crate::png_rows::pack_row;

/// Header fields.
struct Header {
    width: u32,
    height: u32,
    format: SampleFormat,
}

/// A position in a file.
struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

/// Reads a whole file.
pub(crate) fn read_pnm(bytes: &[u8], limits: &Limits) -> Result<Image, SourceError> {
    let mut reader = Reader { bytes, at: 2 };
    let kind = bytes.get(1).copied().unwrap_or_default();
    let header = match kind {
        b'7' => reader.pam_header()?,
        _ => reader.pnm_header(kind)?,
    };
    let pixel_bytes = header.format.pixel_bytes();
    limits
        .check_image(header.width, header.height, pixel_bytes)
        .map_err(SourceError::Limit)?;
    let count = header.width as usize * header.height as usize * header.format.color.channels();
    let samples = match kind {
        b'1' => reader.plain_bits(count)?,
        b'2' | b'3' => reader.plain_numbers(count, header.format.depth)?,
        b'4' => reader.packed_bits(header.width as usize, header.height as usize)?,
        _ => reader.take(count * header.format.depth.sample_bytes())?,
    };
    reader.check_end(kind)?;
    Image::with_format(header.width, header.height, header.format, samples)
        .map_err(|error| damaged(error.to_string()))
}

impl Reader<'_> {
    fn pnm_header(&mut self, kind: u8) -> Result<Header, SourceError> {
        let (width, height) = (self.number("width")?, self.number("height")?);
        let depth = match kind {
            b'1' | b'4' => BitDepth::One,
            _ => depth(self.number("maxval")?)?,
        };
        if kind >= b'4' {
            self.at += 1;
        }
        let color = match kind {
            b'3' | b'6' => ColorType::Rgb,
            _ => ColorType::Gray,
        };
        header(width, height, color, depth)
    }

    fn pam_header(&mut self) -> Result<Header, SourceError> {
        let (mut width, mut height, mut channels, mut maxval) = (0, 0, 0, 0);
        loop {
            let word = self.word();
            match word.as_str() {
                "ENDHDR" => break,
                "WIDTH" => width = self.number("WIDTH")?,
                "HEIGHT" => height = self.number("HEIGHT")?,
                "DEPTH" => channels = self.number("DEPTH")?,
                "MAXVAL" => maxval = self.number("MAXVAL")?,
                "TUPLTYPE" => {
                    self.word();
                }
                _ => {
                    return Err(damaged(format!(
                        "byte {:#x}: expected a header line, found {word:?}",
                        self.at
                    )));
                }
            }
        }
        self.at += 1;
        let color = match channels {
            1 => ColorType::Gray,
            2 => ColorType::GrayAlpha,
            3 => ColorType::Rgb,
            4 => ColorType::Rgba,
            other => return Err(unsupported(format!("a PAM of depth {other}"))),
        };
        header(width, height, color, depth(maxval)?)
    }

    /// The next word; comments reach to the end of their line.
    fn word(&mut self) -> String {
        while let Some(&byte) = self.bytes.get(self.at) {
            match byte {
                b'#' => {
                    self.at += self
                        .rest()
                        .iter()
                        .position(|&byte| byte == b'\n')
                        .unwrap_or(self.rest().len())
                }
                _ if byte.is_ascii_whitespace() => self.at += 1,
                _ => break,
            }
        }
        let length = self
            .rest()
            .iter()
            .position(|byte| byte.is_ascii_whitespace() || *byte == b'#');
        let word = &self.rest()[..length.unwrap_or(self.rest().len()).min(64)];
        let word = String::from_utf8_lossy(word).into_owned();
        self.at += word.len();
        word
    }

    fn rest(&self) -> &[u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    fn number(&mut self, field: &str) -> Result<u32, SourceError> {
        let word = self.word();
        word.parse().map_err(|_| {
            damaged(format!(
                "byte {:#x}: {field}: expected a number, found {word:?}",
                self.at - word.len().min(self.at)
            ))
        })
    }

    fn take(&mut self, count: usize) -> Result<Vec<u8>, SourceError> {
        let found = self.rest().len();
        let samples = self.rest().get(..count).ok_or_else(|| {
            damaged(format!(
                "byte {:#x}: samples: expected {count} bytes, found {found}",
                self.at
            ))
        })?;
        let samples = samples.to_vec();
        self.at += count;
        Ok(samples)
    }

    /// Of a raw PBM: 1 is black there.
    fn packed_bits(&mut self, width: usize, height: usize) -> Result<Vec<u8>, SourceError> {
        let line = width.div_ceil(8);
        let packed = self.take(line * height)?;
        let row = |row: &[u8]| -> Vec<u8> {
            let bits = (0..width).map(|x| 1 - (row[x / 8] >> (7 - x % 8) & 1));
            bits.collect()
        };
        Ok(packed.chunks_exact(line).flat_map(row).collect())
    }

    /// Of a plain PBM: digits need no space between them.
    fn plain_bits(&mut self, count: usize) -> Result<Vec<u8>, SourceError> {
        let mut samples = Vec::new();
        while samples.len() < count {
            let word = self.word();
            if word.is_empty() {
                return self.take(count).map(|_| samples);
            }
            for digit in word.bytes() {
                match digit {
                    b'0' => samples.push(1),
                    b'1' => samples.push(0),
                    _ => return Err(damaged(format!("expected 0 or 1, found {word:?}"))),
                }
            }
        }
        Ok(samples)
    }

    fn plain_numbers(&mut self, count: usize, depth: BitDepth) -> Result<Vec<u8>, SourceError> {
        let mut samples = Vec::new();
        for _ in 0..count {
            let number = self.number("sample")?;
            if number > u32::from(depth.largest()) {
                return Err(damaged(format!(
                    "sample: expected at most {}, found {number}",
                    depth.largest()
                )));
            }
            samples.extend_from_slice(&(number as u16).to_be_bytes()[2 - depth.sample_bytes()..]);
        }
        Ok(samples)
    }

    fn check_end(&self, kind: u8) -> Result<(), SourceError> {
        let rest = self.rest();
        let is_blank = kind <= b'3' && rest.iter().all(u8::is_ascii_whitespace);
        if rest.is_empty() || is_blank {
            return Ok(());
        }
        Err(unsupported(format!(
            "a PNM file with {} more bytes behind its first image",
            rest.len()
        )))
    }
}

fn header(
    width: u32,
    height: u32,
    color: ColorType,
    depth: BitDepth,
) -> Result<Header, SourceError> {
    let format = SampleFormat { color, depth };
    if !format.is_legal() {
        return Err(unsupported(format!("{format} PNM")));
    }
    if width == 0 || height == 0 {
        return Err(damaged(format!(
            "expected columns and rows, found {width}×{height}"
        )));
    }
    Ok(Header {
        width,
        height,
        format,
    })
}

fn depth(maxval: u32) -> Result<BitDepth, SourceError> {
    let depths = [
        BitDepth::One,
        BitDepth::Two,
        BitDepth::Four,
        BitDepth::Eight,
        BitDepth::Sixteen,
    ];
    let found = depths
        .into_iter()
        .find(|depth| u32::from(depth.largest()) == maxval);
    found.ok_or_else(|| unsupported(format!("PNM maxval {maxval} (not 1, 3, 15, 255 or 65535)")))
}

fn damaged(message: String) -> SourceError {
    SourceError::Damaged {
        format: "PNM",
        message,
    }
}

fn unsupported(found: String) -> SourceError {
    SourceError::Unsupported { found }
}

/// Writes an image that `format` holds.
pub(crate) fn write_pnm(image: &Image, format: Format, mut out: impl Write) -> io::Result<()> {
    let (width, height, maxval) = (image.width(), image.height(), image.depth().largest());
    match (format, image.color()) {
        (Format::Pbm, _) => {
            write!(out, "P4\n{width} {height}\n")?;
            return out.write_all(&packed(image));
        }
        (Format::Pam, color) => {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<Image, SourceError> {
        read_pnm(bytes, &Limits::default())
    }

    #[test]
    fn raw_and_plain_forms_are_the_same_images() {
        let bits = read(b"P1\n# a comment\n3 2\n101 0 1 0\n").expect("an image");
        assert_eq!(bits.samples(), [0, 1, 0, 1, 0, 1]);
        assert_eq!(read(b"P4 3 2\n\xa0\x40").expect("an image"), bits);
        let gray = read(b"P2 2 1 15 3 15").expect("an image");
        assert_eq!(
            (gray.depth(), gray.samples()),
            (BitDepth::Four, &[3, 15][..])
        );
        assert_eq!(read(b"P5 2 1 15\n\x03\x0f").expect("an image"), gray);
        let deep = read(b"P3 1 1 65535 1 2 65535").expect("an image");
        assert_eq!(deep.to_u16(), [1, 2, 65535]);
    }

    #[test]
    fn what_is_written_is_read() {
        for color in [
            ColorType::Gray,
            ColorType::GrayAlpha,
            ColorType::Rgb,
            ColorType::Rgba,
        ] {
            let samples: Vec<u16> = (0..6 * color.channels() as u16).map(|n| n * 999).collect();
            let image = Image::from_u16(3, 2, color, &samples).expect("fits");
            let mut file = Vec::new();
            write_pnm(&image, Format::Pam, &mut file).expect("memory");
            assert_eq!(read(&file).expect("an image"), image);
        }
        let bits = read(b"P1 9 2 101010101 010101010").expect("an image");
        for format in [Format::Pbm, Format::Pgm, Format::Pnm, Format::Pam] {
            let mut file = Vec::new();
            write_pnm(&bits, format, &mut file).expect("memory");
            assert_eq!(read(&file).expect("an image"), bits);
        }
    }

    #[test]
    fn damage_and_strange_files_are_told_apart() {
        for bytes in [
            &b"P5 2 2 255\n\0\0\0"[..],
            b"P5 2 x 255\n",
            b"P2 1 1 15 16",
            b"P7\nWIDTH",
            b"P1 2 1 1",
        ] {
            assert!(
                matches!(read(bytes), Err(SourceError::Damaged { .. })),
                "{bytes:?}"
            );
        }
        for bytes in [
            &b"P5 1 1 100\n\0"[..],
            b"P5 1 1 255\n\0\0",
            b"P6 1 1 15\n\0\0\0",
        ] {
            assert!(
                matches!(read(bytes), Err(SourceError::Unsupported { .. })),
                "{bytes:?}"
            );
        }
    }
}
