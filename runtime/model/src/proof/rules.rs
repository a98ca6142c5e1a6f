//! What each operator does to ranges and grids, and when its results are exact (`docs/model.md`, *Operators*).
//!
//! In: a node and the channels of its operands. Out: the channels of its result, and a bound where it sums or rounds.

use crate::error::{Error, Result};
use crate::graph::operators::{Element, Matrix, Node};
use crate::graph::power_of_two;
use crate::proof::bound::Bound;
use crate::proof::value_range::{Channel, Sum};

/// Sums of float32 terms stay below this, in units of their grid. int32 sums too, since runtimes convert them to
/// float32.
const EXACT_LIMIT: f64 = 16_777_216.0;
/// Adding and subtracting `ROUND` rounds correctly up to this magnitude, in ones.
const ROUND_LIMIT: f64 = 4_194_304.0;
/// Two adjacent products of a `QLinearConv` stay within int16.
const PAIR_LIMIT: u32 = 32_767;
/// The finest and coarsest grids: far from float32's underflow and overflow.
const GRIDS: std::ops::RangeInclusive<i32> = -32..=64;

/// The result of a node that is exact.
pub(crate) struct Proven {
    pub(crate) channels: Vec<Channel>,
    pub(crate) bound: Option<Bound>,
}

impl Proven {
    fn new(channels: Vec<Channel>, bound: Bound) -> Proven {
        let bound = Some(bound);
        Proven { channels, bound }
    }

    /// The result of a node that neither sums nor rounds.
    pub(crate) fn without_bound(channels: Vec<Channel>) -> Proven {
        let bound = None;
        Proven { channels, bound }
    }
}

pub(crate) fn conv(
    node: &Node,
    input: &[Channel],
    weight: &Matrix<f32>,
    bias: &[f32],
) -> Result<Proven> {
    let rows = bias.iter().enumerate().map(|(row, &bias)| {
        let terms = weight.row(row).iter().zip(input);
        terms.fold(Sum::of(bias), |sum, (&weight, channel)| {
            sum.and(weight, channel)
        })
    });
    sums(node, rows.collect())
}

pub(crate) fn qlinear_conv(node: &Node, weight: &Matrix<i8>, bias: &[i32]) -> Result<Proven> {
    let mut largest = 0;
    for (row, &bias) in bias.iter().enumerate() {
        let weights = weight.row(row);
        expect_small_pairs(node, row, weights)?;
        let magnitudes = weights.iter().map(|weight| weight.unsigned_abs());
        let sum: u64 = magnitudes.map(u64::from).sum();
        largest = largest.max(255 * sum + u64::from(bias.unsigned_abs()));
    }
    let bound = Bound::of(node, largest as f64, EXACT_LIMIT)?;
    Ok(Proven::new(vec![Channel::BYTE; bias.len()], bound))
}

fn expect_small_pairs(node: &Node, row: usize, weights: &[i8]) -> Result<()> {
    for (pair, weights) in weights.chunks(2).enumerate() {
        let magnitudes = weights.iter().map(|weight| weight.unsigned_abs());
        let largest = 255 * magnitudes.map(u32::from).sum::<u32>();
        if largest > PAIR_LIMIT {
            let expected = format!("pairs of products within {PAIR_LIMIT}");
            let found = format!("{largest} in row {row}, pair {pair}");
            return Err(Error::not_exact(&node.name, expected, found));
        }
    }
    Ok(())
}

pub(crate) fn add(node: &Node, left: &[Channel], right: &[Channel]) -> Result<Proven> {
    let pairs = left.iter().zip(right);
    let rows = pairs.map(|(left, right)| Sum::of(0.0).and(1.0, left).and(1.0, right));
    sums(node, rows.collect())
}

pub(crate) fn add_const(node: &Node, input: &[Channel], values: &[f32]) -> Result<Proven> {
    let value = |row: usize| values[if values.len() == 1 { 0 } else { row }];
    let channels = input.iter().enumerate();
    let rows = channels.map(|(row, channel)| Sum::of(value(row)).and(1.0, channel));
    sums(node, rows.collect())
}

pub(crate) fn mul(node: &Node, left: &[Channel], right: &[Channel]) -> Result<Proven> {
    let pairs = left.iter().zip(right);
    let products: Vec<Channel> = pairs.map(|(left, right)| left.times(right)).collect();
    products
        .iter()
        .try_for_each(|product| expect_grid(node, product.grid))?;
    let largest = products.iter().map(Channel::in_units).fold(0.0, f64::max);
    let bound = Bound::of(node, largest, EXACT_LIMIT)?;
    Ok(Proven::new(products, bound))
}

