//! The exactness proof of `docs/model.md`, *Operators*: graph in, one bound per summing or rounding node out.
//!
//! Every tensor channel carries a range and a grid: its values are multiples of `2^−grid` in `low..=high`. A float32
//! sum is exact in every order when the sum of its terms' magnitudes, in units of the result's grid, is below 2^24.

use std::collections::HashMap;

use crate::contract::{CONTEXT, ModelMetadata};
use crate::error::{Error, Result};
use crate::graph::Graph;
use crate::map_metadata::{MapMetadata, map_output};
use crate::operators::{Element, Matrix, Node, Op, Tensor, TensorId};
use crate::power_of_two;
use crate::value_range::{Channel, Sum};

/// Sums of float32 terms stay below this, in units of their grid. int32 sums too, since runtimes convert them to float32.
const EXACT_LIMIT: f64 = 16_777_216.0;
/// Adding and subtracting `ROUND` rounds correctly up to this magnitude, in ones.
const ROUND_LIMIT: f64 = 4_194_304.0;
/// Two adjacent products of a `QLinearConv` stay within int16.
const PAIR_LIMIT: u32 = 32_767;
/// The finest and coarsest grids: far from float32's underflow and overflow.
const GRIDS: std::ops::RangeInclusive<i32> = -32..=64;

/// How much of the exact range a node uses at most.
#[derive(Clone, Debug, PartialEq)]
pub struct Bound {
    /// The node's name.
    pub node: String,
    /// The node's ONNX operator.
    pub operator: &'static str,
    /// The largest possible magnitude over all rows, in units of the row's grid.
    pub largest: f64,
    /// What it has to stay below.
    pub limit: f64,
}

impl Bound {
    /// The used fraction of the exact range.
    pub fn fraction(&self) -> f64 {
        self.largest / self.limit
    }

    /// How often the largest magnitude could still double.
    pub fn head_room_bits(&self) -> f64 {
        -self.fraction().log2()
    }
}

/// Proves every node of a graph with the inputs that the metadata describe.
pub fn prove(graph: &Graph, metadata: &ModelMetadata) -> Result<Vec<Bound>> {
    Ok(Proof::of_graph(graph, metadata)?.bounds)
}

/// For every tensor of integers, by name: the largest magnitude that it is proven to have.
pub fn magnitudes(graph: &Graph, metadata: &ModelMetadata) -> Result<HashMap<String, u32>> {
    let proof = Proof::of_graph(graph, metadata)?;
    let limit = f64::from(u32::MAX);
    let tensors = graph.tensors().iter().zip(&proof.channels);
    let integers = tensors.filter_map(|(tensor, channels)| {
        let all = channels.iter().all(|c| c.is_integers_in(-limit, limit));
        let largest = channels.iter().map(Channel::magnitude).fold(0.0, f64::max);
        all.then(|| (tensor.name.clone(), largest as u32))
    });
    Ok(integers.collect())
}

/// The integers of the context, whose last ones may be bases less 128, and of own channels.
fn differences(tensor: &Tensor, metadata: &ModelMetadata) -> Vec<Channel> {
    let largest = (metadata.levels() - 1) as f64;
    let mut channels = vec![Channel::integers(-largest, largest); tensor.channels];
    let bases = metadata.base_features();
    if tensor.name == CONTEXT {
        let differences = channels.len().saturating_sub(bases);
        channels[differences..].fill(Channel::integers(-128.0, 127.0));
    }
    channels
}

struct Proof<'a> {
    graph: &'a Graph,
    channels: Vec<Vec<Channel>>,
    bounds: Vec<Bound>,
}

impl<'a> Proof<'a> {
    fn of_graph(graph: &'a Graph, metadata: &ModelMetadata) -> Result<Self> {
        let mut proof = Proof {
            graph,
            channels: vec![Vec::new(); graph.tensors().len()],
            bounds: Vec::new(),
        };
        let maps: HashMap<String, &MapMetadata> = metadata.map_inputs().collect();
        for &id in graph.inputs() {
            let tensor = graph.tensor(id);
            proof.channels[id.index()] = match maps.get(&tensor.name) {
                Some(map) => {
                    let (low, high) = (map.low.into(), map.high.into());
                    vec![Channel::integers(low, high); tensor.channels]
                }
                None => differences(tensor, metadata),
            };
        }
        for node in graph.nodes() {
            proof.channels[node.output.index()] = proof.node(node)?;
        }
        proof.expect_maps(metadata)?;
        Ok(proof)
    }

    fn of(&self, id: TensorId) -> &[Channel] {
        &self.channels[id.index()]
    }

