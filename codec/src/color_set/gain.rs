//! Whether a colour set is worth its bytes. Only an encoder asks, and the format does not depend on the answer
//! (`docs/format.md`, *Colour set*).
//!
//! In: an image and the coding order of its planes. Out: the set, if it is expected to save more than its bytes. The
//! estimate replaces the network by a smooth distribution around the prediction, which is wider where the neighbours
//! differ more.

use std::array::from_fn;

use crate::color_set::cube::ColorCube;
use crate::color_set::set::ColorSet;
use crate::image::raster::Image;
use crate::model::prediction::{base, carry};

/// Smaller images have too few pixels for a set to pay.
const MIN_PIXELS: usize = 1 << 12;
/// Pixels that the estimate visits.
const VISITED: usize = 1 << 14;
/// Values on each side of the prediction that the estimate sums.
const REACH: i16 = 16;
/// By how much the estimate exceeds the real gain, since a network knows more: without and with refinement, in halves.
const ESTIMATE_HALVES: [u64; 2] = [6, 7];
/// The fewest bits that a colour of a set takes, in halves.
const MIN_HALF_BITS: u64 = 3;
/// Scales of the distributions.
const SCALES: usize = 129;
/// Fractions of a bit.
pub(crate) const PARTS: u32 = 256;

/// A colour set and its bytes.
pub(crate) struct EncodedColorSet {
    pub(crate) set: ColorSet,
    pub(crate) bytes: Vec<u8>,
    /// The bytes that the set is expected to save, 0 if that was not estimated.
    pub(crate) saved: u64,
}

/// The colour set of an image of 8-bit red, green and blue, whatever it costs.
pub(crate) fn encoded(image: &Image, order: [usize; 3]) -> EncodedColorSet {
    let mut cube = ColorCube::of(pixels(image));
    EncodedColorSet {
        set: ColorSet::new(&cube, order),
        bytes: cube.encode(),
        saved: 0,
    }
}

/// The colour set of an image if it is expected to make the file smaller. `refined`: the coding method is *refined*,
/// not *network*.
pub(crate) fn worthwhile(
    image: &Image,
    order: [usize; 3],
    refined: bool,
) -> Option<EncodedColorSet> {
    let pixel_count = image.pixels() as usize;
    if pixel_count < MIN_PIXELS {
        return None;
    }
    let mut cube = ColorCube::of(pixels(image));
    let mut colors = 0_u64;
    cube.each(|_| colors += 1);
    // A set saves at most a few bits a pixel.
    if colors > pixel_count as u64 / 2 {
        return None;
    }
    let set = ColorSet::new(&cube, order);
    let expected = expected_bytes(image, &set, order);
    // The refinement learns the colours it sees, so a set only pays if there are many to learn.
    let learned = expected * colors / pixel_count as u64;
    let factor = ESTIMATE_HALVES[usize::from(refined)];
    let pays = |bytes: u64| 2 * expected > factor * bytes && (!refined || 9 * learned > 4 * bytes);
    if !pays(colors * MIN_HALF_BITS / 16) {
        return None;
    }
    let bytes = cube.encode();
    let saved = expected * 2 / factor;
    pays(bytes.len() as u64).then_some(EncodedColorSet { set, bytes, saved })
}

fn pixels(image: &Image) -> impl Iterator<Item = [u8; 3]> {
    let samples = image.samples().chunks_exact(image.format().pixel_bytes());
    samples.map(|pixel| [pixel[0], pixel[1], pixel[2]])
}

