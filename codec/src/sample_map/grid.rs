//! Evenly spaced values (`docs/format.md`, *Sample map*).
//!
//! In: the values that occur. Out: the widest grid that has them all.

/// The values `first + (i · numerator + rounding) div denominator`, for `i` in `0..count`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ValueGrid {
    pub(crate) first: u32,
    pub(crate) numerator: u32,
    pub(crate) denominator: u32,
    pub(crate) rounding: u32,
    pub(crate) count: u32,
}

/// Bits of the samples that cameras, scanners and medical devices scale to 16 bits.
const SCALED_BITS: std::ops::RangeInclusive<u32> = 9..=15;

impl ValueGrid {
    /// A grid of values at the same distance `step` from one another.
    pub(crate) fn even(first: u32, step: u32, count: u32) -> ValueGrid {
        ValueGrid {
            first,
            numerator: step,
            denominator: 1,
            rounding: 0,
            count,
        }
    }

    /// The value of an index.
    pub(crate) fn value(&self, index: u32) -> u64 {
        let (index, numerator) = (u64::from(index), u64::from(self.numerator));
        let scaled = index * numerator + u64::from(self.rounding);
        u64::from(self.first) + scaled / u64::from(self.denominator)
    }

    /// The index of a value, if the grid has it.
    pub(crate) fn index(&self, value: u16) -> Option<u32> {
        let distance = u64::from(u32::from(value).checked_sub(self.first)?);
        let scaled = (distance * u64::from(self.denominator)).div_ceil(u64::from(self.numerator));
        let nearest = scaled as u32;
        let mut near = nearest.saturating_sub(1)..=nearest;
        near.find(|&index| index < self.count && self.value(index) == value.into())
    }

    /// The grid of rising values: evenly spaced, or of few bits scaled to 16.
    pub(crate) fn of(values: &[u16]) -> ValueGrid {
        let (first, last) = match values {
            [first, .., last] => (u32::from(*first), u32::from(*last)),
            [only] => return ValueGrid::even((*only).into(), 1, 1),
            [] => return ValueGrid::even(0, 1, 1),
        };
        let step = values.windows(2).fold(0, |step, pair| {
            greatest_common_divisor(step, u32::from(pair[1] - pair[0]))
        });
        if step == 1 {
            let scaled = SCALED_BITS.flat_map(scaled);
            let mut fitting = scaled.filter_map(|grid| grid.up_to(last, values));
            return fitting
                .next()
                .unwrap_or(ValueGrid::even(first, 1, last - first + 1));
        }
        // Indices of 8 bits keep their place, as if the samples had not been scaled.
        let aligned = ValueGrid::even(first % step, step, last / step + 1);
        match aligned.count <= 256 && aligned.index(last as u16).is_some() {
            true => aligned.up_to(last, &[]).unwrap_or(aligned),
            false => ValueGrid::even(first, step, (last - first) / step + 1),
        }
    }

    /// The part of the grid that ends with `last`, if it has all of the values.
    fn up_to(self, last: u32, values: &[u16]) -> Option<ValueGrid> {
        let count = self.index(last as u16)? + 1;
        let has_all = values.iter().all(|&value| self.index(value).is_some());
        has_all.then_some(ValueGrid { count, ..self })
    }
}

/// The grids of samples of `bits` bits that were scaled to 16: by repeating their highest bits, or by multiplying and
/// rounding, up or down.
fn scaled(bits: u32) -> [ValueGrid; 3] {
    let (count, low) = (1 << bits, 16 - bits);
    let largest = count - 1;
    let scaled = |numerator, denominator, rounding| ValueGrid {
        first: 0,
        numerator,
        denominator,
        rounding,
        count,
    };
    let repeated = 1 << (bits - low.min(bits));
    [
        scaled((repeated << low) + 1, repeated, 0),
        scaled(0xffff, largest, largest / 2),
        scaled(0xffff, largest, 0),
    ]
}

fn greatest_common_divisor(mut a: u32, mut b: u32) -> u32 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid_of(values: impl IntoIterator<Item = u32>) -> ValueGrid {
        let values: Vec<u16> = values.into_iter().map(|value| value as u16).collect();
        let grid = ValueGrid::of(&values);
        for &value in &values {
            let index = grid.index(value).expect("the grid has all values");
            assert_eq!(grid.value(index), u64::from(value));
        }
        grid
    }

    #[test]
    fn scaled_bits_are_found() {
        let every = |bits: u32| (0..1 << bits).step_by(3);
        for bits in 9..16 {
            let largest = (1 << bits) - 1;
            let repeated = |x: u32| x << (16 - bits) | x >> (2 * bits - 16);
            for grid in [
                grid_of(every(bits).map(repeated)),
                grid_of(every(bits).map(|x| (x * 65_535 + largest / 2) / largest)),
                grid_of(every(bits).map(|x| x * 65_535 / largest)),
            ] {
                assert!(grid.count <= 1 << bits, "{bits} bits: {grid:?}");
            }
            assert_eq!(
                grid_of(every(bits).map(|x| x << (16 - bits))).numerator,
                3 << (16 - bits)
            );
        }
    }

    #[test]
    fn eight_bits_keep_their_place() {
        assert_eq!(
            grid_of([26, 40, 41, 251].map(|x| x * 257)),
            ValueGrid::even(0, 257, 252)
        );
        assert_eq!(
            grid_of([26, 40, 41].map(|x| x * 256 + 7)),
            ValueGrid::even(7, 256, 42)
        );
    }

    #[test]
    fn other_values_begin_with_the_first() {
        assert_eq!(
            grid_of([32_768, 32_769, 32_775]),
            ValueGrid::even(32_768, 1, 8)
        );
        assert_eq!(
            grid_of([1000, 1004, 3000, 60_000]),
            ValueGrid::even(1000, 4, 14_751)
        );
        assert_eq!(grid_of([9]), ValueGrid::even(9, 1, 1));
        assert_eq!(ValueGrid::of(&[]), ValueGrid::even(0, 1, 1));
    }
}
