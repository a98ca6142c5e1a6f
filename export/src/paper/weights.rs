//! The weights of the paper's networks between integers: the sources of a group's sums in, its rows of weights out.

use std::ops::Range;

use pxc_model::TensorId;
use pxc_trainer::kernels::grid::Grid;
use pxc_trainer::paper::network::{PaperNetwork, RoundedPaperNetwork, Weights};
use pxc_trainer::paper::program::Program;
use pxc_trainer::paper::program::operation::{Kind, Operation};

use crate::error::Result;
use crate::paper::kept_maps::{MapGroup, State};

/// A part of a convolution's input: a tensor, its values, and its rows of the whole weights.
pub(crate) struct Source {
    pub(crate) tensor: TensorId,
    pub(crate) grid: Grid,
    pub(crate) rows: Range<usize>,
}

/// The weights of an operation, those of state-to-state after those of input-to-state.
pub(crate) struct WholeWeights {
    /// `[inputs][outputs]`.
    rows: Vec<Vec<f32>>,
    bias: Vec<f32>,
}

/// Weights between integers: `[outputs, inputs]`, and bias.
pub(crate) struct Scaled {
    pub(crate) weight: Vec<f32>,
    pub(crate) bias: Vec<f32>,
}

impl WholeWeights {
    /// The weights of all operations; `None` for those without.
    pub(crate) fn of_all(
        program: &Program,
        rounded: &RoundedPaperNetwork,
    ) -> Result<Vec<Option<WholeWeights>>> {
        let operations = program.operations.iter().enumerate();
        let weights = operations.map(|(map, operation)| {
            let weights = rounded.weights(map);
            let whole = weights.map(|weights| WholeWeights::of(operation, weights));
            whole.transpose()
        });
        weights.collect()
    }

    /// Collects the weights of an operation. Those of the deconvolution get a row for each input and each position in a
    /// block.
    fn of(operation: &Operation, weights: &Weights) -> Result<WholeWeights> {
        let mut rows: Vec<Vec<f32>> = weights.weight.to_vec2()?;
        if matches!(operation.kind, Kind::Upsample) {
            let positions = rows.iter().flat_map(|row| row.chunks(operation.channels));
            rows = positions.map(<[f32]>::to_vec).collect();
        }
        if let Some((state, _)) = &weights.recurrence {
            rows.extend(state.to_vec2::<f32>()?);
        }
        let bias = weights.bias.to_vec1()?;
        Ok(WholeWeights { rows, bias })
    }

    /// Rows of weights.
    pub(crate) fn inputs(&self) -> usize {
        self.rows.len()
    }

    /// The weights from an input of step `i` to an output of step `o` become `w · 2^(o − i)`, the bias `b · 2^o`.
    pub(crate) fn scaled(&self, sources: &[Source], columns: Range<usize>, step: i32) -> Scaled {
        let unit = (step as f32).exp2();
        let row = |column: usize| {
            let inputs = sources
                .iter()
                .flat_map(|s| s.rows.clone().map(|row| (row, s.grid.scale())));
            inputs
                .map(|(row, scale)| self.rows[row][column] * unit / scale)
                .collect::<Vec<f32>>()
        };
        Scaled {
            weight: columns.clone().flat_map(row).collect(),
            bias: columns.map(|column| self.bias[column] * unit).collect(),
        }
    }
}

/// The initial states of a kept group of a map, as integers; 0 unless it is of an LSTM.
pub(crate) fn initial(
    network: &PaperNetwork,
    rounded: &RoundedPaperNetwork,
    map_group: MapGroup,
) -> Result<Vec<i32>> {
    let groups = network.config.channels();
    let channels = map_group.channels(&network.program, groups);
    let states = rounded
        .weights(map_group.map)
        .and_then(|weights| weights.recurrence.as_ref());
    let Some((_, initial)) = states else {
        return Ok(vec![0; channels.len()]);
    };
    let row = initial.get(usize::from(map_group.state == State::Cells))?;
    let scale = map_group.grid(&network.program).scale();
    let integer = |value: &f32| (value * scale) as i32;
    Ok(row.to_vec1::<f32>()?[channels]
        .iter()
        .map(integer)
        .collect())
}
