//! Crops of unchanged images: cut out at random, half of them mirrored, with real edges where they touch the image's. A
//! network that is tuned to one kind of image should learn no other.

use rand::{Rng, RngExt};

use crate::data::crop::{Crop, EDGE};
use crate::data::photo::Photo;

/// The number of tries to find a crop with more than one colour, since a flat one teaches nothing.
const TRIALS: usize = 4;

/// Cuts a random `side × side` crop out of `photo`, or all of a side that is shorter. `order` is the coding order of
/// the planes, as many as the photo has.
pub(crate) fn plain_crop(
    photo: &Photo,
    side: usize,
    reach: usize,
    order: &[usize],
    rng: &mut impl Rng,
) -> Crop {
    let mut crop = any_crop(photo, side, reach, order, rng);
    for _ in 1..TRIALS {
        if !is_flat(&crop) {
            break;
        }
        crop = any_crop(photo, side, reach, order, rng);
    }
    crop
}

/// Whether a crop has one colour only.
fn is_flat(crop: &Crop) -> bool {
    let mut pixels = crop.samples.chunks_exact(crop.channels);
    let first = pixels.next();
    pixels.all(|pixel| Some(pixel) == first)
}

fn any_crop(photo: &Photo, side: usize, reach: usize, order: &[usize], rng: &mut impl Rng) -> Crop {
    debug_assert_eq!(photo.channels, order.len());
    // A crop inside the image has its surroundings. Elsewhere, and sometimes inside, it ends at its own edges, as a
    // tile does.
    let is_tile = rng.random_bool(EDGE);
    let across = random_span(photo.width, side, reach, rng);
    let down = random_span(photo.height, side, reach, rng);
    let inside = across.start >= reach && across.end + reach <= photo.width && !is_tile;
    let margin = if inside { reach } else { 0 };
    let below = down.start >= reach && !is_tile;
    let top = if below { reach } else { 0 };
    let columns = across.start - margin..across.end + margin;
    let rows = down.start - top..down.end;
    let is_mirrored = rng.random_bool(0.5);
    let mut samples = Vec::with_capacity(columns.len() * rows.len() * order.len());
    for y in rows.clone() {
        let row = &photo.samples[y * photo.width * photo.channels..];
        for x in columns.clone() {
            let x = match is_mirrored {
                true => photo.width - 1 - x,
                false => x,
            };
            let pixel = &row[x * photo.channels..][..photo.channels];
            samples.extend(order.iter().map(|&plane| pixel[plane]));
        }
    }
    Crop {
        width: columns.len(),
        height: rows.len(),
        channels: order.len(),
        samples,
        margin,
        top,
    }
}

/// Chooses `side` of `length` pixels, or all of them; a span that would begin or end near an edge touches it.
fn random_span(
    length: usize,
    side: usize,
    reach: usize,
    rng: &mut impl Rng,
) -> std::ops::Range<usize> {
    let side = side.min(length);
    let last = length - side;
    let start = match rng.random_range(0..=last) {
        start if start < reach => 0,
        start if start + reach > last => last,
        start => start,
    };
    start..start + side
}

#[cfg(test)]
mod tests {
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::SeedableRng;

    use super::*;

    /// A photo in which every sample shows its position.
    fn photo(width: usize, height: usize) -> Photo {
        let sample = |index: usize| (index % width * 3 + index / width * 7) as u8;
        Photo {
            width,
            height,
            channels: 1,
            samples: (0..width * height).map(sample).collect(),
        }
    }

    #[test]
    fn crops_are_parts_of_the_image_with_their_surroundings() {
        let photo = photo(40, 30);
        let mut rng = ChaCha8Rng::seed_from_u64(2);
        let mut kinds = std::collections::BTreeSet::new();
        let mut mirrored = 0;
        for _ in 0..400 {
            let crop = plain_crop(&photo, 12, 4, &[0], &mut rng);
            kinds.insert((crop.margin, crop.top));
            assert_eq!(
                (crop.width, crop.height),
                (12 + 2 * crop.margin, 12 + crop.top)
            );
            let first = crop.samples[0];
            let is_mirrored = crop.samples[1] != first.wrapping_add(3);
            mirrored += usize::from(is_mirrored);
            let expected = |index: usize| {
                let (x, y) = (index % crop.width * 3, index / crop.width * 7);
                let row = first.wrapping_add(y as u8);
                match is_mirrored {
                    true => row.wrapping_sub(x as u8),
                    false => row.wrapping_add(x as u8),
                }
            };
            let found = crop.samples.iter().enumerate();
            assert!(
                found
                    .into_iter()
                    .all(|(index, &sample)| sample == expected(index))
            );
        }
        assert_eq!(kinds.len(), 4, "inside, at each edge, at both: {kinds:?}");
        assert!((150..250).contains(&mirrored), "{mirrored} of 400");
    }

    #[test]
    fn flat_crops_are_rare() {
        let mut photo = photo(200, 40);
        for row in photo.samples.chunks_exact_mut(200) {
            row[..100].fill(9);
        }
        let mut rng = ChaCha8Rng::seed_from_u64(2);
        let mut flat = || is_flat(&plain_crop(&photo, 12, 4, &[0], &mut rng));
        let count = (0..400).filter(|_| flat()).count();
        // Without retries, about 170 crops would be flat.
        assert!((1..40).contains(&count), "{count}");
    }

    #[test]
    fn an_image_that_is_smaller_than_a_crop_is_taken_whole() {
        let photo = photo(9, 5);
        let mut rng = ChaCha8Rng::seed_from_u64(2);
        let crop = plain_crop(&photo, 32, 4, &[0], &mut rng);
        assert_eq!(
            (crop.width, crop.height, crop.margin, crop.top),
            (9, 5, 0, 0)
        );
        let rows = photo.samples.chunks_exact(9);
        let mirrored = rows.flat_map(|row| row.iter().rev().copied()).collect();
        assert!([photo.samples, mirrored].contains(&crop.samples));
    }
}
