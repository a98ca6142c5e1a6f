//! A small image ↔ planes: luma, alpha, and chroma at half the size (`docs/format.md`, *Preview*).

use crate::container::header::Preview;
use crate::preview::plane::Plane;
use crate::preview::scaling::SmallImage;

/// The level of 0 in the planes of chroma.
const CHROMA_ZERO: i32 = 128;

/// Width, height and the level of 0 of each plane of a preview with this many samples per pixel.
pub(super) fn sizes(width: usize, height: usize, channels: usize) -> Vec<(usize, usize, i32)> {
    let (luma, chroma) = (
        (width, height, 0),
        (width.div_ceil(2), height.div_ceil(2), CHROMA_ZERO),
    );
    let mut sizes = vec![luma];
    if channels.is_multiple_of(2) {
        sizes.push(luma);
    }
    if channels > 2 {
        sizes.extend([chroma; 2]);
    }
    sizes
}

/// The planes of a small image.
pub(super) fn planes(small: &SmallImage) -> Vec<Plane> {
    let (width, height) = small.size();
    let sizes = sizes(width as usize, height as usize, small.channels());
    let mut planes: Vec<Plane> = sizes
        .into_iter()
        .map(|(width, height, zero)| Plane {
            width,
            height,
            zero,
            numbers: Vec::with_capacity(width * height),
        })
        .collect();
    let luma = |pixel: &[u8; 4]| {
        if small.is_gray {
            pixel[0].into()
        } else {
            ycocg(pixel)[0]
        }
    };
    planes[0].numbers = small.pixels.iter().map(luma).collect();
    if small.has_alpha {
        let alpha = |pixel: &[u8; 4]| pixel[3].into();
        planes[1].numbers = small.pixels.iter().map(alpha).collect();
    }
    if !small.is_gray {
        let first = planes.len() - 2;
        for (channel, plane) in [1, 2].into_iter().zip(&mut planes[first..]) {
            plane.numbers = chroma(small, channel);
        }
    }
    planes
}

/// Half of the mean of each block of 2 × 2 pixels.
fn chroma(small: &SmallImage, channel: usize) -> Vec<i32> {
    let (width, height) = small.size();
    let (width, height) = (width as usize, height as usize);
    let block = |x: usize, y: usize| {
        let rows = 2 * y..(2 * y + 2).min(height);
        let places = rows.flat_map(|y| (2 * x..(2 * x + 2).min(width)).map(move |x| y * width + x));
        let (count, sum) = places.fold((0, 0), |(count, sum), at| {
            (count + 1, sum + ycocg(&small.pixels[at])[channel])
        });
        (sum + count)
            .div_euclid(2 * count)
            .clamp(-CHROMA_ZERO, 255 - CHROMA_ZERO)
    };
    let rows = 0..height.div_ceil(2);
    rows.flat_map(|y| (0..width.div_ceil(2)).map(move |x| (x, y)))
        .map(|(x, y)| block(x, y))
        .collect()
}

/// The small image of planes.
pub(super) fn joined(planes: &[Plane], preview: &Preview) -> SmallImage {
    let (is_gray, has_alpha) = (preview.planes < 3, preview.planes.is_multiple_of(2));
    let luma = &planes[0];
    let chroma = planes.last_chunk().filter(|_| !is_gray);
    let pixel = |at: usize| {
        let (x, y) = (at % luma.width, at / luma.width);
        let [red, green, blue] = match chroma {
            None => [luma.numbers[at]; 3],
            Some([orange, green]) => rgb([
                luma.numbers[at],
                full_size(orange, x, y),
                full_size(green, x, y),
            ]),
        };
        let alpha = if has_alpha {
            planes[1].numbers[at]
        } else {
            255
        };
        [red, green, blue, alpha].map(|number| number.clamp(0, 255) as u8)
    };
    SmallImage {
        width: preview.width,
        height: preview.height,
        is_gray,
        has_alpha,
        largest: preview.largest,
        pixels: (0..luma.numbers.len()).map(pixel).collect(),
    }
}

/// The chroma of a pixel, twice the number of the plane: between those of the four nearest blocks.
fn full_size(plane: &Plane, x: usize, y: usize) -> i32 {
    let pair = |at: usize| match at % 2 {
        0 => (at / 2, (at / 2).saturating_sub(1)),
        _ => (at / 2, at / 2 + 1),
    };
    let ((x, beside), (y, above)) = (pair(x), pair(y));
    let sum = 9 * plane.near(x, y)
        + 3 * (plane.near(beside, y) + plane.near(x, above))
        + plane.near(beside, above);
    2 * ((sum + 8) >> 4)
}

/// Luma and chroma of a pixel, without loss.
fn ycocg(&[red, green, blue, _]: &[u8; 4]) -> [i32; 3] {
    let [red, green, blue] = [red, green, blue].map(i32::from);
    let orange = red - blue;
    let middle = blue + (orange >> 1);
    let green = green - middle;
    [middle + (green >> 1), orange, green]
}

fn rgb([luma, orange, green]: [i32; 3]) -> [i32; 3] {
    let middle = luma - (green >> 1);
    let blue = middle - (orange >> 1);
    [blue + orange, green + middle, blue]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colors_come_back() {
        for red in (0..=255).step_by(15) {
            for green in (0..=255).step_by(17) {
                for blue in (0..=255).step_by(5) {
                    let found = rgb(ycocg(&[red, green, blue, 0]));
                    assert_eq!(found, [red, green, blue].map(i32::from));
                }
            }
        }
    }
}
