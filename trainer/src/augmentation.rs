//! Crops and disturbances: flips, contrast, coloured and smoothed noise, conversion to luma and chroma and back. Clean crops alone make
//! a model over-confident.

use rand::{Rng, RngExt};
use rand_distr::{Distribution, Exp1, StandardNormal};

use crate::dataset::Picture;

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

/// The chance that a crop is treated as a whole tile, whose edge pixels lack neighbours.
const EDGE_CHANCE: f64 = 0.04;

/// The chance that a crop goes through 8-bit luma and chroma, as pictures from JPEG files, video and Photo CD went.
const CONVERSION_CHANCE: f64 = 0.3;

/// The chance that the chroma of such a crop gets half the resolution.
const HALF_CHROMA_CHANCE: f64 = 0.6;

/// The chance that such a crop is stretched or compressed after its conversion, as by an adjustment of contrast.
const ADJUSTMENT_CHANCE: f64 = 0.5;

/// A way of writing colours as 8-bit luma and chroma: red is `luma_step·y + red_step·cr`, blue `luma_step·y + blue_step·cb`.
struct Conversion {
    /// The shares of red and blue in luma.
    shares: [f32; 2],
    luma_step: f32,
    red_step: f32,
    blue_step: f32,
}

const CONVERSIONS: [Conversion; 4] = [
    // JFIF: ITU-R BT.601, all of 0..255.
    Conversion {
        shares: [0.299, 0.114],
        luma_step: 1.0,
        red_step: 1.402,
        blue_step: 1.772,
    },
    // ITU-R BT.601 with luma in 16..235, chroma in 16..240.
    Conversion {
        shares: [0.299, 0.114],
        luma_step: 1.164_4,
        red_step: 1.596,
        blue_step: 2.017_2,
    },
    // ITU-R BT.709, the same ranges.
    Conversion {
        shares: [0.212_6, 0.072_2],
        luma_step: 1.164_4,
        red_step: 1.792_7,
        blue_step: 2.112_4,
    },
    // Photo YCC.
    Conversion {
        shares: [0.299, 0.114],
        luma_step: 1.358_4,
        red_step: 1.821_5,
        blue_step: 2.217_9,
    },
];

