//! The portable reference: the contract's operators in plain integers, one after another (`docs/model.md`,
//! *Operators*).
//!
//! In: a graph, and integers for its inputs. Out: the values of every tensor. It shares no code with a backend, so it
//! judges them: sessions test themselves against it, and tests take it for the truth. It is slow, and evaluates few
//! lanes.

use crate::contract::metadata::ModelMetadata;
use crate::error::{Error, Result};
use crate::graph::operators::{Element, Matrix, Node, Op, TensorId};
use crate::graph::power_of_two::pow2;
use crate::graph::typed_graph::Graph;
use crate::proof::Proof;

/// Pixels that are evaluated at a time.
pub const LANES: usize = 8;

/// One channel of a tensor: the value of a lane is `units · 2^−grid`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReferenceChannel {
    /// The unit is `2^−grid`; −32 to 64.
    pub grid: i32,
    /// Integers, below 2^121 in magnitude.
    pub units: [i128; LANES],
}

impl ReferenceChannel {
    /// The values of the lanes, which float32 holds exactly.
    pub fn values(&self) -> [f32; LANES] {
        let unit = pow2(-self.grid);
        self.units.map(|units| units as f32 * unit)
    }

    /// The integers of a channel of integers.
    fn integers(&self) -> Option<[i128; LANES]> {
        let integers = self.units.map(|units| shifted(units, -self.grid));
        integers
            .iter()
            .all(Option::is_some)
            .then(|| integers.map(Option::unwrap_or_default))
    }
}

/// A proven graph that can be evaluated.
pub struct Reference<'g> {
    graph: &'g Graph,
    /// The grids of every tensor and channel.
    grids: Vec<Vec<i32>>,
    /// The smallest and the largest integer of every channel, input after input.
    ranges: Vec<Vec<(i32, i32)>>,
}

impl<'g> Reference<'g> {
    /// Makes the reference of a graph with the inputs that the metadata describe.
    ///
    /// # Errors
    /// The errors of the proof.
    pub fn new(graph: &'g Graph, metadata: &ModelMetadata) -> Result<Self> {
        let proof = Proof::of_graph(graph, metadata)?;
        let inputs = graph.inputs().iter();
        Ok(Reference {
            graph,
            grids: proof.grids(),
            ranges: inputs.map(|&id| proof.ranges(id).collect()).collect(),
        })
    }

    /// Integers for each channel of every input, the same for every call: the smallest and the largest that the
    /// metadata allow, and some between them.
    pub fn pinned_inputs(&self) -> Vec<Vec<[i32; LANES]>> {
        let mut state = 0x7078_6321;
        let inputs = self.ranges.iter();
        inputs
            .map(|ranges| {
                ranges
                    .iter()
                    .map(|&range| pinned(&mut state, range))
                    .collect()
            })
            .collect()
    }

    /// The channels of every tensor, in the order of [`Graph::tensors`], from integers for each channel of every input.
    ///
    /// # Errors
    /// [`Error::Form`] for inputs that are not the graph's, [`Error::NotExact`] for integers that the metadata do not
    /// allow.
    pub fn evaluate(&self, inputs: &[Vec<[i32; LANES]>]) -> Result<Vec<Vec<ReferenceChannel>>> {
        let graph = self.graph;
        let mut evaluation = Evaluation {
            grids: &self.grids,
            tensors: vec![Vec::new(); graph.tensors().len()],
        };
        expect_count(
            "inputs of the reference",
            graph.inputs().len(),
            inputs.len(),
        )?;
        for (&id, values) in graph.inputs().iter().zip(inputs) {
            let tensor = graph.tensor(id);
            expect_count(&tensor.name, tensor.channels, values.len())?;
            let channels = values.iter().map(|values| ReferenceChannel {
                grid: 0,
                units: values.map(i128::from),
            });
            evaluation.tensors[id.index()] = channels.collect();
        }
        for node in graph.nodes() {
            let result = evaluation.node(node);
            let result = result.and_then(|channels| evaluation.on_grids(node.output, channels));
            evaluation.tensors[node.output.index()] = result.ok_or_else(|| {
                let expected = "values as the proof describes them";
                Error::not_exact(&node.name, expected, "others")
            })?;
        }
        Ok(evaluation.tensors)
    }
}

