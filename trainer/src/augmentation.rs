//! Crops and disturbances: flips, contrast, coloured and smoothed noise. Clean crops alone make a model over-confident.

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
    if rng.random_bool(0.5) {
        values
            .chunks_exact_mut(width * order.len())
            .for_each(|row| mirror(row, order.len()));
    }
    disturb(&mut values, width, height, order.len(), rng);
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