/// Cuts a random `side × side` crop out of `picture` and disturbs it. `order` is the coding order of the planes.
pub fn random_crop(
    picture: &Picture,
    side: usize,
    reach: usize,
    order: &[usize],
    rng: &mut impl Rng,
) -> Crop {
    let (width, height) = (side + 2 * reach, side + reach);
    let x0 = rng.random_range(0..=picture.width - width.min(picture.width));
    let y0 = rng.random_range(0..=picture.height - height.min(picture.height));
    let transpose = rng.random_bool(0.25) && picture.width >= width && picture.height >= width;
    let mut values = read_planes(picture, (x0, y0), (width, height), transpose, order, rng);
    mirror_at_random(&mut values, width, order.len(), rng);
    disturb(&mut values, width, height, order.len(), rng);
    if order == [1, 0, 2] && rng.random_bool(CONVERSION_CHANCE) {
        convert_and_back(&mut values, width, height, rng);
    }
    let edge = rng.random_bool(EDGE_CHANCE);
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

/// The whole of `picture` as a tile, mirrored half the time.
pub fn whole_image(picture: &Picture, order: &[usize], rng: &mut impl Rng) -> Crop {
    let (width, height) = (picture.width, picture.height);
    let mut values = read_planes(picture, (0, 0), (width, height), false, order, rng);
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

/// The samples as floats, in coding order; a gray model sees luma or one of the planes.
fn read_planes(
    picture: &Picture,
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
                (y0.min(picture.height - width) + x, x0 + y)
            } else {
                (y0 + y, x0 + x)
            };
            let start = (py * picture.width + px) * 3;
            let pixel = &picture.samples[start..start + 3];
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

fn disturb(values: &mut [f32], width: usize, height: usize, channels: usize, rng: &mut impl Rng) {
    if rng.random_bool(0.6) {
        let mean = values.iter().sum::<f32>() / values.len() as f32;
        let gain = rng.random_range(-0.3_f32..0.9).exp();
        values
            .iter_mut()
            .for_each(|v| *v = (*v - mean) * gain + mean);
    }
    if rng.random_bool(0.6) {
        let noise = noise(width, height, channels, rng);
        values.iter_mut().zip(noise).for_each(|(v, n)| *v += n);
    }
}

/// Converts the planes green, red, blue to integer luma and chroma, perhaps with chroma of half the resolution, and back.
fn convert_and_back(values: &mut [f32], width: usize, height: usize, rng: &mut impl Rng) {
    let Conversion {
        shares: [red, blue],
        luma_step,
        red_step,
        blue_step,
    } = CONVERSIONS[rng.random_range(0..CONVERSIONS.len())];
    for pixel in values.chunks_exact_mut(3) {
        let [g, r, b] = [pixel[0], pixel[1], pixel[2]].map(|v| v.clamp(0.0, 255.0));
        let luma = red * r + (1.0 - red - blue) * g + blue * b;
        pixel.copy_from_slice(&[
            luma / luma_step,
            (r - luma) / red_step,
            (b - luma) / blue_step,
        ]);
    }
    if rng.random_bool(HALF_CHROMA_CHANCE) {
        halve_chroma(values, width, height, rng);
    }
    let gain = match rng.random_bool(ADJUSTMENT_CHANCE) {
        true => rng.random_range(0.8..1.25),
        false => 1.0,
    };
    for pixel in values.chunks_exact_mut(3) {
        let luma = luma_step * pixel[0].round();
        let (r, b) = (
            luma + red_step * pixel[1].round(),
            luma + blue_step * pixel[2].round(),
        );
        let g = (luma - red * r - blue * b) / (1.0 - red - blue);
        pixel.copy_from_slice(&[g, r, b].map(|v| (v - 128.0) * gain + 128.0));
    }
}

/// Replaces the second and the third channel by their means over 2×2 pixels, interpolated linearly.
fn halve_chroma(values: &mut [f32], width: usize, height: usize, rng: &mut impl Rng) {
    let (left, top) = (rng.random_range(0..2_usize), rng.random_range(0..2_usize));
    // Cells begin before the picture, so that every pixel lies between the centres of two.
    let (columns, rows) = (width / 2 + 3, height / 2 + 3);
    let mut sums = vec![[0.0_f32; 3]; columns * rows];
    let cell = |y: usize, x: usize| ((y + top) / 2 + 1) * columns + (x + left) / 2 + 1;
    for (index, pixel) in values.chunks_exact(3).enumerate() {
        let sum = &mut sums[cell(index / width, index % width)];
        *sum = [sum[0] + pixel[1], sum[1] + pixel[2], sum[2] + 1.0];
    }
    let blend = |at: usize, across: isize, down: isize, k: usize| {
        let mut total = [0.0_f32; 2];
        for (dx, wx) in [(0, 3.0), (across, 1.0)] {
            for (dy, wy) in [(0, 3.0), (down * columns as isize, 1.0)] {
                let sum = sums[(at as isize + dx + dy) as usize];
                if sum[2] > 0.0 {
                    total = [total[0] + wx * wy * sum[k] / sum[2], total[1] + wx * wy];
                }
            }
        }
        total[0] / total[1]
    };
    let towards = |coordinate: usize| if coordinate.is_multiple_of(2) { -1 } else { 1 };
    for (index, pixel) in values.chunks_exact_mut(3).enumerate() {
        let (y, x) = (index / width, index % width);
        let around = (cell(y, x), towards(x + left), towards(y + top));
        for k in 0..2 {
            pixel[k + 1] = blend(around.0, around.1, around.2, k);
        }
    }
}

fn normal(rng: &mut impl Rng) -> f32 {
    StandardNormal.sample(rng)
}

/// Gaussian noise of exponentially distributed strength; half the time correlated over channels, sometimes over neighbours.
fn noise(width: usize, height: usize, channels: usize, rng: &mut impl Rng) -> Vec<f32> {
    let exponential: f32 = Exp1.sample(rng);
    let strength = 2.5 * exponential;
    let correlated = rng.random_bool(0.5);
    let mut noise = Vec::with_capacity(width * height * channels);
    for _ in 0..width * height {
        let shared = if correlated {
            0.8 * strength * normal(rng)
        } else {
            0.0
        };
        let own = if correlated { 0.5 * strength } else { strength };
        noise.extend((0..channels).map(|_| own * normal(rng) + shared));
    }
    if rng.random_bool(0.4) {
        smooth(&noise, width, height, channels)
    } else {
        noise
    }
}

/// Half the sum of each 2×2 neighbourhood, edges repeated: keeps the variance, correlates neighbours.
fn smooth(noise: &[f32], width: usize, height: usize, channels: usize) -> Vec<f32> {
    let at = |y: usize, x: usize, c: usize| noise[(y * width + x) * channels + c];
    let mut smoothed = Vec::with_capacity(noise.len());
    for y in 0..height {
        let north = y.saturating_sub(1);
        for x in 0..width {
            let west = x.saturating_sub(1);
            smoothed.extend((0..channels).map(|c| {
                (at(y, x, c) + at(y, west, c) + at(north, x, c) + at(north, west, c)) / 2.0
            }));
        }
    }
    smoothed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_image_keeps_its_samples_and_its_edges() {
        let mut rng =
            <rand_chacha::ChaCha8Rng as rand_chacha::rand_core::SeedableRng>::seed_from_u64(3);
        let picture = Picture {
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
            let crop = whole_image(&picture, &[1, 0, 2], &mut rng);
            assert_eq!((crop.width, crop.height), (3, 2));
            assert_eq!((crop.margin, crop.top), (0, 0));
            seen.insert(crop.samples);
        }
        let expected = [planes([0, 1, 2]), planes([2, 1, 0])];
        assert_eq!(seen, expected.into_iter().collect());
    }

    #[test]
    fn chroma_of_half_the_resolution_keeps_luma_and_flat_chroma() {
        let mut rng =
            <rand_chacha::ChaCha8Rng as rand_chacha::rand_core::SeedableRng>::seed_from_u64(5);
        let (width, height) = (9, 7);
        let mut flat: Vec<f32> = (0..width * height)
            .flat_map(|i| [i as f32, 20.0, -7.0])
            .collect();
        let before = flat.clone();
        halve_chroma(&mut flat, width, height, &mut rng);
        let differences = flat.iter().zip(&before).map(|(a, b)| (a - b).abs());
        assert!(differences.fold(0.0, f32::max) < 1e-3);

        let noise = noise(width, height, 3, &mut rng);
        let mut smoothed = noise.clone();
        halve_chroma(&mut smoothed, width, height, &mut rng);
        let energy = |v: &[f32]| v.chunks(3).map(|p| p[1].powi(2)).sum::<f32>();
        assert!(energy(&smoothed) < 0.7 * energy(&noise));
        for (a, b) in smoothed.chunks(3).zip(noise.chunks(3)) {
            assert_eq!(a[0], b[0]);
        }
    }

    #[test]
    fn a_conversion_leaves_few_colors_near_the_old_ones() {
        let mut rng =
            <rand_chacha::ChaCha8Rng as rand_chacha::rand_core::SeedableRng>::seed_from_u64(6);
        // All colours of a cube: the conversions keep 8-bit luma and chroma, of which a quarter or less are in it.
        let cube: Vec<f32> = (0..16_u16.pow(3))
            .flat_map(|i| [i >> 8, (i >> 4) & 15, i & 15].map(|v| f32::from(120 + v)))
            .collect();
        for _ in 0..16 {
            let mut converted = cube.clone();
            convert_and_back(&mut converted, 64, 64, &mut rng);
            let colors: std::collections::BTreeSet<Vec<i32>> = converted
                .chunks(3)
                .map(|p| p.iter().map(|v| v.round() as i32).collect())
                .collect();
            assert!(colors.len() < 4096 / 3, "{}", colors.len());
            let gray = |v: &[f32]| v.iter().sum::<f32>() / v.len() as f32;
            assert!((gray(&converted) - gray(&cube)).abs() < 1.0);
        }
    }
}
