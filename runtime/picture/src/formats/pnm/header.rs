//! Headers of PBM, PGM, PPM and PAM files: words and numbers between white space and comments.

use pxc_codec::{BitDepth, ColorType, SampleFormat};

use crate::error::{Error, Result};

/// Header fields.
pub(crate) struct Header {
    /// Columns, at least 1.
    pub(crate) width: u32,
    /// Rows, at least 1.
    pub(crate) height: u32,
    /// What a sample is.
    pub(crate) format: SampleFormat,
}

/// A position in a file.
pub(crate) struct Reader<'a> {
    bytes: &'a [u8],
    /// Offset of the next byte.
    pub(crate) at: usize,
}

impl Reader<'_> {
    /// At the front of a file, after its two signature bytes.
    pub(crate) fn new(bytes: &[u8]) -> Reader<'_> {
        Reader { bytes, at: 2 }
    }

    /// The header of a file whose second byte is `kind`.
    pub(crate) fn header(&mut self, kind: u8) -> Result<Header> {
        match kind {
            b'7' => self.pam_header(),
            _ => self.pnm_header(kind),
        }
    }

    fn pnm_header(&mut self, kind: u8) -> Result<Header> {
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

    fn pam_header(&mut self) -> Result<Header> {
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
        let color = pam_color(channels)?;
        header(width, height, color, depth(maxval)?)
    }

    /// The next word. Skips white space and comments, which end with their line.
    pub(crate) fn word(&mut self) -> String {
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

    /// What follows.
    pub(crate) fn rest(&self) -> &[u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    /// The next word, which must be a number.
    pub(crate) fn number(&mut self, field: &str) -> Result<u32> {
        let word = self.word();
        word.parse().map_err(|_| {
            damaged(format!(
                "byte {:#x}: {field}: expected a number, found {word:?}",
                self.at - word.len().min(self.at)
            ))
        })
    }
}

fn pam_color(channels: u32) -> Result<ColorType> {
    match channels {
        1 => Ok(ColorType::Gray),
        2 => Ok(ColorType::GrayAlpha),
        3 => Ok(ColorType::Rgb),
        4 => Ok(ColorType::Rgba),
        other => Err(unsupported(format!("a PAM of depth {other}"))),
    }
}

fn header(width: u32, height: u32, color: ColorType, depth: BitDepth) -> Result<Header> {
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

fn depth(maxval: u32) -> Result<BitDepth> {
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

/// A file that does not follow its format.
pub(crate) fn damaged(message: String) -> Error {
    Error::Damaged {
        format: "PNM",
        message,
    }
}

/// A file that follows its format but that this crate does not read.
pub(crate) fn unsupported(found: String) -> Error {
    Error::Unsupported { found }
}