pub(crate) fn scale(node: &Node, input: &[Channel], exponent: i32) -> Result<Proven> {
    let factor = f64::from(exponent).exp2();
    let scaled = input.iter().map(|channel| {
        let grid = channel.grid.map(|grid| grid - exponent);
        expect_grid(node, grid)?;
        Ok(Channel {
            low: channel.low * factor,
            high: channel.high * factor,
            grid,
        })
    });
    Ok(Proven::without_bound(scaled.collect::<Result<_>>()?))
}

pub(crate) fn table(node: &Node, input: &[Channel], values: &[f32]) -> Result<Proven> {
    expect_integers(node, input, (values.len() - 1) as f64)?;
    if values.iter().any(|value| !value.is_finite()) {
        let expected = "finite values";
        return Err(Error::not_exact(&node.name, expected, "one that is not"));
    }
    let low = values.iter().copied().fold(f32::INFINITY, f32::min);
    let high = values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let grids = values.iter().map(|&value| power_of_two::grid(value));
    let looked_up = Channel {
        low: low.into(),
        high: high.into(),
        grid: grids.flatten().max(),
    };
    expect_grid(node, looked_up.grid)?;
    let bound = Bound::of(node, looked_up.in_units(), EXACT_LIMIT)?;
    Ok(Proven::new(vec![looked_up; input.len()], bound))
}

pub(crate) fn clip(node: &Node, input: &[Channel], low: f32, high: f32) -> Result<Proven> {
    if !(low.is_finite() && high.is_finite() && low <= high) {
        let expected = "finite bounds in order";
        let found = format!("{low} and {high}");
        return Err(Error::not_exact(&node.name, expected, found));
    }
    let clipped = input.iter().map(|channel| {
        let limits = [power_of_two::grid(low), power_of_two::grid(high)];
        let grid = limits.into_iter().flatten().chain(channel.grid).max();
        expect_grid(node, grid)?;
        Ok(Channel {
            low: channel.low.clamp(f64::from(low), f64::from(high)),
            high: channel.high.clamp(f64::from(low), f64::from(high)),
            grid,
        })
    });
    Ok(Proven::without_bound(clipped.collect::<Result<_>>()?))
}

/// Proves a rounding, whose operand is the result of a `Clip`.
pub(crate) fn round(node: &Node, input: &[Channel]) -> Result<Proven> {
    let rounded = input.iter().map(|channel| {
        Channel::integers(
            channel.low.round_ties_even(),
            channel.high.round_ties_even(),
        )
    });
    let largest = input.iter().map(Channel::magnitude).fold(0.0, f64::max);
    // The limit itself rounds correctly: 12582912 ± 2^22 are the ends of the range whose unit is 1.
    let bound = Bound::of(node, largest, ROUND_LIMIT + 1.0)?;
    Ok(Proven::new(rounded.collect(), bound))
}

pub(crate) fn cast(node: &Node, input: &[Channel], to: Element) -> Result<Proven> {
    if to == Element::U8 {
        expect_integers(node, input, 255.0)?;
    }
    Ok(Proven::without_bound(input.to_vec()))
}

fn sums(node: &Node, sums: Vec<Sum>) -> Result<Proven> {
    for sum in &sums {
        if !sum.finite {
            let expected = "finite constants";
            return Err(Error::not_exact(&node.name, expected, "one that is not"));
        }
        expect_grid(node, sum.grid)?;
    }
    let largest = sums.iter().map(Sum::in_units).fold(0.0, f64::max);
    let bound = Bound::of(node, largest, EXACT_LIMIT)?;
    Ok(Proven::new(sums.iter().map(Sum::channel).collect(), bound))
}

/// Checks that an operand has integers of 0 to `last`.
fn expect_integers(node: &Node, input: &[Channel], last: f64) -> Result<()> {
    let mut channels = input.iter();
    match channels.find(|channel| !channel.is_integers_in(0.0, last)) {
        None => Ok(()),
        Some(channel) => {
            let expected = format!("integers in 0..={last}");
            Err(Error::not_exact(&node.name, expected, channel.spelled()))
        }
    }
}

fn expect_grid(node: &Node, grid: Option<i32>) -> Result<()> {
    match grid {
        Some(grid) if !GRIDS.contains(&grid) => {
            let expected = format!("multiples of 2^{} to 2^{}", -GRIDS.end(), -GRIDS.start());
            let found = format!("multiples of 2^{}", -grid);
            Err(Error::not_exact(&node.name, expected, found))
        }
        _ => Ok(()),
    }
}
