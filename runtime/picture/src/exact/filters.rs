//! The filters of a PNG file's rows. Most encoders take the filter whose bytes are the smallest numbers. So a filter is
//! stored as its index in the order of these sums, and most indices are 0.

use pxc_codec::Image;

use crate::error::{Error, Result};
use crate::exact::bytes::{Bytes, write_length_prefixed};
use crate::formats::png::rows::{FILTERS, PngRows};

/// An order of the filters. An earlier one wins a draw; one that is missing comes last.
#[derive(Clone, Copy)]
struct Order {
    filters: &'static [u8],
    /// The order if the sums are 0.
    zeros: &'static [u8],
}

/// The orders of libpng, of Pillow with `optimize` and without, and of the crate `png`.
const ORDERS: [Order; 4] = [
    Order::of(&[0, 1, 2, 3, 4]),
    Order::of(&[0, 2, 1, 3, 4]),
    Order::of(&[0, 2, 1, 4]),
    Order {
        filters: &[4, 3, 1, 2],
        zeros: &[2, 1, 3, 4],
    },
];

impl Order {
    const fn of(filters: &'static [u8]) -> Order {
        Order {
            filters,
            zeros: filters,
        }
    }

    /// All filters, the one with the smallest sum first.
    fn sorted(self, sums: &[u64; FILTERS]) -> [u8; FILTERS] {
        let mut filters = [0, 1, 2, 3, 4];
        filters.sort_by_key(|&filter| {
            let sum = sums[usize::from(filter)];
            let order = if sum == 0 { self.zeros } else { self.filters };
            match order.iter().position(|&at| at == filter) {
                Some(position) => (sum, position),
                None => (u64::MAX, 0),
            }
        });
        filters
    }
}

/// Appends the filters.
pub(crate) fn write(filters: &[u8], rows: &PngRows, image: &Image, out: &mut Vec<u8>) {
    let changes = filters.windows(2).filter(|pair| pair[0] != pair[1]).count();
    let (mut best, mut kept, mut fewest) = (0, filters.to_vec(), changes);
    if changes > 0 {
        let sums = rows.sums(image);
        for (number, order) in ORDERS.iter().enumerate() {
            let indices = sums.iter().zip(filters).map(|(sums, filter)| {
                let index = order.sorted(sums).iter().position(|at| at == filter);
                index.map_or(0, |index| index as u8)
            });
            let indices: Vec<u8> = indices.collect();
            let others = indices.iter().filter(|&&index| index > 0).count();
            if others < fewest {
                (best, kept, fewest) = (number as u8 + 1, indices, others);
            }
        }
    }
    out.push(best);
    write_length_prefixed(out, &kept);
}

/// Reads what [`write`] writes.
pub(crate) fn read(reader: &mut Bytes<'_>, rows: &PngRows, image: &Image) -> Result<Vec<u8>> {
    let kind = usize::from(reader.byte()?);
    let kept = reader.length_prefixed()?;
    if kind == 0 {
        return Ok(kept.to_vec());
    }
    let order = ORDERS
        .get(kind - 1)
        .ok_or_else(|| Error::description(format!("an order of filters of {kind}")))?;
    if kept.len() != rows.lengths().len() {
        return Err(Error::description("the number of filters is wrong"));
    }
    let filters = rows
        .sums(image)
        .into_iter()
        .zip(kept)
        .map(|(sums, &index)| {
            let filter = order.sorted(&sums).get(usize::from(index)).copied();
            filter.ok_or_else(|| Error::description("a filter is wrong"))
        });
    filters.collect()
}

#[cfg(test)]
mod tests {
    use pxc_codec::ColorType;

    use super::*;

    #[test]
    fn an_earlier_filter_wins_a_draw() {
        for (sums, filters) in [
            (
                [9, 7, 7, 3, 7],
                [
                    [3, 1, 2, 4, 0],
                    [3, 2, 1, 4, 0],
                    [2, 1, 4, 0, 3],
                    [3, 4, 1, 2, 0],
                ],
            ),
            (
                [0; 5],
                [
                    [0, 1, 2, 3, 4],
                    [0, 2, 1, 3, 4],
                    [0, 2, 1, 4, 3],
                    [2, 1, 3, 4, 0],
                ],
            ),
        ] {
            assert_eq!(ORDERS.map(|order| order.sorted(&sums)), filters);
        }
    }

    #[test]
    fn filters_come_back() {
        let samples = (0..3 * 40 * 30u32).map(|at| (at * at / 50 + at % 7) as u8);
        let image = Image::new(40, 30, ColorType::Rgb, samples.collect()).expect("legal");
        for is_interlaced in [false, true] {
            let rows = PngRows::new(40, 30, image.format(), is_interlaced);
            let sums = rows.sums(&image);
            let best = |order: usize| -> Vec<u8> {
                sums.iter()
                    .map(|sums| ORDERS[order].sorted(sums)[0])
                    .collect()
            };
            let steady = vec![4; sums.len()];
            let mixed: Vec<u8> = (0..sums.len() as u8).map(|at| at % 5).collect();
            for (filters, simple) in [
                (best(0), true),
                (best(1), true),
                (best(2), true),
                (best(3), true),
                (steady, false),
                (mixed, false),
            ] {
                let mut written = Vec::new();
                write(&filters, &rows, &image, &mut written);
                assert_eq!(written[2..].iter().all(|&index| index == 0), simple);
                let mut reader = Bytes(&written);
                assert_eq!(read(&mut reader, &rows, &image).expect("sound"), filters);
                assert!(reader.0.is_empty());
                let other = |at: usize, byte: u8| {
                    let mut other = written.clone();
                    other[at] = byte;
                    read(&mut Bytes(&other), &rows, &image)
                };
                other(0, 5).expect_err("an unknown order");
                if simple {
                    other(2, 5).expect_err("an index that no filter has");
                    other(1, written[1] - 1).expect_err("too few indices");
                }
            }
        }
    }
}