/// The bytes that the set is expected to save, its own not subtracted.
fn expected_bytes(image: &Image, set: &ColorSet, order: [usize; 3]) -> u64 {
    let (width, count) = (image.width() as usize, image.pixels() as usize);
    let pixel_bytes = image.format().pixel_bytes();
    let pixel = |at: usize| -> [i16; 3] {
        let start = at * pixel_bytes;
        order.map(|plane| image.samples()[start + plane].into())
    };
    let weights = weights();
    // An odd step visits all columns.
    let step = (count / VISITED) | 1;
    let (mut visited, mut parts) = (0_u64, 0_u64);
    for at in (width + 1..count).step_by(step).filter(|at| at % width > 0) {
        let [x, west, north, north_west] = [at, at - 1, at - width, at - width - 1].map(pixel);
        visited += 1;
        if west == north && north == north_west {
            // The network needs no set here.
            continue;
        }
        let bases: [i16; 3] = from_fn(|k| base(west[k], north[k], north_west[k]));
        let own = [x[0] - bases[0], x[1] - bases[1]];
        for k in 1..3 {
            let roughness = west[k].abs_diff(north_west[k]) + north[k].abs_diff(north_west[k]);
            let weights = &weights[1 + usize::from(roughness / 4)];
            let prediction = i16::from(carry(k, bases[k], own));
            let earlier = [x[0] as u8, x[1] as u8];
            parts += u64::from(saved_parts(set, k, earlier, prediction, weights));
        }
    }
    parts * count as u64 / (visited.max(1) * u64::from(PARTS) * 8)
}

/// What the set saves on a sample around its prediction, in [`PARTS`] of a bit: the share of values that it does not
/// allow.
fn saved_parts(
    set: &ColorSet,
    channel: usize,
    earlier: [u8; 2],
    prediction: i16,
    weights: &[u32; REACH as usize + 1],
) -> u32 {
    let (mut all, mut legal) = (0, 0);
    for value in (prediction - REACH).max(0)..=(prediction + REACH).min(255) {
        let weight = weights[usize::from(value.abs_diff(prediction))];
        all += weight;
        if set.allows(channel, earlier, value as u8) {
            legal += weight;
        }
    }
    log2(all) - log2(legal.clamp(1, all))
}

/// The weight of a value by scale and distance: `s⁴ / (s⁴ + d⁴)`, in parts of 2^10.
fn weights() -> [[u32; REACH as usize + 1]; SCALES] {
    from_fn(|scale| {
        let scale = (scale as u64).pow(4);
        from_fn(|distance| ((scale << 10) / (scale + (distance as u64).pow(4)).max(1)) as u32)
    })
}

/// The binary logarithm in [`PARTS`] of a bit, interpolated between powers of two.
pub(crate) fn log2(value: u32) -> u32 {
    let octave = value.max(1).ilog2();
    octave * PARTS + (((u64::from(value) * u64::from(PARTS)) >> octave) as u32 - PARTS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::sample_format::ColorType;

    /// A noisy slope, with samples rounded by `round`.
    fn picture(round: impl Fn([i32; 3]) -> [i32; 3]) -> Image {
        let mut state = 1_u32;
        let mut noise = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 29) as i32 + (state >> 12 & 7) as i32
        };
        let samples = (0..96 * 96).flat_map(|i| {
            let slope = 40 + i % 96 / 2 + i / 96 / 3;
            let pixel = [0, 9, -5].map(|offset| slope + offset + noise());
            round(pixel).map(|v| v as u8)
        });
        Image::new(96, 96, ColorType::Rgb, samples.collect()).expect("an image")
    }

    #[test]
    fn a_lattice_pays_and_noise_does_not() {
        let order = [1, 0, 2];
        assert!(worthwhile(&picture(|pixel| pixel), order, false).is_none());
        let lattice = picture(|[r, g, b]| {
            // Luma, and chroma in steps of three.
            [g + (r - g) / 3 * 3, g, g + (b - g) / 3 * 3]
        });
        for refined in [false, true] {
            let found = worthwhile(&lattice, order, refined).expect("a set");
            assert_eq!(found.bytes, encoded(&lattice, order).bytes);
            assert!(found.bytes.len() < 2500, "{} bytes", found.bytes.len());
        }
    }

    #[test]
    fn logarithms_are_near() {
        assert_eq!([1, 2, 1024].map(log2), [0, 256, 2560]);
        assert!((log2(3) as i32 - 406).abs() < 24);
    }
}
