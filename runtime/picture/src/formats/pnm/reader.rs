//! PBM, PGM, PPM and PAM files, plain and raw → [`Picture`].
//!
//! Keeps the file's depth: a PGM with maxval 15 becomes 4-bit gray.

use pxc_codec::{BitDepth, Image, Limits};

use crate::error::{Error, Result};
use crate::formats::input::InputFormat;
use crate::formats::pnm::header::{PnmReader, damaged, unsupported};
use crate::ledger::Ledger;
use crate::picture::Picture;

/// Reads a whole file.
pub(crate) fn read_pnm(bytes: &[u8], limits: &Limits) -> Result<Picture> {
    let (image, ledger) = read_image(bytes, limits)?;
    Ok(Picture {
        dropped: ledger.lost(),
        ..Picture::plain(InputFormat::Pnm, image)
    })
}

fn read_image(bytes: &[u8], limits: &Limits) -> Result<(Image, Ledger)> {
    let mut reader = PnmReader::new(bytes);
    let kind = bytes.get(1).copied().unwrap_or_default();
    let header = reader.header(kind)?;
    let pixel_bytes = header.format.pixel_bytes();
    limits
        .check_image(header.width, header.height, pixel_bytes)
        .map_err(Error::limit)?;
    let count = header.width as usize * header.height as usize * header.format.color.channels();
    let samples = match kind {
        b'1' => reader.plain_bits(count)?,
        b'2' | b'3' => reader.plain_numbers(count, header.format.depth)?,
        b'4' => reader.packed_bits(header.width as usize, header.height as usize)?,
        _ => reader.take(count * header.format.depth.sample_bytes())?,
    };
    reader.check_end(kind)?;
    let image = Image::with_format(header.width, header.height, header.format, samples)
        .map_err(|error| Error::undecodable("PNM", "its image", error))?;
    Ok((image, reader.ledger))
}

impl PnmReader<'_> {
    fn take(&mut self, count: usize) -> Result<Vec<u8>> {
        let found = self.rest().len();
        let samples = self.rest().get(..count).ok_or_else(|| {
            damaged(format!(
                "byte {:#x}: samples: expected {count} bytes, found {found}",
                self.at
            ))
        })?;
        self.advance(count);
        Ok(samples.to_vec())
    }

    /// Samples of a raw PBM, where 1 is black. Bits after the last column should be zero.
    fn packed_bits(&mut self, width: usize, height: usize) -> Result<Vec<u8>> {
        let line = width.div_ceil(8);
        let (found, expected) = (self.rest().len(), line * height);
        if found < expected {
            return Err(damaged(format!(
                "byte {:#x}: samples: expected {expected} bytes, found {found}",
                self.at
            )));
        }
        let padding = (1u8 << (line * 8 - width)) - 1;
        let mut samples = Vec::with_capacity(width * height);
        let mut is_clean = true;
        for _ in 0..height {
            let row = &self.rest()[..line];
            samples.extend((0..width).map(|x| 1 - (row[x / 8] >> (7 - x % 8) & 1)));
            is_clean &= row[line - 1] & padding == 0;
            self.advance(line);
        }
        if !is_clean {
            self.ledger.lose("padding bits that are not zero");
        }
        Ok(samples)
    }

    /// Samples of a plain PBM, whose digits need no space between them.
    fn plain_bits(&mut self, count: usize) -> Result<Vec<u8>> {
        let mut samples = Vec::with_capacity(count);
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

    fn plain_numbers(&mut self, count: usize, depth: BitDepth) -> Result<Vec<u8>> {
        let mut samples = Vec::with_capacity(count * depth.sample_bytes());
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

    /// Checks what follows the samples: after plain ones, white space and comments are legal.
    fn check_end(&mut self, kind: u8) -> Result<()> {
        if kind <= b'3' {
            self.skip_space();
        }
        if self.rest().is_empty() {
            return Ok(());
        }
        Err(unsupported(
            "a PNM file with more bytes after its first image".to_owned(),
        ))
    }
}

#[cfg(test)]
mod tests {
    use pxc_codec::{ColorType, ErrorKind};

    use super::*;
    use crate::formats::output::OutputFormat;
    use crate::formats::pnm::writer::write_pnm;

    fn read(bytes: &[u8]) -> Result<Image> {
        read_image(bytes, &Limits::default()).map(|(image, _)| image)
    }

    /// Bytes that are not UTF-8, many after few.
    #[test]
    fn bytes_after_a_plain_image_are_none_of_it() {
        let file = [&b"P2 1 1 15 3\n"[..], &[0xff; 60]].concat();
        let error = read(&file).map(drop).map_err(|error| error.kind());
        assert_eq!(error, Err(ErrorKind::Unsupported));
    }

    /// As in netpbm, a carriage return ends a comment.
    #[test]
    fn a_carriage_return_ends_a_comment() {
        let image = read(b"P5\n# c\r2 1\n255\n\x01\x02").expect("an image");
        assert_eq!((image.width(), image.samples()), (2, &[1, 2][..]));
        let image = read(b"P2\r# c\r2 1\r255\r1 # d\r2\r").expect("an image");
        assert_eq!(image.samples(), [1, 2]);
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
            write_pnm(&image, OutputFormat::Pam, &mut file).expect("memory");
            assert_eq!(read(&file).expect("an image"), image);
        }
        let bits = read(b"P1 9 2 101010101 010101010").expect("an image");
        for format in [
            OutputFormat::Pbm,
            OutputFormat::Pgm,
            OutputFormat::Pnm,
            OutputFormat::Pam,
        ] {
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
                matches!(read(bytes), Err(Error::Damaged { .. })),
                "{bytes:?}"
            );
        }
        for bytes in [
            &b"P5 1 1 100\n\0"[..],
            b"P5 1 1 255\n\0\0",
            b"P6 1 1 15\n\0\0\0",
        ] {
            assert!(
                matches!(read(bytes), Err(Error::Unsupported { .. })),
                "{bytes:?}"
            );
        }
    }
}
