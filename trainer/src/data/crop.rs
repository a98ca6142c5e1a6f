//! Crops of photos to learn from: cut out at random, mirrored and disturbed. A model that learns only from clean crops
//! becomes over-confident.

use rand::{Rng, RngExt};

use crate::data::color_conversion::convert_and_back;
use crate::data::disturbance::{Disturbance, disturb};
use crate::data::photo::Photo;

/// A crop of integer samples with the surroundings that its pixels' contexts reach.
pub struct Crop {
    /// Width in pixels, surroundings included.
    pub width: usize,
    /// Height in pixels, surroundings included.
    pub height: usize,
    /// Channels per pixel.
    pub channels: usize,
    /// `height × width × channels` samples in coding order, 0..255.
    pub samples: Vec<u8>,
    /// Columns at the left and right that only serve as context.
    pub margin: usize,
    /// Rows at the top that only serve as context.
    pub top: usize,
}

/// The probability that a crop is treated as a whole tile, whose edge pixels lack neighbours.
pub(crate) const EDGE: f64 = 0.04;

/// The probability that an RGB crop goes through 8-bit luma and chroma.
const CONVERSION: f64 = 0.3;

/// Cuts a random `side × side` crop out of `photo` and disturbs it. `order` is the coding order of the planes.
pub(crate) fn random_crop(
    photo: &Photo,
    side: usize,
    reach: usize,
    order: &[usize],
    disturbance: &Disturbance,
    rng: &mut impl Rng,
) -> Crop {
    let (width, height) = (side + 2 * reach, side + reach);
    let x0 = rng.random_range(0..=photo.width - width.min(photo.width));
    let y0 = rng.random_range(0..=photo.height - height.min(photo.height));
    let transpose = rng.random_bool(0.25) && photo.width >= width && photo.height >= width;
    let mut values = read_planes(photo, (x0, y0), (width, height), transpose, order, rng);
    mirror_at_random(&mut values, width, order.len(), rng);
    disturb(&mut values, width, height, order.len(), disturbance, rng);
    if order == [1, 0, 2] && rng.random_bool(CONVERSION) {
        convert_and_back(&mut values, width, height, rng);
    }
    let edge = rng.random_bool(EDGE);
    Crop {
        width,
        height,
        channels: order.len(),
        samples: values
            .iter()
            .map(|v| v.round_ties_even().clamp(0.0, 255.0) as u8)
            .collect(),
        margin: if edge { 0 } else { reach },
        top: if edge { 0 } else { reach },
    }
}

/// Makes a crop of the whole of `photo` as a tile, mirrored half the time.
pub(crate) fn whole_image(photo: &Photo, order: &[usize], rng: &mut impl Rng) -> Crop {
    let (width, height) = (photo.width, photo.height);
    let mut values = read_planes(photo, (0, 0), (width, height), false, order, rng);
    mirror_at_random(&mut values, width, order.len(), rng);
    Crop {
        width,
        height,
        channels: order.len(),
        samples: values.iter().map(|&v| v.round() as u8).collect(),
        margin: 0,
        top: 0,
    }
}

/// Reads the samples as floats, in coding order; a gray model sees luma or one of the planes.
fn read_planes(
    photo: &Photo,
    (x0, y0): (usize, usize),
    (width, height): (usize, usize),
    transpose: bool,
    order: &[usize],
    rng: &mut impl Rng,
) -> Vec<f32> {
    let plane = rng.random_range(0..6_usize);
    let mut values = Vec::with_capacity(width * height * order.len());
    for y in 0..height {
        for x in 0..width {
            let (py, px) = if transpose {
                (y0.min(photo.height - width) + x, x0 + y)
            } else {
                (y0 + y, x0 + x)
            };
            let start = (py * photo.width + px) * 3;
            let pixel = &photo.samples[start..start + 3];
            match order.len() {
                1 if plane < 3 => values.push(f32::from(pixel[plane])),
                1 => values.push(luma(pixel)),
                _ => values.extend(order.iter().map(|&c| f32::from(pixel[c]))),
            }
        }
    }
    values
}

fn luma(pixel: &[u8]) -> f32 {
    (0.299 * f32::from(pixel[0]) + 0.587 * f32::from(pixel[1]) + 0.114 * f32::from(pixel[2]))
        .round()
}

/// Mirrors all rows, or none.
fn mirror_at_random(values: &mut [f32], width: usize, channels: usize, rng: &mut impl Rng) {
    if rng.random_bool(0.5) {
        values
            .chunks_exact_mut(width * channels)
            .for_each(|row| mirror(row, channels));
    }
}

fn mirror(row: &mut [f32], channels: usize) {
    let width = row.len() / channels;
    for x in 0..width / 2 {
        for c in 0..channels {
            row.swap(x * channels + c, (width - 1 - x) * channels + c);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_image_keeps_its_samples_and_its_edges() {
        let mut rng =
            <rand_chacha::ChaCha8Rng as rand_chacha::rand_core::SeedableRng>::seed_from_u64(3);
        let photo = Photo {
            width: 3,
            height: 2,
            channels: 3,
            samples: (0..18).collect(),
        };
        let planes = |columns: [u8; 3]| -> Vec<u8> {
            let pixels = (0..2).flat_map(|y| columns.map(|x| 9 * y + 3 * x));
            pixels
                .flat_map(|first| [first + 1, first, first + 2])
                .collect()
        };
        let mut seen = std::collections::BTreeSet::new();
        for _ in 0..32 {
            let crop = whole_image(&photo, &[1, 0, 2], &mut rng);
            assert_eq!((crop.width, crop.height), (3, 2));
            assert_eq!((crop.margin, crop.top), (0, 0));
            seen.insert(crop.samples);
        }
        let expected = [planes([0, 1, 2]), planes([2, 1, 0])];
        assert_eq!(seen, expected.into_iter().collect());
    }
}
