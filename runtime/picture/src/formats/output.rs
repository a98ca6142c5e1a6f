//! The image formats that pxc writes, and which images each can hold.

use std::path::Path;

use pxc_codec::{BitDepth, ColorType, Image, SampleFormat};

/// An image format that this crate writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OutputFormat {
    /// PNG: every image, with its metadata.
    Png,
    /// PBM: 1-bit gray.
    Pbm,
    /// PGM: gray.
    Pgm,
    /// PPM: RGB.
    Ppm,
    /// PGM or PPM, whichever the image needs.
    Pnm,
    /// PAM: gray or RGB, with or without alpha.
    Pam,
    /// TIFF: gray or RGB, with or without alpha.
    Tiff,
    /// Lossless WebP: 8-bit RGB or RGBA.
    WebP,
    /// QOI: 8-bit RGB or RGBA.
    Qoi,
    /// BMP: 8-bit gray, RGB or RGBA.
    Bmp,
}

impl OutputFormat {
    /// Every format.
    pub const ALL: [OutputFormat; 10] = [
        OutputFormat::Png,
        OutputFormat::Pbm,
        OutputFormat::Pgm,
        OutputFormat::Ppm,
        OutputFormat::Pnm,
        OutputFormat::Pam,
        OutputFormat::Tiff,
        OutputFormat::WebP,
        OutputFormat::Qoi,
        OutputFormat::Bmp,
    ];

    /// The format that a file's extension asks for. `.tif` is TIFF.
    pub fn of_name(path: &Path) -> Option<OutputFormat> {
        let extension = path.extension()?.to_str()?.to_ascii_lowercase();
        match extension.as_str() {
            "tif" => Some(OutputFormat::Tiff),
            other => OutputFormat::ALL
                .into_iter()
                .find(|format| format.extension() == other),
        }
    }

    /// The format's name, which is also the extension of its files.
    pub fn extension(self) -> &'static str {
        match self {
            OutputFormat::Png => "png",
            OutputFormat::Pbm => "pbm",
            OutputFormat::Pgm => "pgm",
            OutputFormat::Ppm => "ppm",
            OutputFormat::Pnm => "pnm",
            OutputFormat::Pam => "pam",
            OutputFormat::Tiff => "tiff",
            OutputFormat::WebP => "webp",
            OutputFormat::Qoi => "qoi",
            OutputFormat::Bmp => "bmp",
        }
    }

    /// Which images the format can hold, in words.
    pub fn capacity(self) -> &'static str {
        match self {
            OutputFormat::Png => "every image",
            OutputFormat::Pbm => "1-bit gray",
            OutputFormat::Pgm => "gray",
            OutputFormat::Ppm => "8- and 16-bit rgb",
            OutputFormat::Pnm => "gray, and 8- and 16-bit rgb",
            OutputFormat::Pam | OutputFormat::Tiff => {
                "gray, and 8- and 16-bit gray+alpha, rgb and rgba"
            }
            OutputFormat::WebP => "8-bit rgb and rgba of at most 16384 columns and rows",
            OutputFormat::Qoi => "8-bit rgb and rgba",
            OutputFormat::Bmp => "8-bit gray, rgb and rgba",
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
            OutputFormat::Png => true,
            _ if !is_plain => false,
            OutputFormat::Pbm => is_gray && depth == BitDepth::One,
            OutputFormat::Pgm => is_gray,
            OutputFormat::Ppm => is_rgb,
            OutputFormat::Pnm => is_gray || is_rgb,
            OutputFormat::Pam | OutputFormat::Tiff => true,
            OutputFormat::WebP => {
                is_eight && (is_rgb || is_rgba) && image.width().max(image.height()) <= 16384
            }
            OutputFormat::Qoi => is_eight && (is_rgb || is_rgba),
            OutputFormat::Bmp => is_eight && (is_gray || is_rgb || is_rgba),
        }
    }

    /// Converts the image to a form that this format holds, with the same colour for every pixel; `None` if it holds
    /// none.
    ///
    /// Expands a palette to RGB, gray to RGB and a transparent colour to alpha. Never reduces the depth or drops alpha.
    #[must_use]
    pub fn fit(self, image: Image) -> Option<Image> {
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

/// Converts gray to RGB with three equal samples.
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
    fn names_tell_the_format() {
        let of = |name: &str| OutputFormat::of_name(Path::new(name));
        assert_eq!(of("a/b.TIF"), Some(OutputFormat::Tiff));
        assert_eq!(of("b.webp"), Some(OutputFormat::WebP));
        assert_eq!(of("png"), None);
        assert_eq!(of("b.jpg"), None);
    }

    #[test]
    fn gray_becomes_rgb_and_keeps_depth_and_alpha() {
        let gray = Image::new(1, 2, ColorType::GrayAlpha, vec![1, 2, 3, 4]).expect("fits");
        let fitted = OutputFormat::Qoi.fit(gray.clone()).expect("rgba");
        assert_eq!(fitted.samples(), [1, 1, 1, 2, 3, 3, 3, 4]);
        assert!(OutputFormat::Ppm.fit(gray).is_none());
        let deep = Image::from_u16(1, 1, ColorType::Gray, &[0x0102]).expect("fits");
        let fitted = OutputFormat::Ppm.fit(deep.clone()).expect("rgb");
        assert_eq!(fitted.samples(), [1, 2, 1, 2, 1, 2]);
        assert!(OutputFormat::WebP.fit(deep).is_none());
    }
}
