//! The image formats that are read, and how a file's first bytes tell its format.

/// Names of the formats, for messages.
pub(crate) const NAMES: &str = "PNG, PNM, PAM, TIFF, WebP, QOI, BMP, GIF, JPEG";

/// An image format that this crate reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InputFormat {
    /// PNG.
    Png,
    /// PBM, PGM, PPM and PAM.
    Pnm,
    /// TIFF and BigTIFF.
    Tiff,
    /// WebP.
    WebP,
    /// QOI.
    Qoi,
    /// Windows bitmaps.
    Bmp,
    /// GIF.
    Gif,
    /// JPEG.
    Jpeg,
}

impl InputFormat {
    /// The format of a file, by its first bytes (32 are enough).
    pub fn detect(bytes: &[u8]) -> Option<InputFormat> {
        let signatures: [(&[u8], InputFormat); 10] = [
            (b"\x89PNG\r\n\x1a\n", InputFormat::Png),
            (b"II*\0", InputFormat::Tiff),
            (b"MM\0*", InputFormat::Tiff),
            (b"II+\0", InputFormat::Tiff),
            (b"MM\0+", InputFormat::Tiff),
            (b"qoif", InputFormat::Qoi),
            (b"GIF87a", InputFormat::Gif),
            (b"GIF89a", InputFormat::Gif),
            (b"\xff\xd8\xff", InputFormat::Jpeg),
            (b"RIFF", InputFormat::WebP),
        ];
        let found = signatures
            .iter()
            .find(|(signature, _)| bytes.starts_with(signature));
        match found {
            Some((_, InputFormat::WebP)) if bytes.get(8..12) != Some(b"WEBP") => None,
            Some((_, source)) => Some(*source),
            None if is_bmp(bytes) => Some(InputFormat::Bmp),
            None if is_pnm(bytes) => Some(InputFormat::Pnm),
            None => None,
        }
    }

    /// The format's usual name.
    pub fn name(self) -> &'static str {
        match self {
            InputFormat::Png => "PNG",
            InputFormat::Pnm => "PNM",
            InputFormat::Tiff => "TIFF",
            InputFormat::WebP => "WebP",
            InputFormat::Qoi => "QOI",
            InputFormat::Bmp => "BMP",
            InputFormat::Gif => "GIF",
            InputFormat::Jpeg => "JPEG",
        }
    }

    /// Whether the file's pixels are stored with loss. Of a WebP file this looks at its chunks, so `bytes` must hold the first one's
    /// tag; a JPEG file counts as lossy in any case.
    pub fn is_lossy(self, bytes: &[u8]) -> bool {
        match self {
            InputFormat::Jpeg => true,
            InputFormat::WebP => {
                riff_chunks(bytes).any(|(tag, _)| tag == b"VP8 " || has_lossy_frame(tag, bytes))
            }
            _ => false,
        }
    }
}

/// White space as PNM files have it.
pub(crate) fn is_white_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}

/// Text may begin with the same letters: looks at the first words of the header, too.
fn is_pnm(bytes: &[u8]) -> bool {
    let [b'P', kind @ b'1'..=b'7', space, rest @ ..] = bytes else {
        return false;
    };
    let mut words = rest
        .split(|&byte| is_white_space(byte))
        .filter(|word| !word.is_empty());
    let (first, second) = (words.next().unwrap_or_default(), words.next());
    // A comment may follow a number at once.
    let is_size = |word: &[u8]| {
        let digits = word.iter().take_while(|byte| byte.is_ascii_digit()).count();
        matches!(word.get(digits), None | Some(b'#'))
    };
    match (*space, *kind) {
        (b'#', _) => true,
        (space, _) if !is_white_space(space) => false,
        (_, b'7') => matches!(first.first(), Some(b'#' | b'A'..=b'Z')),
        _ => {
            !first.is_empty()
                && is_size(first)
                && (first.starts_with(b"#") || second.is_none_or(is_size))
        }
    }
}

/// Text may begin with the same letters: looks at the size of the second header, too.
fn is_bmp(bytes: &[u8]) -> bool {
    let size = bytes.get(14..18).and_then(|size| size.try_into().ok());
    let size = size.map(u32::from_le_bytes);
    bytes.starts_with(b"BM") && matches!(size, Some(12 | 16..=64 | 108 | 124))
}

/// An animation's frames are chunks of their own.
fn has_lossy_frame(tag: &[u8], bytes: &[u8]) -> bool {
    tag == b"ANMF" && bytes.windows(4).any(|window| window == b"VP8 ")
}

/// Tag and data of the chunks of a RIFF file.
fn riff_chunks(bytes: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    let mut rest = bytes.get(12..).unwrap_or_default();
    std::iter::from_fn(move || {
        let (tag, tail) = rest.split_at_checked(4)?;
        let (length, tail) = tail.split_first_chunk::<4>()?;
        let length = u32::from_le_bytes(*length) as usize;
        let data = tail.get(..length).unwrap_or(tail);
        rest = tail.get(length.next_multiple_of(2)..).unwrap_or_default();
        Some((tag, data))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_tells_the_format() {
        for (bytes, format) in [
            (&b"\x89PNG\r\n\x1a\n\0"[..], Some(InputFormat::Png)),
            (b"P6\n1 1", Some(InputFormat::Pnm)),
            (b"P8\n1 1", None),
            (b"RIFF\0\0\0\0WEBP", Some(InputFormat::WebP)),
            (b"RIFF\0\0\0\0WAVE", None),
            (b"P1 is a letter and a digit", None),
            (b"P1 7 dwarfs", None),
            (b"P1 3 4\n0 1 0", Some(InputFormat::Pnm)),
            (b"P6\n13 7#wide\n255\n", Some(InputFormat::Pnm)),
            (b"P5\n# made by hand\n3\n4 255\n", Some(InputFormat::Pnm)),
            (b"BM is short for bitmap, not for this", None),
            (
                b"BM\x36\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0",
                Some(InputFormat::Bmp),
            ),
            (b"", None),
        ] {
            assert_eq!(InputFormat::detect(bytes), format, "{bytes:?}");
        }
    }
}
