//! The image formats besides .pxc: how a file's bytes tell its format, what names say so, and what a format can hold.
//!
//! In: a file's first bytes, or a name. Out: a [`Source`] to read or a [`Format`] to write.

use std::path::Path;

use clap::ValueEnum;
use pxc_runtime::{BitDepth, ColorType, Image, SampleFormat};

use crate::png_reader::PNG_SIGNATURE;

/// A format that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
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

/// What the formats that are read are called, for messages.
pub(crate) const SOURCES: &str = "PNG, PNM, PAM, TIFF, WebP, QOI, BMP, GIF, JPEG";

impl Source {
    /// The format of a file, from its first bytes.
    pub(crate) fn detect(bytes: &[u8]) -> Option<Source> {
        let signatures: [(&[u8], Source); 11] = [
            (&PNG_SIGNATURE, Source::Png),
            (b"II*\0", Source::Tiff),
            (b"MM\0*", Source::Tiff),
            (b"II+\0", Source::Tiff),
            (b"MM\0+", Source::Tiff),
            (b"qoif", Source::Qoi),
            (b"BM", Source::Bmp),
            (b"GIF87a", Source::Gif),
            (b"GIF89a", Source::Gif),
            (b"\xff\xd8\xff", Source::Jpeg),
            (b"RIFF", Source::WebP),
        ];
        let found = signatures
            .iter()
            .find(|(signature, _)| bytes.starts_with(signature));
        match found {
            Some((_, Source::WebP)) if bytes.get(8..12) != Some(b"WEBP") => None,
            Some((_, source)) => Some(*source),
            None if is_pnm(bytes) => Some(Source::Pnm),
            None => None,
        }
    }

    /// Its name, for messages.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Source::Png => "PNG",
            Source::Pnm => "PNM",
            Source::Tiff => "TIFF",
            Source::WebP => "WebP",
            Source::Qoi => "QOI",
            Source::Bmp => "BMP",
            Source::Gif => "GIF",
            Source::Jpeg => "JPEG",
        }
    }

    /// Whether a file has lost something already, so that `--allow-lossy-source` must be given.
    pub(crate) fn is_lossy(self, bytes: &[u8]) -> bool {
        match self {
            Source::Jpeg => true,
            Source::WebP => {
                riff_chunks(bytes).any(|(tag, _)| tag == b"VP8 " || has_lossy_frame(tag, bytes))
            }
            _ => false,
        }
    }
}

fn is_pnm(bytes: &[u8]) -> bool {
    matches!(bytes, [b'P', b'1'..=b'7', space, ..] if space.is_ascii_whitespace() || *space == b'#')
}

/// An animation's frames are chunks of their own.
fn has_lossy_frame(tag: &[u8], bytes: &[u8]) -> bool {
    tag == b"ANMF" && bytes.windows(4).any(|window| window == b"VP8 ")
}