/// Integers of a range: its ends, small ones, and any.
fn pinned(state: &mut u32, (low, high): (i32, i32)) -> [i32; LANES] {
    let mut lanes = [0; LANES];
    for (lane, value) in lanes.iter_mut().enumerate() {
        // Xorshift.
        *state ^= *state << 13;
        *state ^= *state >> 17;
        *state ^= *state << 5;
        let reach = [0, 0, 2, 2, 20, 20, 1 << 24, 1 << 24][lane];
        let (first, last) = (low.max(-reach), high.min(reach));
        *value = match lane {
            0 => low,
            1 => high,
            // A range without small values.
            _ if first > last => low,
            _ => first + (*state % (last - first + 1).unsigned_abs()) as i32,
        };
    }
    lanes
}

/// The tensors that are known so far, and the grids of all.
struct Evaluation<'r> {
    grids: &'r [Vec<i32>],
    tensors: Vec<Vec<ReferenceChannel>>,
}

impl Evaluation<'_> {
    fn of(&self, id: TensorId) -> &[ReferenceChannel] {
        &self.tensors[id.index()]
    }

    /// Evaluates a node. `None` if the proof does not allow one of the values.
    fn node(&self, node: &Node) -> Option<Vec<ReferenceChannel>> {
        let grids = &self.grids[node.output.index()];
        match &node.op {
            Op::Conv {
                input,
                weight,
                bias,
            } => conv(self.of(*input), weight, bias, grids),
            Op::QLinearConv {
                input,
                weight,
                bias,
                shifts,
            } => qlinear_conv(self.of(*input), weight, bias, shifts),
            Op::Add {
                inputs: [left, right],
            } => self.pairs(
                *left,
                *right,
                |grid, left, right| sum(grid, &[left.clone(), right.clone()]),
                grids,
            ),
            Op::AddConst { input, values } => {
                let value = |row: usize| values[if values.len() == 1 { 0 } else { row }];
                self.each(*input, grids, |row, grid, channel| {
                    sum(grid, &[channel.clone(), constant(value(row), grid)?])
                })
            }
            Op::Mul {
                inputs: [left, right],
            } => self.pairs(*left, *right, product, grids),
            Op::Scale { input, exponent } => self.each(*input, grids, |_, _, channel| {
                let grid = channel.grid - exponent;
                Some(ReferenceChannel {
                    grid,
                    ..channel.clone()
                })
            }),
            Op::Table { input, values } => self.each(*input, grids, |_, grid, channel| {
                looked_up(channel, values, grid)
            }),
            Op::Clip { input, low, high } => self.each(*input, grids, |_, grid, channel| {
                clipped(channel, *low, *high, grid)
            }),
            Op::Round { input } => self.each(*input, grids, |_, _, channel| {
                let rounded = channel.units.map(|units| round(units, channel.grid));
                known(0, rounded)
            }),
            Op::Cast { input, to } => self.each(*input, grids, |_, _, channel| cast(channel, *to)),
            Op::Concat { inputs } => {
                let parts = inputs.iter().map(|&id| self.of(id));
                Some(parts.flatten().cloned().collect())
            }
        }
    }

    /// Moves a tensor to the grids that the proof gives it.
    fn on_grids(
        &self,
        id: TensorId,
        channels: Vec<ReferenceChannel>,
    ) -> Option<Vec<ReferenceChannel>> {
        let channels = channels.iter().zip(&self.grids[id.index()]);
        channels
            .map(|(channel, &grid)| sum(grid, std::slice::from_ref(channel)))
            .collect()
    }

    fn each(
        &self,
        input: TensorId,
        grids: &[i32],
        channel: impl Fn(usize, i32, &ReferenceChannel) -> Option<ReferenceChannel>,
    ) -> Option<Vec<ReferenceChannel>> {
        let rows = self.of(input).iter().zip(grids).enumerate();
        rows.map(|(row, (input, &grid))| channel(row, grid, input))
            .collect()
    }

    fn pairs(
        &self,
        left: TensorId,
        right: TensorId,
        channel: impl Fn(i32, &ReferenceChannel, &ReferenceChannel) -> Option<ReferenceChannel>,
        grids: &[i32],
    ) -> Option<Vec<ReferenceChannel>> {
        let right = self.of(right);
        self.each(left, grids, |row, grid, left| {
            channel(grid, left, &right[row])
        })
    }
}

