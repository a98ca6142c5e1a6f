//! The image formats that pxc reads, and how a file's first bytes identify them.

/// The words with which a line of a PAM header begins.
const PAM_FIELDS: [&[u8]; 6] = [
    b"WIDTH",
    b"HEIGHT",
    b"DEPTH",
    b"MAXVAL",
    b"TUPLTYPE",
    b"ENDHDR",
];

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

    /// Whether a file that begins with `bytes` is text, which only begins like a file of this format. The first 32
    /// bytes of image files of all formats but PNM have some that no text has.
    pub fn is_text(self, bytes: &[u8]) -> bool {
        let is_character = |&byte: &u8| is_white_space(byte) || byte >= 0x20;
        self != InputFormat::Pnm && bytes.iter().all(is_character)
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

    /// Whether the file's pixels are stored with loss. For a WebP file this looks at its chunks, so `bytes` must hold
    /// the first one's tag. A JPEG file always counts as lossy.
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

/// Whether a byte ends a comment of PNM, as in netpbm.
pub(crate) fn ends_comment(byte: &u8) -> bool {
    matches!(byte, b'\n' | b'\r')
}

/// Whether a byte is white space in PNM files.
pub(crate) fn is_white_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}

/// Whether this is a PNM file. Text may begin with the same letters, so this also looks at the rest of the header.
fn is_pnm(bytes: &[u8]) -> bool {
    let [b'P', kind @ b'1'..=b'7', rest @ ..] = bytes else {
        return false;
    };
    if !rest
        .first()
        .is_some_and(|&byte| is_white_space(byte) || byte == b'#')
    {
        return false;
    }
    let mut rest = rest;
    if *kind == b'7' {
        let first = word(&mut rest);
        let is_field = |word| {
            let is_cut = |field: &&[u8]| rest.is_empty() && field.starts_with(word);
            PAM_FIELDS.contains(&word) || PAM_FIELDS.iter().any(is_cut)
        };
        return first.is_none_or(is_field);
    }
    let numbers = if matches!(kind, b'1' | b'4') { 2 } else { 3 };
    let mut words = std::iter::from_fn(|| word(&mut rest)).take(numbers);
    words.all(|word| word.iter().all(u8::is_ascii_digit))
}

/// The next word of a header, which ends at white space or a comment; `None` at the end.
fn word<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    loop {
        let (first, tail) = rest.split_first()?;
        if *first == b'#' {
            let end = tail.iter().position(ends_comment);
            *rest = &tail[end?..];
        } else if is_white_space(*first) {
            *rest = tail;
        } else {
            break;
        }
    }
    let is_end = |&byte: &u8| is_white_space(byte) || byte == b'#';
    let length = rest.iter().position(is_end).unwrap_or(rest.len());
    let (word, tail) = rest.split_at(length);
    *rest = tail;
    Some(word)
}

/// Whether this is a bitmap. Text may begin with the same letters, so this also looks at the size of the second header.
fn is_bmp(bytes: &[u8]) -> bool {
    let size = bytes.get(14..18).and_then(|size| size.try_into().ok());
    let size = size.map(u32::from_le_bytes);
    bytes.starts_with(b"BM") && matches!(size, Some(12 | 16..=64 | 108 | 124))
}

/// Whether a chunk holds a lossy frame. The frames of an animation are chunks inside it.
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
            (b"P3 2 1 are numbers", None),
            (b"P5#1 is a hash tag\nand this is text", None),
            (b"P7 IS A CLASS", None),
            (b"P7\n# by hand\nWIDTH 3\n", Some(InputFormat::Pnm)),
            (b"P7\n# cut off", Some(InputFormat::Pnm)),
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
