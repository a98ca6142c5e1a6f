//! One of the paper's networks with its parameters and the masks that keep it causal.

use candle_core::{DType, Device, Tensor, Var};
use pxc_codec::COARSE_TAPS;
use rand::{Rng, RngExt};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use super::extent::Tap;
use super::program::{Kind, MapId, Operation, Program, groups_of};
use super::system_config::SystemConfig;
use crate::Result;
use crate::numeric::Grid;

/// A network of the paper.
pub struct System {
    /// What it was built from.
    pub config: SystemConfig,
    /// Its operations.
    pub program: Program,
    /// For each operation its parameters, `None` where there are none.
    parameters: Vec<Option<Parameters>>,
    device: Device,
}

/// The parameters of a convolution or of an LSTM.
struct Parameters {
    /// `[inputs, outputs]`; of an LSTM the input-to-state part.
    weight: Var,
    /// `[outputs]`; of the deconvolution `[maps]`.
    bias: Var,
    /// Only of an LSTM.
    recurrence: Option<Recurrence>,
    /// 0 where the masks forbid a weight; `None` if they forbid none.
    mask: Option<Tensor>,
}

struct Recurrence {
    /// `[taps · hidden, 4 · hidden]`.
    weight: Var,
    /// `[2, hidden]`: hidden and cell state outside.
    initial: Var,
}

/// What one operation computes with: its parameters, masked, or their integer form.
#[derive(Clone)]
pub struct Weights {
    /// `[inputs, outputs]`.
    pub weight: Tensor,
    /// `[outputs]`.
    pub bias: Tensor,
    /// Of an LSTM: state-to-state weights and initial states.
    pub recurrence: Option<(Tensor, Tensor)>,
}

impl System {
    /// A freshly initialised network.
    pub fn new(config: &SystemConfig, seed: u64, device: &Device) -> Result<System> {
        let program = Program::new(config);
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut parameters = Vec::new();
        for operation in &program.operations {
            let shape = Shape::of(config, &program, operation);
            let fresh = shape.map(|shape| shape.parameters(operation, &mut rng, device));
            parameters.push(fresh.transpose()?);
        }
        Ok(System {
            config: config.clone(),
            program,
            parameters,
            device: device.clone(),
        })
    }

    /// The device that the parameters are on.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// The trainable tensors with their names in a checkpoint.
    pub fn parameters(&self) -> Vec<(String, &Var)> {
        let mut named = Vec::new();
        for (operation, parameters) in self.program.operations.iter().zip(&self.parameters) {
            let Some(parameters) = parameters else {
                continue;
            };
            let mut name =
                |part: &str, var| named.push((format!("{}.{part}", operation.name), var));
            name("weight", &parameters.weight);
            name("bias", &parameters.bias);
            if let Some(recurrence) = &parameters.recurrence {
                name("state", &recurrence.weight);
                name("initial", &recurrence.initial);
            }
        }
        named
    }

    /// Trainable numbers.
    pub fn parameter_count(&self) -> usize {
        self.parameters()
            .iter()
            .map(|(_, var)| var.elem_count())
            .sum()
    }

    pub(super) fn masked(&self) -> Result<Vec<Option<Weights>>> {
        let masked = |parameters: &Option<Parameters>| {
            let parameters = parameters.as_ref();
            parameters.map(Parameters::masked).transpose()
        };
        self.parameters.iter().map(masked).collect()
    }
}

impl Parameters {
    fn masked(&self) -> Result<Weights> {
        let weight = match &self.mask {
            Some(mask) => (self.weight.as_tensor() * mask)?,
            None => self.weight.as_tensor().clone(),
        };
        let recurrence = self.recurrence.as_ref();
        Ok(Weights {
            weight,
            bias: self.bias.as_tensor().clone(),
            recurrence: recurrence
                .map(|r| (r.weight.as_tensor().clone(), r.initial.as_tensor().clone())),
        })
    }
}

/// What an operation reads, before masking.
struct Shape {
    /// For each input of the convolution, the group it belongs to; `None` for a neighbour, which everything may read.
    inputs: Vec<Option<usize>>,
    /// For each output, its group.
    outputs: Vec<usize>,
    /// Whether an output may read its own group (mask B).
    own: bool,
    /// State-to-state inputs.
    state: usize,
}

impl Shape {
    /// `None` for an operation without parameters.
    fn of(config: &SystemConfig, program: &Program, operation: &Operation) -> Option<Shape> {
        let groups = config.channels();
        let of_maps = |maps: &[MapId]| -> Vec<usize> {
            let channels = maps.iter().map(|&map| program.operations[map].channels);
            channels
                .flat_map(|channels| groups_of(channels, groups))
                .collect()
        };
        let read = |maps: &[MapId], taps: &[Tap]| -> Vec<Option<usize>> {
            let of_tap = |&tap: &Tap| {
                let own = move |group| (tap == (0, 0)).then_some(group);
                of_maps(maps).into_iter().map(own)
            };
            taps.iter().flat_map(of_tap).collect()
        };
        let unmasked = |map: Option<MapId>| -> Vec<Option<usize>> {
            let channels = map.map_or(0, |map| program.operations[map].channels);
            vec![None; channels]
        };
        let outputs = groups_of(operation.channels, groups);
        Some(match &operation.kind {
            Kind::First => {
                let neighbours = vec![None; config.taps().len() * groups];
                Shape {
                    inputs: neighbours
                        .into_iter()
                        .chain((0..groups - 1).map(Some))
                        .collect(),
                    outputs,
                    own: false,
                    state: 0,
                }
            }
            Kind::Upsample => Shape {
                inputs: vec![None; COARSE_TAPS.len() * groups],
                outputs: vec![0; operation.channels * config.coarse()?.0.pow(2)],
                own: true,
                state: 0,
            },
            Kind::Conv {
                inputs,
                taps,
                condition,
                ..
            } => Shape {
                inputs: [read(inputs, taps), unmasked(*condition)].concat(),
                outputs,
                own: true,
                state: 0,
            },
            Kind::Lstm {
                input,
                taps,
                condition,
                walk,
            } => Shape {
                inputs: [read(&[*input], taps), unmasked(*condition)].concat(),
                outputs: outputs.repeat(4),
                own: true,
                state: walk.state_taps().len() * operation.channels,
            },
            Kind::Rectify(_) | Kind::Join { .. } => return None,
        })
    }

    fn parameters(
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

    /// Forget gates start open; logits start in the middle of their range.
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
