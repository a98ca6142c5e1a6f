//! QOI → [`Picture`]: every operation of the format, and what follows the last pixel.

use pxc_codec::{ColorType, Image, Limits};

use crate::error::{Error, Result};
use crate::formats::input::InputFormat;
use crate::ledger::Ledger;
use crate::picture::Picture;

const HEADER_BYTES: usize = 14;
/// The bytes after the last operation.
const END: [u8; 8] = [0, 0, 0, 0, 0, 0, 0, 1];
/// Positions of two fields.
const CHANNELS: usize = 12;
const COLOR_SPACE: usize = 13;

type Pixel = [u8; 4];

/// Reads a whole file.
pub(crate) fn read_qoi(bytes: &[u8], limits: &Limits) -> Result<Picture> {
    let header = QoiHeader::parse(bytes)?;
    let channels = usize::from(header.channels);
    limits
        .check_image(header.width, header.height, channels)
        .map_err(Error::limit)?;
    let mut ledger = Ledger::new(bytes);
    ledger.claim(0..CHANNELS);
    ledger.claim_if(
        header.is_srgb,
        COLOR_SPACE..HEADER_BYTES,
        "the linear colour space",
    );

    let mut stream = QoiStream::new(bytes);
    let count = header.width as usize * header.height as usize;
    let mut samples = Vec::with_capacity(count * channels);
    while samples.len() < count * channels {
        let at = stream.at;
        let run = stream.next()?;
        let left = count - samples.len() / channels;
        for _ in 0..run.min(left) {
            samples.extend_from_slice(&stream.pixel[..channels]);
        }
        ledger.claim_if(run <= left, at..stream.at, "pixels after the last one");
    }
    let keeps_alpha = channels == 4 || stream.is_opaque;
    ledger.claim_if(
        keeps_alpha,
        CHANNELS..COLOR_SPACE,
        "alpha in a file of three channels",
    );
    let end = stream.check_end()?;
    ledger.claim(stream.at..end);
    ledger.name_tail(end, "the end marker");

    let color = if channels == 4 {
        ColorType::Rgba
    } else {
        ColorType::Rgb
    };
    let image = Image::new(header.width, header.height, color, samples);
    let image = image.map_err(|error| Error::undecodable("QOI", "its image", error))?;
    Ok(Picture {
        dropped: ledger.lost(),
        ..Picture::plain(InputFormat::Qoi, image)
    })
}

struct QoiHeader {
    width: u32,
    height: u32,
    channels: u8,
    is_srgb: bool,
}

impl QoiHeader {
    fn parse(bytes: &[u8]) -> Result<QoiHeader> {
        let truncated = || Error::Truncated { format: "QOI" };
        let header: &[u8; HEADER_BYTES] = bytes.first_chunk().ok_or_else(truncated)?;
        let [_, _, _, _, a, b, c, d, e, f, g, h, channels, space] = *header;
        let header = QoiHeader {
            width: u32::from_be_bytes([a, b, c, d]),
            height: u32::from_be_bytes([e, f, g, h]),
            channels,
            is_srgb: space == 0,
        };
        let (width, height) = (header.width, header.height);
        let problem = if width == 0 || height == 0 {
            format!("byte 0x4: expected columns and rows, found {width}×{height}")
        } else if channels != 3 && channels != 4 {
            format!("byte 0xc: expected 3 or 4 channels, found {channels}")
        } else if space > 1 {
            format!("byte 0xd: expected the colour space 0 or 1, found {space}")
        } else {
            return Ok(header);
        };
        Err(Error::damaged("QOI", problem))
    }
}

/// The operations, and what they refer to.
struct QoiStream<'a> {
    bytes: &'a [u8],
    at: usize,
    pixel: Pixel,
    seen: [Pixel; 64],
    /// Whether no pixel has an alpha below the largest. Entries of `seen` that no pixel wrote are transparent.
    is_opaque: bool,
}

impl<'a> QoiStream<'a> {
    fn new(bytes: &'a [u8]) -> QoiStream<'a> {
        QoiStream {
            bytes,
            at: HEADER_BYTES,
            pixel: [0, 0, 0, u8::MAX],
            seen: [[0; 4]; 64],
            is_opaque: true,
        }
    }

    /// Applies the next operation to the pixel; returns how often the pixel occurs.
    fn next(&mut self) -> Result<usize> {
        let operation = self.byte()?;
        let mut count = 1;
        match (operation >> 6, operation & 63) {
            (3, 62) => {
                let color: [u8; 3] = self.take()?;
                self.pixel[..3].copy_from_slice(&color);
            }
            (3, 63) => self.pixel = self.take()?,
            (0, index) => self.pixel = self.seen[usize::from(index)],
            (1, steps) => self.add([steps >> 4, steps >> 2 & 3, steps & 3], [2; 3]),
            (2, green) => {
                let rest = self.byte()?;
                self.add(
                    [green + (rest >> 4), green, green + (rest & 15)],
                    [40, 32, 40],
                );
            }
            (_, run) => count = usize::from(run) + 1,
        }
        self.is_opaque &= self.pixel[3] == u8::MAX;
        let weighted = self.pixel.iter().zip([3, 5, 7, 11]);
        let hash: usize = weighted
            .map(|(&sample, weight)| usize::from(sample) * weight)
            .sum();
        self.seen[hash % 64] = self.pixel;
        Ok(count)
    }

    /// Adds steps to the colour, less their biases.
    fn add(&mut self, steps: [u8; 3], biases: [u8; 3]) {
        for ((sample, step), bias) in self.pixel.iter_mut().zip(steps).zip(biases) {
            *sample = sample.wrapping_add(step).wrapping_sub(bias);
        }
    }

    fn byte(&mut self) -> Result<u8> {
        self.take().map(|[byte]| byte)
    }

    /// Takes bytes of an operation, which must end before the end marker.
    fn take<const COUNT: usize>(&mut self) -> Result<[u8; COUNT]> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let operations = &rest[..rest.len().saturating_sub(END.len())];
        let taken = operations
            .first_chunk()
            .ok_or(Error::Truncated { format: "QOI" })?;
        self.at += COUNT;
        Ok(*taken)
    }

    /// Checks that the end marker comes next; returns where it ends.
    fn check_end(&self) -> Result<usize> {
        let rest = &self.bytes[self.at..];
        if rest.starts_with(&END) {
            return Ok(self.at + END.len());
        }
        if rest.len() < END.len() {
            return Err(Error::Truncated { format: "QOI" });
        }
        Err(Error::damaged(
            "QOI",
            format!(
                "byte {:#x}: expected the end marker after the last pixel, found other bytes",
                self.at
            ),
        ))
    }
}
