//! Headers of PBM, PGM, PPM and PAM files: words and numbers between white space and comments.

use pxc_codec::{BitDepth, ColorType, SampleFormat};

use crate::error::{Error, Result};
use crate::formats::input::{ends_comment, is_white_space};
use crate::ledger::Ledger;

/// Most bytes of a word that are looked at.
const LONGEST_WORD: usize = 64;

/// Header fields.
pub(crate) struct PnmHeader {
    /// Columns, at least 1.
    pub(crate) width: u32,
    /// Rows, at least 1.
    pub(crate) height: u32,
    /// What a sample is.
    pub(crate) format: SampleFormat,
}

/// A position in a file, and the account of what lies before it.
pub(crate) struct PnmReader<'a> {
    bytes: &'a [u8],
    /// Offset of the next byte.
    pub(crate) at: usize,
    /// The account: comments are lost; everything else that was read is claimed.
    pub(crate) ledger: Ledger,
}

impl<'a> PnmReader<'a> {
    /// Starts at the front of a file, after its two signature bytes.
    pub(crate) fn new(bytes: &'a [u8]) -> PnmReader<'a> {
        let mut ledger = Ledger::new(bytes);
        ledger.claim(0..2);
        PnmReader {
            bytes,
            at: 2,
            ledger,
        }
    }

    /// The header of a file whose second byte is `kind`.
    pub(crate) fn header(&mut self, kind: u8) -> Result<PnmHeader> {
        match kind {
            b'7' => self.pam_header(),
            _ => self.pnm_header(kind),
        }
    }

    fn pnm_header(&mut self, kind: u8) -> Result<PnmHeader> {
        let (width, height) = (self.number("width")?, self.number("height")?);
        let depth = match kind {
            b'1' | b'4' => BitDepth::One,
            _ => depth(self.number("maxval")?)?,
        };
        if kind >= b'4' {
            self.end_of_header()?;
        }
        let color = match kind {
            b'3' | b'6' => ColorType::Rgb,
            _ => ColorType::Gray,
        };
        header(width, height, color, depth)
    }

    fn pam_header(&mut self) -> Result<PnmHeader> {
        let [mut width, mut height, mut channels, mut maxval] = [None; 4];
        let mut kind = None;
        loop {
            let word = self.word();
            let field = match word.as_str() {
                "ENDHDR" => break,
                "WIDTH" => &mut width,
                "HEIGHT" => &mut height,
                "DEPTH" => &mut channels,
                "MAXVAL" => &mut maxval,
                "TUPLTYPE" => {
                    let more = self.rest_of_line();
                    kind = Some(kind.map_or(more.clone(), |kind: String| format!("{kind} {more}")));
                    continue;
                }
                _ => {
                    return Err(self.unexpected("a header line", &word));
                }
            };
            if field.is_some() {
                return Err(damaged(format!(
                    "byte {:#x}: a second {word}",
                    self.at - word.len()
                )));
            }
            *field = Some(self.number(&word)?);
        }
        self.end_of_header()?;
        let need = |field: Option<u32>, name: &str| {
            field.ok_or_else(|| damaged(format!("header: expected a line {name}, found none")))
        };
        let (width, height) = (need(width, "WIDTH")?, need(height, "HEIGHT")?);
        let (channels, maxval) = (need(channels, "DEPTH")?, need(maxval, "MAXVAL")?);
        header(
            width,
            height,
            pam_color(kind.as_deref(), channels, maxval)?,
            depth(maxval)?,
        )
    }

    /// Takes the single byte of white space between a header and raw samples.
    fn end_of_header(&mut self) -> Result<()> {
        match self.rest().first() {
            Some(&byte) if is_white_space(byte) => {
                self.advance(1);
                Ok(())
            }
            Some(byte) => Err(self.unexpected("white space", &format!("0x{byte:02x}"))),
            None => Err(Error::Truncated { format: "PNM" }),
        }
    }

    /// Skips white space and comments, which end with their line.
    pub(crate) fn skip_space(&mut self) {
        while let Some(&byte) = self.bytes.get(self.at) {
            match byte {
                b'#' => {
                    let length = self.rest().iter().position(ends_comment);
                    let end = self.at + length.unwrap_or(self.rest().len());
                    self.ledger.name(self.at..end, "a comment");
                    self.at = end;
                }
                _ if is_white_space(byte) => self.advance(1),
                _ => break,
            }
        }
    }

    /// The next word, after white space and comments.
    pub(crate) fn word(&mut self) -> String {
        self.skip_space();
        let rest = self.rest();
        let length = rest
            .iter()
            .position(|&byte| is_white_space(byte) || byte == b'#');
        let length = length.unwrap_or(rest.len()).min(LONGEST_WORD);
        let word = String::from_utf8_lossy(&rest[..length]).into_owned();
        self.advance(length);
        word
    }

    /// The rest of the line, without the white space around it.
    fn rest_of_line(&mut self) -> String {
        let rest = self.rest();
        let length = rest
            .iter()
            .position(|&byte| byte == b'\n')
            .unwrap_or(rest.len());
        let line = String::from_utf8_lossy(&rest[..length]).trim().to_owned();
        self.advance(length);
        line
    }

    /// Moves on, and claims the bytes.
    pub(crate) fn advance(&mut self, count: usize) {
        self.ledger.claim(self.at..self.at + count);
        self.at += count;
    }

    /// An error about the word before the position.
    pub(crate) fn unexpected(&self, expected: &str, word: &str) -> Error {
        let at = self.at.saturating_sub(word.len());
        damaged(format!("byte {at:#x}: expected {expected}, found {word:?}"))
    }

    /// The bytes that follow.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    /// The next word, which must be a number.
    pub(crate) fn number(&mut self, field: &str) -> Result<u32> {
        let word = self.word();
        let is_decimal = word.bytes().all(|byte| byte.is_ascii_digit());
        let number = word.parse().ok().filter(|_| is_decimal);
        number.ok_or_else(|| self.unexpected(&format!("a number ({field})"), &word))
    }
}

/// What the samples of a PAM file mean; if the file does not say, their number decides.
fn pam_color(kind: Option<&str>, channels: u32, maxval: u32) -> Result<ColorType> {
    let (color, expected) = match (kind, channels) {
        (Some("BLACKANDWHITE"), _) if maxval != 1 => {
            return Err(damaged(format!(
                "TUPLTYPE BLACKANDWHITE: expected MAXVAL 1, found {maxval}"
            )));
        }
        (Some("BLACKANDWHITE" | "GRAYSCALE"), _) | (None, 1) => (ColorType::Gray, 1),
        (Some("BLACKANDWHITE_ALPHA" | "GRAYSCALE_ALPHA"), _) | (None, 2) => {
            (ColorType::GrayAlpha, 2)
        }
        (Some("RGB"), _) | (None, 3) => (ColorType::Rgb, 3),
        (Some("RGB_ALPHA"), _) | (None, 4) => (ColorType::Rgba, 4),
        (Some(kind), _) => return Err(unsupported(format!("a PAM of TUPLTYPE {kind:?}"))),
        (None, other) => return Err(unsupported(format!("a PAM of depth {other}"))),
    };
    if channels != expected {
        let kind = kind.unwrap_or_default();
        return Err(damaged(format!(
            "TUPLTYPE {kind}: expected DEPTH {expected}, found {channels}"
        )));
    }
    Ok(color)
}

fn header(width: u32, height: u32, color: ColorType, depth: BitDepth) -> Result<PnmHeader> {
    let format = SampleFormat { color, depth };
    if !format.is_legal() {
        return Err(unsupported(format!("{format} PNM")));
    }
    if width == 0 || height == 0 {
        return Err(damaged(format!(
            "expected columns and rows, found {width}×{height}"
        )));
    }
    Ok(PnmHeader {
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

/// The error of a file that does not follow its format.
pub(crate) fn damaged(message: String) -> Error {
    Error::damaged("PNM", message)
}

/// The error of a file that follows its format, but that this crate does not read.
pub(crate) fn unsupported(found: String) -> Error {
    Error::unsupported(found)
}