    fn node(&mut self, node: &Node) -> Result<Vec<Channel>> {
        match &node.op {
            Op::Conv {
                input,
                weight,
                bias,
            } => self.conv(node, *input, weight, bias),
            Op::QLinearConv { weight, bias, .. } => self.qlinear_conv(node, weight, bias),
            Op::Add {
                inputs: [left, right],
            } => {
                let pairs = self.of(*left).iter().zip(self.of(*right));
                let sums = pairs.map(|(left, right)| Sum::of(0.0).and(1.0, left).and(1.0, right));
                self.sums(node, sums.collect())
            }
            Op::AddConst { input, values } => {
                let channels = self.of(*input).iter().enumerate();
                let value = |row: usize| values[if values.len() == 1 { 0 } else { row }];
                let sums = channels.map(|(row, channel)| Sum::of(value(row)).and(1.0, channel));
                self.sums(node, sums.collect())
            }
            Op::Mul {
                inputs: [left, right],
            } => self.mul(node, *left, *right),
            Op::Scale { input, exponent } => self.scale(node, *input, *exponent),
            Op::Table { input, values } => self.table(node, *input, values),
            Op::Clip { input, low, high } => self.clip(node, *input, *low, *high),
            Op::Round { input } => self.round(node, *input),
            Op::Cast { input, to } => self.cast(node, *input, *to),
            Op::Concat { inputs } => {
                let parts = inputs.iter().map(|&id| self.of(id));
                Ok(parts.flatten().copied().collect())
            }
        }
    }

    fn conv(
        &mut self,
        node: &Node,
        input: TensorId,
        weight: &Matrix<f32>,
        bias: &[f32],
    ) -> Result<Vec<Channel>> {
        let channels = self.of(input);
        let sums = bias.iter().enumerate().map(|(row, &bias)| {
            let terms = weight.row(row).iter().zip(channels);
            terms.fold(Sum::of(bias), |sum, (&weight, channel)| {
                sum.and(weight, channel)
            })
        });
        self.sums(node, sums.collect())
    }

    fn qlinear_conv(
        &mut self,
        node: &Node,
        weight: &Matrix<i8>,
        bias: &[i32],
    ) -> Result<Vec<Channel>> {
        let mut largest = 0;
        for (row, &bias) in bias.iter().enumerate() {
            let weights = weight.row(row);
            for (pair, weights) in weights.chunks(2).enumerate() {
                let sum: u32 = weights
                    .iter()
                    .map(|weight| u32::from(weight.unsigned_abs()))
                    .sum();
                if 255 * sum > PAIR_LIMIT {
                    let expected = format!("pairs of products within {PAIR_LIMIT}");
                    let found = format!("{} in row {row}, pair {pair}", 255 * sum);
                    return Err(Error::not_exact(&node.name, expected, found));
                }
            }
            let sum: u64 = weights
                .iter()
                .map(|weight| u64::from(weight.unsigned_abs()))
                .sum();
            largest = largest.max(255 * sum + u64::from(bias.unsigned_abs()));
        }
        self.bound(node, largest as f64, EXACT_LIMIT)?;
        Ok(vec![Channel::BYTE; bias.len()])
    }

    fn mul(&mut self, node: &Node, left: TensorId, right: TensorId) -> Result<Vec<Channel>> {
        let pairs = self.of(left).iter().zip(self.of(right));
        let products: Vec<Channel> = pairs.map(|(left, right)| left.times(right)).collect();
        products
            .iter()
            .try_for_each(|product| expect_grid(node, product.grid))?;
        let largest = products.iter().map(Channel::in_units).fold(0.0, f64::max);
        self.bound(node, largest, EXACT_LIMIT)?;
        Ok(products)
    }

    fn scale(&self, node: &Node, input: TensorId, exponent: i32) -> Result<Vec<Channel>> {
        let factor = f64::from(exponent).exp2();
        let channels = self.of(input).iter().map(|channel| {
            let grid = channel.grid.map(|grid| grid - exponent);
            expect_grid(node, grid)?;
            Ok(Channel {
                low: channel.low * factor,
                high: channel.high * factor,
                grid,
            })
        });
        channels.collect()
    }

    fn table(&mut self, node: &Node, input: TensorId, values: &[f32]) -> Result<Vec<Channel>> {
        let last = (values.len() - 1) as f64;
        let channels = self.of(input);
        let outside = channels
            .iter()
            .find(|channel| !channel.is_integers_in(0.0, last));
        if let Some(channel) = outside {
            let expected = format!("integers in 0..={last}");
            return Err(Error::not_exact(&node.name, expected, channel.spelled()));
        }
        if values.iter().any(|value| !value.is_finite()) {
            return Err(Error::not_exact(
                &node.name,
                "finite values",
                "one that is not",
            ));
        }
        let looked_up = Channel {
            low: values.iter().copied().fold(f32::INFINITY, f32::min).into(),
            high: values
                .iter()
                .copied()
                .fold(f32::NEG_INFINITY, f32::max)
                .into(),
            grid: values
                .iter()
                .filter_map(|&value| power_of_two::grid(value))
                .max(),
        };
        expect_grid(node, looked_up.grid)?;
        let count = channels.len();
        self.bound(node, looked_up.in_units(), EXACT_LIMIT)?;
        Ok(vec![looked_up; count])
    }

