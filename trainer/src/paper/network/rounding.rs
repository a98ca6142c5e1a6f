//! The integer form of a network's parameters, with which the exported model and the trainer's integer mode compute.

use candle_core::Tensor;
use pxc_codec::COARSE_TAPS;

use crate::error::Result;
use crate::kernels::grid::Grid;
use crate::kernels::lstm::activations::SIGMOID;
use crate::kernels::quantisation::{SumBound, quantise_wide};
use crate::kernels::values::tensor_like;
use crate::paper::network::paper_network::PaperNetwork;
use crate::paper::network::parameters::Weights;
use crate::paper::program::operation::{Kind, MapId, Operation};

/// The integer form of all operations.
pub struct RoundedPaperNetwork(pub(crate) Vec<Option<Weights>>);

impl RoundedPaperNetwork {
    /// The weights of an operation that has any.
    pub fn weights(&self, operation: MapId) -> Option<&Weights> {
        self.0[operation].as_ref()
    }
}

impl PaperNetwork {
    /// The integer form of the present parameters.
    pub fn rounded(&self) -> Result<RoundedPaperNetwork> {
        let masked = self.masked()?;
        let operations = self.program.operations.iter().zip(masked);
        let rounded = operations.map(|(operation, weights)| {
            let weights = weights.map(|weights| self.rounded_weights(operation, &weights));
            weights.transpose()
        });
        Ok(RoundedPaperNetwork(rounded.collect::<Result<_>>()?))
    }

    /// All weights of an output, state-to-state ones included, share one sum and so one precision.
    fn rounded_weights(&self, operation: &Operation, weights: &Weights) -> Result<Weights> {
        let mut all = values(&weights.weight)?;
        let inputs = all.len();
        let mut grids = self.input_grids(operation);
        if let Some((state, _)) = &weights.recurrence {
            all.extend(values(state)?);
            grids.extend(vec![Grid::HIDDEN; state.dim(0)?]);
        }
        let residual = match operation.kind {
            Kind::Conv { residual, .. } => residual.map(|map| self.program.operations[map].grid),
            // An exported gate counts its table's entries from 0: up to half a table is added to its sum.
            Kind::Lstm { .. } => Some(SIGMOID.input),
            _ => None,
        };
        let bound = SumBound {
            inputs: &grids,
            residual,
        };
        let layer = quantise_wide(&all, &values(&weights.bias)?, &bound);
        let (input, state) = layer.weight.split_at(inputs);
        let recurrence = weights.recurrence.as_ref().map(|(weight, initial)| {
            let initial = rounded_initial(initial, operation.channels)?;
            Ok::<_, crate::Error>((tensor_like(state.to_vec(), weight)?, initial))
        });
        Ok(Weights {
            weight: tensor_like(input.to_vec(), &weights.weight)?,
            bias: tensor_like(layer.bias, &weights.bias)?,
            recurrence: recurrence.transpose()?,
        })
    }

    /// The grid of every input of an operation's convolution.
    pub fn input_grids(&self, operation: &Operation) -> Vec<Grid> {
        let maps = |inputs: &[MapId]| -> Vec<Grid> {
            let maps = inputs.iter().map(|&map| &self.program.operations[map]);
            maps.flat_map(|map| vec![map.grid; map.channels]).collect()
        };
        match &operation.kind {
            Kind::First => {
                let channels = self.config.channels();
                vec![self.config.samples.grid(); self.config.taps().len() * channels + channels - 1]
            }
            // The positions in a block share a bias, and so a precision, as if all of their weights were in one sum. In
            // the exported model they are.
            Kind::Upsample => {
                let positions = self.config.coarse().map_or(0, |(ratio, _)| ratio * ratio);
                let inputs = COARSE_TAPS.len() * self.config.channels() * positions;
                vec![self.config.samples.grid(); inputs]
            }
            Kind::Conv {
                inputs,
                taps,
                condition,
                ..
            } => [maps(inputs).repeat(taps.len()), maps(condition.as_slice())].concat(),
            Kind::Lstm {
                input,
                taps,
                condition,
                ..
            } => [
                maps(&[*input]).repeat(taps.len()),
                maps(condition.as_slice()),
            ]
            .concat(),
            Kind::Rectify(_) | Kind::Join { .. } => Vec::new(),
        }
    }
}

fn rounded_initial(initial: &Tensor, hidden: usize) -> Result<Tensor> {
    let mut states = values(initial)?;
    let (hidden, cell) = states.split_at_mut(hidden);
    hidden.iter_mut().for_each(|v| *v = Grid::HIDDEN.round(*v));
    cell.iter_mut().for_each(|v| *v = Grid::CELL.round(*v));
    Ok(tensor_like(states, initial)?)
}

fn values(tensor: &Tensor) -> Result<Vec<f32>> {
    Ok(tensor.flatten_all()?.to_vec1()?)
}
