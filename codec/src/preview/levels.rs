//! Numbers ↔ levels, which are multiples of a step (`docs/format.md`, *Preview*).
//!
//! Levels are restored smoothly: a number becomes the mean of its surroundings, as far as its level allows it. That
//! keeps skies from falling into bands.

use crate::image::sample_format::BitDepth;
use crate::preview::plane::Plane;
use crate::tiles::tile::Tile;

/// The surroundings of a number: distances in columns and rows, and weights.
const SURROUNDINGS: [(isize, isize, i32); 9] = [
    (-1, -1, 1),
    (0, -1, 2),
    (1, -1, 1),
    (-1, 0, 2),
    (0, 0, 4),
    (1, 0, 2),
    (-1, 1, 1),
    (0, 1, 2),
    (1, 1, 1),
];

/// The nearest levels of a plane.
pub(super) fn levels(plane: &Plane, step: u8) -> Tile {
    let step = i32::from(step);
    let level = |&number: &i32| ((number + step / 2).div_euclid(step) + plane.zero) as u8;
    Tile {
        width: plane.width,
        height: plane.height,
        planes: 1,
        depth: BitDepth::Eight,
        samples: plane.numbers.iter().map(level).collect(),
    }
}

/// The plane whose levels these are.
pub(super) fn restored(tile: &Tile, zero: i32, step: u8) -> Plane {
    let (width, height, step) = (tile.width, tile.height, i32::from(step));
    let inside = |number: i32| number.clamp(-zero, 255 - zero);
    let center = |level: u8| (i32::from(level) - zero) * step;
    let number = |at: usize| {
        let level = tile.samples[at];
        let (x, y) = ((at % width) as isize, (at / width) as isize);
        let weighted = SURROUNDINGS.map(|(dx, dy, weight)| {
            let near = (x + dx).clamp(0, width as isize - 1) as usize
                + (y + dy).clamp(0, height as isize - 1) as usize * width;
            // Beyond an edge nothing is smooth.
            let near = Some(tile.samples[near]).filter(|near| near.abs_diff(level) <= 1);
            weight * inside(center(near.unwrap_or(level)))
        });
        let (mean, center) = ((weighted.iter().sum::<i32>() + 8) >> 4, center(level));
        inside(mean.clamp(center - step / 2, center + (step - 1) / 2))
    };
    Plane {
        width,
        height,
        zero,
        numbers: (0..width * height).map(number).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preview::choice::{CANDIDATES, Candidate};

    fn plane(width: usize, zero: i32, numbers: Vec<i32>) -> Plane {
        Plane {
            width,
            height: numbers.len() / width,
            zero,
            numbers,
        }
    }

    #[test]
    fn numbers_come_back_as_far_as_the_step_allows() {
        for zero in [0, 128] {
            let numbers = plane(16, zero, (0..256).map(|n| n * 37 % 256 - zero).collect());
            for step in [1, 2, 3, 8, 31, 32, 64] {
                let back = restored(&levels(&numbers, step), zero, step);
                let pairs = back.numbers.iter().zip(&numbers.numbers);
                let errors = pairs.map(|(a, b)| a.abs_diff(*b));
                let largest = errors.max().expect("some");
                assert!(largest < u32::from(step), "{largest} with step {step}");
            }
        }
    }

    #[test]
    fn black_white_and_gray_stay_what_they_are() {
        for Candidate { step, .. } in CANDIDATES {
            for (zero, number) in [(0, 0), (0, 255), (128, 0)] {
                let flat = plane(3, zero, vec![number; 9]);
                assert_eq!(restored(&levels(&flat, step), zero, step), flat);
            }
        }
    }

    #[test]
    fn slopes_stay_smooth() {
        let slope = plane(256, 0, (0..256 * 8).map(|n| n % 256).collect());
        let back = restored(&levels(&slope, 16), 0, 16);
        let jumps = back.numbers[..256].windows(2).map(|two| two[1] - two[0]);
        let jumps: Vec<i32> = jumps.collect();
        assert!(jumps.iter().all(|jump| (0..=8).contains(jump)), "{jumps:?}");
    }

    #[test]
    fn edges_stay_sharp() {
        let edge = plane(4, 0, [0, 0, 240, 240].repeat(3));
        assert_eq!(restored(&levels(&edge, 16), 0, 16), edge);
    }
}
