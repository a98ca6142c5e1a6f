//! Red, green, blue and alpha, as JavaScript has them, ↔ images.

use pxc_runtime::{BitDepth, ColorType, Image, SampleFormat};
use wasm_bindgen::prelude::wasm_bindgen;

use crate::failure::{Failure, Result};

/// The image of samples of red, green, blue and alpha, with as few channels as hold all of them. `bytes` are those of a
/// sample, most significant first.
pub(crate) fn image_of<T: Copy + PartialEq, const BYTES: usize>(
    width: u32,
    height: u32,
    rgba: &[T],
    opaque: T,
    bytes: impl Fn(T) -> [u8; BYTES],
) -> Result<Image> {
    let expected = 4 * u64::from(width) * u64::from(height);
    if rgba.len() as u64 != expected {
        let found = rgba.len();
        let message =
            format!("{width}×{height} pixels: expected {expected} samples, found {found}");
        return Err(Failure::argument(&message));
    }
    let (color, channels) = fewest_channels(rgba, opaque);
    let pixels = rgba.as_chunks::<4>().0.iter();
    let samples =
        pixels.flat_map(|pixel| channels.iter().flat_map(|&channel| bytes(pixel[channel])));
    let depth = if BYTES == 1 {
        BitDepth::Eight
    } else {
        BitDepth::Sixteen
    };
    let format = SampleFormat { color, depth };
    Ok(Image::with_format(
        width,
        height,
        format,
        samples.collect(),
    )?)
}

/// The fewest channels that hold all samples, and which they are.
fn fewest_channels<T: Copy + PartialEq>(rgba: &[T], opaque: T) -> (ColorType, &'static [usize]) {
    let pixels = || rgba.as_chunks::<4>().0.iter();
    let is_gray = pixels().all(|[red, green, blue, _]| red == green && green == blue);
    let is_opaque = pixels().all(|[.., alpha]| *alpha == opaque);
    match (is_gray, is_opaque) {
        (true, true) => (ColorType::Gray, &[0]),
        (true, false) => (ColorType::GrayAlpha, &[0, 3]),
        (false, true) => (ColorType::Rgb, &[0, 1, 2]),
        (false, false) => (ColorType::Rgba, &[0, 1, 2, 3]),
    }
}

/// A decoded image: red, green, blue and alpha.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Pixels {
    width: u32,
    height: u32,
    data: Vec<u8>,
    deep: Option<Vec<u16>>,
}

impl Pixels {
    /// An image that was expanded.
    pub(crate) fn new(image: Image) -> Pixels {
        let (width, height, color) = (image.width(), image.height(), image.color());
        let (data, deep) = match image.depth() {
            BitDepth::Sixteen => {
                let deep = widened(color, &image.to_u16(), u16::MAX);
                (deep.iter().copied().map(nearest).collect(), Some(deep))
            }
            _ => (widened(color, image.samples(), u8::MAX), None),
        };
        Pixels {
            width,
            height,
            data,
            deep,
        }
    }
}

#[wasm_bindgen]
impl Pixels {
    /// Width in pixels.
    #[wasm_bindgen(getter)]
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Height in pixels.
    #[wasm_bindgen(getter)]
    pub fn height(&self) -> u32 {
        self.height
    }

    /// The samples as 8 bits, for one call.
    pub fn take_data(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.data)
    }

    /// The samples as 16 bits, for one call; only of an image of 16 bits.
    pub fn take_deep(&mut self) -> Option<Vec<u16>> {
        self.deep.take()
    }
}

/// Adds the channels that are missing.
fn widened<T: Copy>(color: ColorType, samples: &[T], opaque: T) -> Vec<T> {
    let mut rgba = Vec::with_capacity(samples.len() / color.channels() * 4);
    for pixel in samples.chunks_exact(color.channels()) {
        rgba.extend(match *pixel {
            [gray] => [gray, gray, gray, opaque],
            [gray, alpha] => [gray, gray, gray, alpha],
            [red, green, blue] => [red, green, blue, opaque],
            [red, green, blue, alpha, ..] => [red, green, blue, alpha],
            [] => [opaque; 4],
        });
    }
    rgba
}

/// The 8-bit sample that is nearest to one of 16 bits.
fn nearest(sample: u16) -> u8 {
    ((u32::from(sample) + 128) / 257) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(rgba: &[u8]) -> Image {
        image_of(rgba.len() as u32 / 4, 1, rgba, 255, |sample| [sample]).unwrap()
    }

    #[test]
    fn images_have_the_channels_that_they_need() {
        for (color, rgba) in [
            (ColorType::Gray, [7, 7, 7, 255, 9, 9, 9, 255]),
            (ColorType::GrayAlpha, [7, 7, 7, 255, 9, 9, 9, 254]),
            (ColorType::Rgb, [7, 7, 7, 255, 9, 9, 8, 255]),
            (ColorType::Rgba, [7, 7, 7, 0, 8, 9, 9, 255]),
        ] {
            let image = image(&rgba);
            assert_eq!(image.color(), color);
            assert_eq!(Pixels::new(image).data, rgba);
        }
    }

    #[test]
    fn samples_of_16_bits_come_back() {
        let rgba = [0, 128, 129, 65535, 65406, 65407, 65535, 1];
        let image = image_of(2, 1, &rgba, u16::MAX, u16::to_be_bytes).unwrap();
        let pixels = Pixels::new(image);
        assert_eq!(pixels.deep.as_deref(), Some(&rgba[..]));
        assert_eq!(pixels.data, [0, 0, 1, 255, 254, 255, 255, 0]);
    }

    #[test]
    fn samples_must_fill_the_image() {
        assert!(image_of(2, 1, &[0; 4], 255, |sample| [sample]).is_err());
        assert!(image_of(0, 1, &[], 255, |sample: u8| [sample]).is_err());
    }
}