    fn clip(&self, node: &Node, input: TensorId, low: f32, high: f32) -> Result<Vec<Channel>> {
        if !(low.is_finite() && high.is_finite() && low <= high) {
            let found = format!("{low} and {high}");
            return Err(Error::not_exact(
                &node.name,
                "finite bounds in order",
                found,
            ));
        }
        let channels = self.of(input).iter().map(|channel| {
            let limits = [power_of_two::grid(low), power_of_two::grid(high)];
            let grid = limits.into_iter().flatten().chain(channel.grid).max();
            expect_grid(node, grid)?;
            Ok(Channel {
                low: channel.low.clamp(f64::from(low), f64::from(high)),
                high: channel.high.clamp(f64::from(low), f64::from(high)),
                grid,
            })
        });
        channels.collect()
    }

    fn round(&mut self, node: &Node, input: TensorId) -> Result<Vec<Channel>> {
        self.expect_clipped(node, input)?;
        let channels = self.of(input);
        let largest = channels.iter().map(Channel::magnitude).fold(0.0, f64::max);
        let rounded = channels.iter().map(|channel| {
            Channel::integers(
                channel.low.round_ties_even(),
                channel.high.round_ties_even(),
            )
        });
        let rounded = rounded.collect();
        // The limit itself rounds correctly: 12582912 ± 2^22 are the ends of the range whose unit is 1.
        self.bound(node, largest, ROUND_LIMIT + 1.0)?;
        Ok(rounded)
    }

    /// Runtimes fold an addition of a constant into the convolution before it, which would round that one's sums.
    fn expect_clipped(&self, node: &Node, input: TensorId) -> Result<()> {
        let maker = self
            .graph
            .nodes()
            .iter()
            .find(|maker| maker.output == input);
        match maker.map(|maker| &maker.op) {
            Some(Op::Clip { .. }) => Ok(()),
            other => {
                let found = other.map_or("an input", Op::name);
                Err(Error::not_exact(
                    &node.name,
                    "rounding of a Clip's result",
                    found,
                ))
            }
        }
    }

    fn cast(&self, node: &Node, input: TensorId, to: Element) -> Result<Vec<Channel>> {
        let channels = self.of(input);
        let outside = channels
            .iter()
            .find(|channel| !channel.is_integers_in(0.0, 255.0));
        match outside {
            Some(channel) if to == Element::U8 => Err(Error::not_exact(
                &node.name,
                "integers in 0..=255",
                channel.spelled(),
            )),
            _ => Ok(channels.to_vec()),
        }
    }

    /// Maps are read again as inputs of the range that the metadata give them.
    fn expect_maps(&self, metadata: &ModelMetadata) -> Result<()> {
        for (index, map) in metadata.maps().iter().enumerate() {
            let Some(id) = self.graph.find(&map_output(index)) else {
                continue;
            };
            let (low, high) = (map.low.into(), map.high.into());
            let outside = self
                .of(id)
                .iter()
                .find(|channel| !channel.is_integers_in(low, high));
            if let Some(channel) = outside {
                let expected = format!("integers in {low}..={high}");
                return Err(Error::not_exact(
                    &map_output(index),
                    expected,
                    channel.spelled(),
                ));
            }
        }
        Ok(())
    }

    fn sums(&mut self, node: &Node, sums: Vec<Sum>) -> Result<Vec<Channel>> {
        for sum in &sums {
            if !sum.finite {
                return Err(Error::not_exact(
                    &node.name,
                    "finite constants",
                    "one that is not",
                ));
            }
            expect_grid(node, sum.grid)?;
        }
        let largest = sums.iter().map(Sum::in_units).fold(0.0, f64::max);
        self.bound(node, largest, EXACT_LIMIT)?;
        Ok(sums.iter().map(Sum::channel).collect())
    }

    fn bound(&mut self, node: &Node, largest: f64, limit: f64) -> Result<()> {
        if largest >= limit {
            let expected = format!("magnitudes below {limit} units");
            return Err(Error::not_exact(
                &node.name,
                expected,
                format!("up to {largest}"),
            ));
        }
        self.bounds.push(Bound {
            node: node.name.clone(),
            operator: node.op.name(),
            largest,
            limit,
        });
        Ok(())
    }
}

fn expect_grid(node: &Node, grid: Option<i32>) -> Result<()> {
    match grid {
        Some(grid) if !GRIDS.contains(&grid) => {
            let expected = format!("multiples of 2^{} to 2^{}", -GRIDS.end(), -GRIDS.start());
            Err(Error::not_exact(
                &node.name,
                expected,
                format!("multiples of 2^{}", -grid),
            ))
        }
        _ => Ok(()),
    }
}
