//! The stream of the deep method (`docs/format.md`, *Deep method*).
//!
//! In: the pixels of a component. Out: the smallest and the largest sample of each plane, then the samples, pixel by
//! pixel.

use crate::coders::deep::decisions::Decisions;
use crate::coders::deep::history::rows::PlaneRows;
use crate::coders::deep::linear::prediction::SampleRange;
use crate::coders::deep::linear::predictors::LinearPredictors;
use crate::coders::deep::rest::Rest;
use crate::coders::deep::sample::{Planes, Shared, code_sample};
use crate::coders::pixel_tile::PixelTile;
use crate::entropy::bit_coder::BitCoder;
use crate::error::Error;
use crate::simd::InstructionSet;
use crate::work_meter::WorkMeter;

/// Bytes of memory of a plane, in tiles of `columns`.
pub(crate) fn plane_memory(columns: u64) -> u64 {
    PlaneRows::memory(columns).saturating_add(LinearPredictors::BYTES as u64)
}

/// The planes in coding order: green, red, blue.
fn order<const N: usize>() -> [usize; N] {
    const THREE: [usize; 3] = [1, 0, 2];
    std::array::from_fn(|channel| if N == 3 { THREE[channel] } else { channel })
}

/// Codes a component of one or three planes, or its first rows. An encoder finds the pixels in `tiles`; a decoder
/// leaves them there.
pub(crate) fn code<C: BitCoder, const N: usize, E: From<C::Error> + From<Error>>(
    coder: &mut C,
    tiles: &mut [PixelTile<N>],
    table_bits: u32,
    meter: &mut WorkMeter<'_>,
) -> Result<(), E> {
    let instructions = InstructionSet::detect();
    let mut ranges = [SampleRange {
        smallest: 0,
        largest: 0,
    }; N];
    for (range, plane) in ranges.iter_mut().zip(order::<N>()) {
        *range = code_range(coder, tiles, plane)?;
    }
    let mut channels = Channels::<N> {
        ranges,
        predictors: std::array::from_fn(|channel| LinearPredictors::new(channel, ranges[channel])),
        rows: std::array::from_fn(|_| PlaneRows::new()),
        shared: Shared {
            decisions: Decisions::new(N),
            rest: Rest::new(table_bits),
            instructions,
        },
    };
    for tile in tiles {
        let width = tile.width;
        channels
            .rows
            .iter_mut()
            .for_each(|rows| rows.start_tile(width));
        for row in tile.pixels.chunks_exact_mut(width) {
            channels.rows.iter_mut().for_each(PlaneRows::start_row);
            instructions.run(
                #[inline(always)]
                || channels.code_row(coder, row),
            )?;
            meter.pixels(width)?;
        }
    }
    Ok(())
}

/// Codes the smallest and the largest sample of a plane, 16 bits each.
fn code_range<C: BitCoder, const N: usize>(
    coder: &mut C,
    tiles: &[PixelTile<N>],
    plane: usize,
) -> Result<SampleRange, C::Error> {
    let samples = || {
        tiles
            .iter()
            .flat_map(|tile| &tile.pixels)
            .map(|pixel| pixel[plane])
    };
    let smallest = code_bits(coder, samples().min().unwrap_or(0))?;
    let largest = code_bits(coder, samples().max().unwrap_or(0))?;
    coder.require(smallest <= largest)?;
    Ok(SampleRange {
        smallest: smallest.into(),
        largest: largest.into(),
    })
}

fn code_bits<C: BitCoder>(coder: &mut C, number: u16) -> Result<u16, C::Error> {
    (0..u16::BITS).rev().try_fold(0, |coded, bit| {
        let bit = coder.decide_evenly(number >> bit & 1 != 0)?;
        Ok(coded << 1 | u16::from(bit))
    })
}

/// Everything that a component learns, channel by channel.
struct Channels<const N: usize> {
    ranges: [SampleRange; N],
    predictors: [LinearPredictors; N],
    rows: [PlaneRows; N],
    shared: Shared,
}

impl<const N: usize> Channels<N> {
    #[inline(always)]
    fn code_row<C: BitCoder>(
        &mut self,
        coder: &mut C,
        row: &mut [[u16; N]],
    ) -> Result<(), C::Error> {
        for (x, pixel) in row.iter_mut().enumerate() {
            for (channel, plane) in order::<N>().into_iter().enumerate() {
                let (earlier, others) = self.rows.split_at_mut(channel);
                let Some((own, later)) = others.split_first_mut() else {
                    continue;
                };
                let planes = Planes {
                    earlier,
                    own,
                    later,
                };
                let sample = code_sample(
                    coder,
                    &mut self.predictors[channel],
                    self.ranges[channel],
                    planes,
                    &mut self.shared,
                    x,
                    pixel[plane].into(),
                )?;
                pixel[plane] = sample as u16;
            }
        }
        Ok(())
    }
}
