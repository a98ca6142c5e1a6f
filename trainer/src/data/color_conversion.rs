//! Converts a crop to 8-bit luma and chroma and back, as happened to images from JPEG files, video and Photo CD.

use rand::{Rng, RngExt};

/// The probability that the chroma of a crop gets half the resolution.
const HALF_CHROMA: f64 = 0.6;

/// The probability that the contrast of a crop is stretched or compressed after its conversion.
const ADJUSTMENT: f64 = 0.5;

/// A way of writing colours as 8-bit luma and chroma: red is `luma_step·y + red_step·cr`, blue
/// `luma_step·y + blue_step·cb`.
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
    // ITU-R BT.709 with the same ranges.
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

/// Converts the planes green, red, blue to integer luma and chroma, perhaps with chroma of half the resolution, and
/// back.
pub(crate) fn convert_and_back(
    values: &mut [f32],
    width: usize,
    height: usize,
    rng: &mut impl Rng,
) {
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
    if rng.random_bool(HALF_CHROMA) {
        halve_chroma(values, width, height, rng);
    }
    let gain = match rng.random_bool(ADJUSTMENT) {
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
    // Cells begin before the crop, so that every pixel lies between the centres of two.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::disturbance::noise;

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

        let noise = noise(width, height, 3, 2.5, &mut rng);
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
