//! Any [`Image`] in, plain 8- or 16-bit gray or RGB out, with or without alpha: no palette, no transparent colour.

use crate::image::palette::{ColorKey, Palette};
use crate::image::raster::Image;
use crate::image::sample_format::{BitDepth, ColorType, SampleFormat};

impl Image {
    /// Removes palette and transparent colour, and converts the samples to 8 bits; samples of 16 bits stay as they are.
    ///
    /// Indices become RGB, or RGBA if an entry has alpha; 1-, 2- and 4-bit gray is scaled to 0…255; a transparent
    /// colour becomes an alpha sample of 0.
    pub fn expanded(self) -> Image {
        let (width, height, format) = (self.width(), self.height(), self.format());
        let (color, samples) = match (self.palette(), self.color_key()) {
            (Some(palette), _) => looked_up(palette, self.samples()),
            (None, Some(key)) => keyed(key, format.depth, self.samples()),
            (None, None) => (format.color, scaled(format.depth, self.into_samples())),
        };
        let depth = format.depth.max(BitDepth::Eight);
        Image::with_format(width, height, SampleFormat { color, depth }, samples)
            .expect("every pixel was expanded to a whole pixel")
    }
}

/// The format of [`Image::expanded`] for an image with this format, palette and transparent colour.
pub(crate) fn expanded_format(
    format: SampleFormat,
    palette: Option<&Palette>,
    key: Option<ColorKey>,
) -> SampleFormat {
    let color = match (palette, key) {
        (Some(palette), _) if palette.alpha().is_empty() => ColorType::Rgb,
        (Some(_), _) => ColorType::Rgba,
        (None, Some(ColorKey::Gray(_))) => ColorType::GrayAlpha,
        (None, Some(ColorKey::Rgb(_))) => ColorType::Rgba,
        (None, None) => format.color,
    };
    let depth = format.depth.max(BitDepth::Eight);
    SampleFormat { color, depth }
}

fn looked_up(palette: &Palette, indices: &[u8]) -> (ColorType, Vec<u8>) {
    let colors = indices.iter().map(|&index| palette.rgba(index));
    if palette.alpha().is_empty() {
        let opaque = colors.flat_map(|[red, green, blue, _]| [red, green, blue]);
        return (ColorType::Rgb, opaque.collect());
    }
    (ColorType::Rgba, colors.flatten().collect())
}

/// Scaling by 255, 85 or 17 fills the byte with copies of the sample.
fn scaled(depth: BitDepth, mut samples: Vec<u8>) -> Vec<u8> {
    if depth < BitDepth::Eight {
        let factor = (255 / depth.largest()) as u8;
        samples.iter_mut().for_each(|sample| *sample *= factor);
    }
    samples
}

fn keyed(key: ColorKey, depth: BitDepth, samples: &[u8]) -> (ColorType, Vec<u8>) {
    let bytes = depth.sample_bytes();
    let transparent: Vec<u8> = key
        .samples()
        .iter()
        .flat_map(|sample| (sample & depth.largest()).to_be_bytes()[2 - bytes..].to_vec())
        .collect();
    let mut out =
        Vec::with_capacity(samples.len() / transparent.len() * (transparent.len() + bytes));
    for pixel in samples.chunks_exact(transparent.len()) {
        out.extend_from_slice(&scaled(depth, pixel.to_vec()));
        let alpha = if pixel == transparent { 0 } else { u8::MAX };
        out.extend(std::iter::repeat_n(alpha, bytes));
    }
    let color = match key {
        ColorKey::Gray(_) => ColorType::GrayAlpha,
        ColorKey::Rgb(_) => ColorType::Rgba,
    };
    (color, out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{EncodeOptions, Limits, encode, read_header};

    #[test]
    fn every_kind_becomes_plain() {
        let palette = Palette::new(vec![[1, 2, 3], [4, 5, 6]], vec![9]).expect("legal");
        let image = Image::with_palette(3, 1, BitDepth::Two, palette, vec![1, 0, 3]).expect("fits");
        let plain = image.expanded();
        assert_eq!(plain.color(), ColorType::Rgba);
        assert_eq!(plain.samples(), [4, 5, 6, 255, 1, 2, 3, 9, 0, 0, 0, 255]);

        let gray = SampleFormat {
            color: ColorType::Gray,
            depth: BitDepth::Two,
        };
        let image = Image::with_format(2, 1, gray, vec![1, 3]).expect("fits");
        assert_eq!(image.clone().expanded().samples(), [85, 255]);
        let image = image.with_color_key(ColorKey::Gray(3)).expect("gray");
        assert_eq!(image.expanded().samples(), [85, 255, 255, 0]);

        let image = Image::from_u16(2, 1, ColorType::Rgb, &[1, 2, 3, 1, 2, 0x0400]).expect("fits");
        let key = ColorKey::Rgb([1, 2, 0x0400]);
        let plain = image.with_color_key(key).expect("rgb").expanded();
        let expected = [1, 2, 3, 65535, 1, 2, 0x0400, 0];
        assert_eq!(
            (plain.to_u16(), plain.color()),
            (expected.to_vec(), ColorType::Rgba)
        );
    }

    #[test]
    fn the_header_knows_the_plain_format() {
        let palette = |alpha| Palette::new(vec![[1, 2, 3]], alpha).expect("legal");
        let indices = |alpha| Image::with_palette(1, 1, BitDepth::One, palette(alpha), vec![0]);
        let gray = |depth, samples| {
            let color = ColorType::Gray;
            Image::with_format(1, 1, SampleFormat { color, depth }, samples).expect("fits")
        };
        let deep = Image::from_u16(1, 1, ColorType::Rgb, &[1, 2, 3]).expect("fits");
        let images = [
            indices(vec![]).expect("fits"),
            indices(vec![9]).expect("fits"),
            gray(BitDepth::Four, vec![9]),
            gray(BitDepth::Sixteen, vec![9, 9]),
            gray(BitDepth::Eight, vec![9])
                .with_color_key(ColorKey::Gray(7))
                .expect("gray"),
            deep.clone(),
            deep.with_color_key(ColorKey::Rgb([1, 2, 3])).expect("rgb"),
        ];
        for image in images {
            let (file, _) = encode(&image, &[], None, &EncodeOptions::default()).expect("a file");
            let header = read_header(&file, &Limits::default()).expect("a header");
            assert_eq!(header.expanded_format(), image.expanded().format());
        }
    }
}
