//! The bytes of a sample map (`docs/format.md`, *Sample map*).
//!
//! In: a map. Out: a stream of the range coder, and back. One piece of code encodes and decodes.

use crate::coders::lists::code_values;
use crate::coders::numbers::NumberCoder;
use crate::entropy::bit_coder::{BitCoder, InvalidStream};
use crate::entropy::range_coder::{IntervalDecoder, IntervalEncoder};
use crate::image::sample_format::SampleFormat;
use crate::sample_map::grid::ValueGrid;
use crate::sample_map::map::{PlaneMap, SampleMap};

impl SampleMap {
    /// Encodes the map, for samples of a format.
    pub(crate) fn encode(&self, format: SampleFormat) -> Vec<u8> {
        let mut coder = IntervalEncoder::new();
        let Ok(_) = code(&mut coder, &self.planes, format);
        coder.finish()
    }

    /// Decodes a map of samples of a format.
    pub(crate) fn decode(bytes: &[u8], format: SampleFormat) -> Result<SampleMap, InvalidStream> {
        let planes = code(&mut IntervalDecoder::new(bytes), &[], format)?;
        Ok(SampleMap { planes })
    }
}

/// Codes the planes in the order of a pixel's samples. A decoder passes none.
fn code<C: BitCoder>(
    coder: &mut C,
    planes: &[PlaneMap],
    format: SampleFormat,
) -> Result<Vec<PlaneMap>, C::Error> {
    let mut coded: Vec<PlaneMap> = Vec::new();
    for index in 0..format.color.channels() {
        let plane = planes.get(index);
        if let Some(before) = coded.last()
            && coder.decide_evenly(plane == Some(before))?
        {
            coded.push(before.clone());
            continue;
        }
        coded.push(code_plane(coder, plane, format.depth.largest().into())?);
    }
    Ok(coded)
}

fn code_plane<C: BitCoder>(
    coder: &mut C,
    plane: Option<&PlaneMap>,
    largest: u32,
) -> Result<PlaneMap, C::Error> {
    let grid = plane.map_or(ValueGrid::even(0, 1, 1), |plane| plane.grid);
    let mut number = |number| NumberCoder::new().code(coder, number);
    let grid = ValueGrid {
        first: number(grid.first)?,
        numerator: number(grid.numerator)?,
        denominator: number(grid.denominator)?,
        rounding: number(grid.rounding)?,
        count: number(grid.count - 1)? + 1,
    };
    coder.require(grid.denominator > 0 && grid.denominator <= grid.numerator)?;
    coder.require(grid.rounding < grid.denominator && grid.count <= largest + 1)?;
    coder.require(grid.value(grid.count - 1) <= largest.into())?;
    if !coder.decide_evenly(plane.is_some_and(PlaneMap::has_gaps))? {
        return Ok(PlaneMap::of_grid(grid));
    }
    let values = plane.map_or(&[][..], |plane| &plane.values);
    let indices: Option<Vec<u32>> = values.iter().map(|&value| grid.index(value)).collect();
    let indices = indices.unwrap_or_default();
    let indices: Vec<u16> = indices.iter().map(|&index| index as u16).collect();
    let indices = code_values(coder, &indices, (grid.count - 1) as u16)?;
    coder.require(indices.len() < grid.count as usize)?;
    let values = indices.iter().map(|&index| grid.value(index.into()) as u16);
    Ok(PlaneMap {
        grid,
        values: values.collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::sample_format::{BitDepth, ColorType};
    use proptest::prelude::*;

    fn format(color: ColorType, depth: BitDepth) -> SampleFormat {
        SampleFormat { color, depth }
    }

    proptest! {
        #[test]
        fn maps_come_back(
            sets in proptest::collection::vec(proptest::collection::btree_set(any::<u16>(), 1..300), 4),
            listed in any::<[bool; 4]>(),
        ) {
            let planes = sets.iter().zip(listed).map(|(set, listed)| {
                let values: Vec<u16> = set.iter().copied().collect();
                let grid = ValueGrid::of(&values);
                match listed {
                    true => PlaneMap { grid, values },
                    false => PlaneMap::of_grid(grid),
                }
            });
            let map = SampleMap { planes: planes.collect() };
            let format = format(ColorType::Rgba, BitDepth::Sixteen);
            prop_assert_eq!(SampleMap::decode(&map.encode(format), format), Ok(map));
        }

        #[test]
        fn any_bytes_are_a_legal_map_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            for depth in [BitDepth::Eight, BitDepth::Sixteen] {
                let Ok(map) = SampleMap::decode(&bytes, format(ColorType::GrayAlpha, depth)) else {
                    continue;
                };
                for plane in &map.planes {
                    prop_assert!(plane.values.is_sorted_by(|a, b| a < b));
                    prop_assert!(plane.values.last().is_some_and(|&last| last <= depth.largest()));
                }
            }
        }
    }

    #[test]
    fn equal_planes_cost_a_bit() {
        let grid = ValueGrid::even(5, 257, 200);
        let plane = PlaneMap::of_grid(grid);
        let gray = SampleMap {
            planes: vec![plane.clone()],
        };
        let rgb = SampleMap {
            planes: vec![plane; 3],
        };
        let length = |map: &SampleMap, color| map.encode(format(color, BitDepth::Sixteen)).len();
        assert!(length(&rgb, ColorType::Rgb) <= length(&gray, ColorType::Gray) + 1);
    }
}
