//! Which inputs each output of an operation may read (masks A and B, paper section 3.4), and the initial values of its
//! weights.

use candle_core::{DType, Device, Tensor, Var};
use pxc_codec::COARSE_TAPS;
use rand::{Rng, RngExt};

use crate::error::Result;
use crate::kernels::extent::Tap;
use crate::kernels::grid::Grid;
use crate::paper::config::PaperConfig;
use crate::paper::network::parameters::{Parameters, Recurrence};
use crate::paper::program::Program;
use crate::paper::program::operation::{Kind, MapId, Operation, groups_of};

/// What an operation reads, before masking.
pub(crate) struct Shape {
    /// The group of each input of the convolution; `None` for a neighbour, which every output may read.
    inputs: Vec<Option<usize>>,
    /// The group of each output.
    outputs: Vec<usize>,
    /// Whether an output may read its own group (mask B).
    own: bool,
    /// State-to-state inputs.
    state: usize,
}

/// The groups of the maps that an operation reads.
struct Reads<'a> {
    program: &'a Program,
    groups: usize,
}

impl Reads<'_> {
    /// The inputs from maps at each of `taps`. Only those at the own pixel are masked.
    fn masked(&self, maps: &[MapId], taps: &[Tap]) -> Vec<Option<usize>> {
        let channels = maps
            .iter()
            .map(|&map| self.program.operations[map].channels);
        let of_maps: Vec<usize> = channels
            .flat_map(|channels| groups_of(channels, self.groups))
            .collect();
        let of_tap = |&tap: &Tap| {
            let own = move |&group: &usize| (tap == (0, 0)).then_some(group);
            of_maps.iter().map(own)
        };
        taps.iter().flat_map(of_tap).collect()
    }

    /// The inputs from a map that every group sees whole.
    fn whole(&self, map: Option<MapId>) -> Vec<Option<usize>> {
        let channels = map.map_or(0, |map| self.program.operations[map].channels);
        vec![None; channels]
    }
}

impl Shape {
    /// The shape of an operation; `None` for one without parameters.
    pub(crate) fn of(
        config: &PaperConfig,
        program: &Program,
        operation: &Operation,
    ) -> Option<Shape> {
        let groups = config.channels();
        let reads = Reads { program, groups };
        let outputs = groups_of(operation.channels, groups);
        let inputs = match &operation.kind {
            Kind::First => {
                let neighbours = vec![None; config.taps().len() * groups];
                let own = (0..groups - 1).map(Some);
                neighbours.into_iter().chain(own).collect()
            }
            Kind::Upsample => vec![None; COARSE_TAPS.len() * groups],
            Kind::Conv {
                inputs,
                taps,
                condition,
                ..
            } => [reads.masked(inputs, taps), reads.whole(*condition)].concat(),
            Kind::Lstm {
                input,
                taps,
                condition,
                ..
            } => [reads.masked(&[*input], taps), reads.whole(*condition)].concat(),
            Kind::Rectify(_) | Kind::Join { .. } => return None,
        };
        let (outputs, state) = match &operation.kind {
            Kind::Upsample => {
                let weights = operation.channels * config.coarse()?.0.pow(2);
                (vec![0; weights], 0)
            }
            Kind::Lstm { walk, .. } => {
                let state = walk.state_taps().len() * operation.channels;
                (outputs.repeat(4), state)
            }
            _ => (outputs, 0),
        };
        Some(Shape {
            inputs,
            outputs,
            own: !matches!(operation.kind, Kind::First),
            state,
        })
    }

    /// Makes the initial parameters: weights that are uniform and smaller the more inputs there are, initial states of
    /// 0.
    pub(crate) fn parameters(
        &self,
        operation: &Operation,
        rng: &mut impl Rng,
        device: &Device,
    ) -> Result<Parameters> {
        let (inputs, outputs) = (self.inputs.len(), self.outputs.len());
        let range = 1.0 / ((inputs + self.state) as f32).sqrt();
        let mut uniform = |rows: usize, range: f32| {
            let values: Vec<f32> = (0..rows * outputs)
                .map(|_| rng.random_range(-range..range))
                .collect();
            Var::from_tensor(&Tensor::from_vec(values, (rows, outputs), device)?)
        };
        let weight = uniform(inputs, range * 3_f32.sqrt())?;
        let recurrence = match self.state {
            0 => None,
            rows => Some(Recurrence {
                weight: uniform(rows, range)?,
                initial: Var::zeros((2, operation.channels), DType::F32, device)?,
            }),
        };
        Ok(Parameters {
            weight,
            bias: Var::from_tensor(&Tensor::new(self.bias(operation), device)?)?,
            recurrence,
            mask: self.mask(device)?,
        })
    }

    /// The initial biases: forget gates start open; logits start in the middle of their range.
    fn bias(&self, operation: &Operation) -> Vec<f32> {
        let outputs = match operation.kind {
            Kind::Upsample => operation.channels,
            _ => self.outputs.len(),
        };
        let forget = operation.channels..2 * operation.channels;
        let value = |index: usize| match operation.kind {
            Kind::Lstm { .. } if forget.contains(&index) => 1.0,
            _ if operation.grid == Grid::LOGIT => 8.0,
            _ => 0.0,
        };
        (0..outputs).map(value).collect()
    }

    fn mask(&self, device: &Device) -> Result<Option<Tensor>> {
        let allowed = |input: &Option<usize>, output: usize| match input {
            None => true,
            Some(group) => *group < output || (self.own && *group == output),
        };
        let rows = self.inputs.iter().flat_map(|input| {
            let outputs = self.outputs.iter();
            outputs.map(move |&output| f32::from(u8::from(allowed(input, output))))
        });
        let mask: Vec<f32> = rows.collect();
        if mask.iter().all(|&allowed| allowed == 1.0) {
            return Ok(None);
        }
        let shape = (self.inputs.len(), self.outputs.len());
        Ok(Some(Tensor::from_vec(mask, shape, device)?))
    }
}