fn conv(
    input: &[ReferenceChannel],
    weight: &Matrix<f32>,
    bias: &[f32],
    grids: &[i32],
) -> Option<Vec<ReferenceChannel>> {
    let lanes = narrow(input)?;
    let rows = bias
        .iter()
        .zip(grids)
        .enumerate()
        .map(|(row, (&bias, &grid))| {
            let mut sums = constant(bias, grid)?.units.map(|units| units as i32);
            let terms = weight.row(row).iter().zip(input).zip(&lanes);
            for ((&weight, channel), lanes) in terms {
                // A channel that is always 0 bounds no weight.
                if weight == 0.0 || *lanes == [0; LANES] {
                    continue;
                }
                let weight = i32::try_from(units(weight, grid - channel.grid)?).ok()?;
                for (sum, &value) in sums.iter_mut().zip(lanes) {
                    *sum += weight * value;
                }
            }
            let units = sums.map(i128::from);
            Some(ReferenceChannel { grid, units })
        });
    rows.collect()
}

fn qlinear_conv(
    input: &[ReferenceChannel],
    weight: &Matrix<i8>,
    bias: &[i32],
    shifts: &[u32],
) -> Option<Vec<ReferenceChannel>> {
    let lanes: Option<Vec<[i32; LANES]>> = input
        .iter()
        .map(|channel| Some(channel.integers()?.map(|value| value as i32)))
        .collect();
    let lanes = lanes?;
    let rows = bias.iter().zip(shifts).enumerate();
    let rows = rows.map(|(row, (&bias, &shift))| {
        let mut sums = [bias; LANES];
        for (&weight, lanes) in weight.row(row).iter().zip(&lanes) {
            let weight = i32::from(weight);
            for (sum, &value) in sums.iter_mut().zip(lanes) {
                *sum += weight * value;
            }
        }
        let rounded = sums.map(|sum| round(i128::from(sum), shift as i32));
        known(0, rounded.map(|value| Some(value?.clamp(0, 255))))
    });
    rows.collect()
}

/// The entries of a table that a channel's integers name.
fn looked_up(channel: &ReferenceChannel, table: &[f32], grid: i32) -> Option<ReferenceChannel> {
    let values = channel.integers()?.map(|index| {
        let value = table.get(usize::try_from(index).ok()?)?;
        units(*value, grid)
    });
    known(grid, values)
}

fn clipped(channel: &ReferenceChannel, low: f32, high: f32, grid: i32) -> Option<ReferenceChannel> {
    let (low, high) = (units(low, grid)?, units(high, grid)?);
    let moved = channel
        .units
        .map(|units| shifted(units, grid - channel.grid));
    known(grid, moved.map(|units| Some(units?.clamp(low, high))))
}

fn cast(channel: &ReferenceChannel, to: Element) -> Option<ReferenceChannel> {
    let units = channel.integers()?;
    let is_legal = |units: &i128| (0..=255).contains(units);
    (to == Element::F32 || units.iter().all(is_legal))
        .then_some(ReferenceChannel { grid: 0, units })
}

/// Units that are operands of products, which the proof keeps below 2^24.
fn narrow(input: &[ReferenceChannel]) -> Option<Vec<[i32; LANES]>> {
    let channels = input.iter().map(|channel| {
        let narrow = channel.units.map(i32::try_from);
        let fits = narrow.iter().all(std::result::Result::is_ok);
        fits.then(|| narrow.map(std::result::Result::unwrap_or_default))
    });
    channels.collect()
}