/// Tag and data of the chunks of a RIFF file.
pub(crate) fn riff_chunks(bytes: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
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

/// A format that is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "lower")]
pub(crate) enum Format {
    /// Any image, with its metadata
    Png,
    /// 1-bit gray
    Pbm,
    /// Gray
    Pgm,
    /// RGB
    Ppm,
    /// Gray or RGB
    Pnm,
    /// Gray or RGB, with or without alpha
    Pam,
    /// Gray, RGB or RGBA
    Tiff,
    /// 8-bit RGB or RGBA
    WebP,
    /// 8-bit RGB or RGBA
    Qoi,
    /// 8-bit gray, RGB or RGBA
    Bmp,
}

impl Format {
    /// The format that a file's name asks for.
    pub(crate) fn of_name(path: &Path) -> Option<Format> {
        let extension = path.extension()?.to_str()?.to_ascii_lowercase();
        match extension.as_str() {
            "tif" => Some(Format::Tiff),
            other => Format::value_variants()
                .iter()
                .copied()
                .find(|format| format.extension() == other),
        }
    }

    /// Its name and its files' extension.
    pub(crate) fn extension(self) -> &'static str {
        match self {
            Format::Png => "png",
            Format::Pbm => "pbm",
            Format::Pgm => "pgm",
            Format::Ppm => "ppm",
            Format::Pnm => "pnm",
            Format::Pam => "pam",
            Format::Tiff => "tiff",
            Format::WebP => "webp",
            Format::Qoi => "qoi",
            Format::Bmp => "bmp",
        }
    }

    /// What it can hold, for messages.
    pub(crate) fn capacity(self) -> &'static str {
        match self {
            Format::Png => "every image",
            Format::Pbm => "1-bit gray",
            Format::Pgm => "gray",
            Format::Ppm => "8- and 16-bit rgb",
            Format::Pnm => "gray, and 8- and 16-bit rgb",
            Format::Pam => "gray, and 8- and 16-bit gray+alpha, rgb and rgba",
            Format::Tiff => "8- and 16-bit gray, rgb and rgba",
            Format::WebP => "8-bit rgb and rgba of at most 16384 columns and rows",
            Format::Qoi => "8-bit rgb and rgba",
            Format::Bmp => "8-bit gray, rgb and rgba",
        }
    }

    fn holds(self, image: &Image) -> bool {
        let SampleFormat { color, depth } = image.format();
        let is_plain = image.palette().is_none() && image.color_key().is_none();
        let is_gray = color == ColorType::Gray;
        let is_rgb = color == ColorType::Rgb && depth >= BitDepth::Eight;
        let is_rgba = color == ColorType::Rgba;
        let is_eight = depth == BitDepth::Eight;
        match self {
            Format::Png => true,
            _ if !is_plain => false,
            Format::Pbm => is_gray && depth == BitDepth::One,
            Format::Pgm => is_gray,
            Format::Ppm => is_rgb,
            Format::Pnm => is_gray || is_rgb,
            Format::Pam => true,
            Format::Tiff => (is_gray && depth >= BitDepth::Eight) || is_rgb || is_rgba,
            Format::WebP => {
                is_eight && (is_rgb || is_rgba) && image.width().max(image.height()) <= 16384
            }
            Format::Qoi => is_eight && (is_rgb || is_rgba),
            Format::Bmp => is_eight && (is_gray || is_rgb || is_rgba),
        }
    }

    /// The image in a form that this format holds, with the same colour for every pixel; `None` if there is none.
    ///
    /// A palette becomes RGB, gray becomes RGB, a transparent colour becomes alpha. No depth and no alpha is taken away.
    pub(crate) fn fit(self, image: Image) -> Option<Image> {
        if self.holds(&image) {
            return Some(image);
        }
        let image = image.expanded();
        if self.holds(&image) {
            return Some(image);
        }
        Some(colored(image)).filter(|image| self.holds(image))
    }
}

/// Gray → RGB with three equal samples.
fn colored(image: Image) -> Image {
    let color = match image.color() {
        ColorType::Gray => ColorType::Rgb,
        ColorType::GrayAlpha => ColorType::Rgba,
        _ => return image,
    };
    let format = SampleFormat {
        color,
        depth: image.depth(),
    };
    let (width, height) = (image.width(), image.height());
    let (sample, pixel) = (format.depth.sample_bytes(), image.format().pixel_bytes());
    let pixels = image.samples().chunks_exact(pixel);
    let samples = pixels.flat_map(|pixel| {
        let (gray, alpha) = pixel.split_at(sample);
        gray.iter().chain(gray).chain(gray).chain(alpha)
    });
    let samples = samples.copied().collect();
    Image::with_format(width, height, format, samples).unwrap_or(image)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_tells_the_format() {
        for (bytes, source) in [
            (&b"\x89PNG\r\n\x1a\n\0"[..], Some(Source::Png)),
            (b"P6\n1 1", Some(Source::Pnm)),
            (b"P8\n1 1", None),
            (b"RIFF\0\0\0\0WEBP", Some(Source::WebP)),
            (b"RIFF\0\0\0\0WAVE", None),
            (b"", None),
        ] {
            assert_eq!(Source::detect(bytes), source, "{bytes:?}");
        }
    }

    #[test]
    fn names_tell_the_format() {
        let of = |name: &str| Format::of_name(Path::new(name));
        assert_eq!(of("a/b.TIF"), Some(Format::Tiff));
        assert_eq!(of("b.webp"), Some(Format::WebP));
        assert_eq!(of("png"), None);
        assert_eq!(of("b.jpg"), None);
    }

    #[test]
    fn gray_becomes_rgb_and_nothing_is_taken_away() {
        let gray = Image::new(1, 2, ColorType::GrayAlpha, vec![1, 2, 3, 4]).expect("fits");
        let fitted = Format::Qoi.fit(gray.clone()).expect("rgba");
        assert_eq!(fitted.samples(), [1, 1, 1, 2, 3, 3, 3, 4]);
        assert!(Format::Ppm.fit(gray).is_none());
        let deep = Image::from_u16(1, 1, ColorType::Gray, &[0x0102]).expect("fits");
        let fitted = Format::Ppm.fit(deep.clone()).expect("rgb");
        assert_eq!(fitted.samples(), [1, 2, 1, 2, 1, 2]);
        assert!(Format::WebP.fit(deep).is_none());
    }
}