fn product(
    grid: i32,
    left: &ReferenceChannel,
    right: &ReferenceChannel,
) -> Option<ReferenceChannel> {
    let mut units = [None; LANES];
    for (lane, units) in units.iter_mut().enumerate() {
        let product = left.units[lane].checked_mul(right.units[lane])?;
        *units = shifted(product, grid - left.grid - right.grid);
    }
    known(grid, units)
}

fn sum(grid: i32, terms: &[ReferenceChannel]) -> Option<ReferenceChannel> {
    let mut sums = [Some(0); LANES];
    for term in terms {
        for (sum, &units) in sums.iter_mut().zip(&term.units) {
            *sum = sum
                .zip(shifted(units, grid - term.grid))
                .map(|(sum, units)| sum + units);
        }
    }
    known(grid, sums)
}

fn constant(value: f32, grid: i32) -> Option<ReferenceChannel> {
    known(grid, [units(value, grid); LANES])
}

fn known(grid: i32, units: [Option<i128>; LANES]) -> Option<ReferenceChannel> {
    let all = units.iter().all(Option::is_some);
    let units = units.map(Option::unwrap_or_default);
    all.then_some(ReferenceChannel { grid, units })
}

/// A finite value in units of `2^−grid`; `None` if it is not a whole number of them.
fn units(value: f32, grid: i32) -> Option<i128> {
    let bits = value.to_bits();
    let (biased, fraction) = ((bits >> 23 & 0xff) as i32, i128::from(bits & 0x7f_ffff));
    // value = mantissa · 2^(biased − 150); subnormals have no hidden bit and the exponent of biased = 1.
    let mantissa = if biased == 0 {
        fraction
    } else {
        fraction | 0x80_0000
    };
    let units = shifted(mantissa, biased.max(1) - 150 + grid)?;
    Some(if value.is_sign_negative() {
        -units
    } else {
        units
    })
}

/// `value · 2^shift`; `None` if that is not an integer, or too large.
fn shifted(value: i128, shift: i32) -> Option<i128> {
    match value {
        0 => Some(0),
        _ if shift >= 0 => {
            let fits = shift < 127 && value.unsigned_abs().leading_zeros() > shift as u32 + 1;
            fits.then(|| value << shift)
        }
        _ => {
            let whole = value.trailing_zeros() >= shift.unsigned_abs();
            whole.then(|| value >> -shift)
        }
    }
}

/// `units · 2^−grid` rounded to an integer, ties to even.
fn round(units: i128, grid: i32) -> Option<i128> {
    if grid <= 0 {
        return shifted(units, -grid);
    }
    let below = units >> grid;
    let rest = units - (below << grid);
    let half = 1 << (grid - 1);
    let up = rest > half || (rest == half && below & 1 == 1);
    Some(below + i128::from(up))
}

fn expect_count(what: &str, expected: usize, found: usize) -> Result<()> {
    match found == expected {
        true => Ok(()),
        false => Err(Error::form(what, expected, found)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding_is_to_even() {
        for (units, expected) in [(5, 2), (6, 3), (7, 4), (-5, -2), (-6, -3), (-7, -4), (8, 4)] {
            // Halves: 2.5 → 2, 3 → 3, 3.5 → 4.
            let value = f64::from(units) / 2.0;
            assert_eq!(value.round_ties_even(), f64::from(expected));
            assert_eq!(round(units.into(), 1), Some(expected.into()), "{value}");
        }
        assert_eq!(round(3, -2), Some(12));
    }

    #[test]
    fn units_are_exact_or_none() {
        assert_eq!(units(0.75, 2), Some(3));
        assert_eq!(units(-0.75, 4), Some(-12));
        assert_eq!(units(0.75, 1), None);
        assert_eq!(units(4096.0, -10), Some(4));
        assert_eq!(units(f32::MIN_POSITIVE, 126), Some(1));
        assert_eq!(units(0.0, -30), Some(0));
    }
}
