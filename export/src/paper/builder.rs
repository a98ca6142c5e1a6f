//! The parts of which all operations of a step's graph are built: names, convolutions, rounding, tables, and the maps
//! of neighbours.

use std::ops::Range;

use pxc_model::{Element, Graph, Matrix, TensorId, map_output, map_row_tap, map_tap};
use pxc_trainer::kernels::extent::Tap;
use pxc_trainer::kernels::grid::Grid;
use pxc_trainer::kernels::lstm::activations::Table;
use pxc_trainer::paper::network::PaperNetwork;
use pxc_trainer::paper::program::Program;
use pxc_trainer::paper::program::operation::{MapId, Operation};

use crate::error::{Error, Result};
use crate::paper::kept_maps::{Kept, KeptMaps, MapGroup, Pass, State};
use crate::paper::weights::{Scaled, Source, WholeWeights};

/// The inputs of a kept map.
pub(crate) struct Neighbours {
    pub(crate) taps: Vec<TensorId>,
    pub(crate) row_taps: Vec<TensorId>,
}

impl Neighbours {
    /// Declares the inputs of kept map `index`.
    pub(crate) fn declare(
        graph: &mut Graph,
        program: &Program,
        groups: usize,
        index: usize,
        map: &Kept,
    ) -> Result<Neighbours> {
        let channels = map.map_group.channels(program, groups).len();
        let mut inputs = |name: fn(usize, usize) -> String, taps: &[Tap]| {
            (0..taps.len())
                .map(|tap| graph.input(&name(index, tap), Element::F32, channels))
                .collect::<std::result::Result<Vec<_>, _>>()
        };
        Ok(Neighbours {
            taps: inputs(map_tap, &map.taps)?,
            row_taps: inputs(map_row_tap, &map.row_taps)?,
        })
    }
}

/// The graph of a step so far.
pub(crate) struct Builder<'a> {
    pub(crate) network: &'a PaperNetwork,
    /// The weights of each operation that has any.
    pub(crate) weights: Vec<Option<WholeWeights>>,
    pub(crate) groups: usize,
    pub(crate) kept: KeptMaps,
    pub(crate) graph: Graph,
    pub(crate) context: TensorId,
    pub(crate) own: Vec<TensorId>,
    /// The coarse pixels around a block, at the position of the pixel in it.
    pub(crate) coarse: Option<TensorId>,
    pub(crate) neighbours: Vec<Neighbours>,
    /// The features of each group, by operation.
    pub(crate) features: Vec<Vec<TensorId>>,
    /// The cell states of each group, by LSTM.
    pub(crate) cells: Vec<Vec<TensorId>>,
}

impl Builder<'_> {
    pub(crate) fn name(&self, operation: &Operation, group: usize, suffix: &str) -> String {
        let suffix = if suffix.is_empty() {
            String::new()
        } else {
            format!(".{suffix}")
        };
        match self.groups {
            1 => format!("{}{suffix}", operation.name),
            _ => format!("{}.{group}{suffix}", operation.name),
        }
    }

    /// The input that brings a group of a map from a neighbour.
    pub(crate) fn neighbour(&self, map_group: MapGroup, tap: Tap, pass: Pass) -> Result<TensorId> {
        let found = self.kept.index(map_group).and_then(|index| {
            let (map, inputs) = (&self.kept.maps[index], &self.neighbours[index]);
            let (taps, inputs) = match pass {
                Pass::Pixel => (&map.taps, &inputs.taps),
                Pass::Row => (&map.row_taps, &inputs.row_taps),
            };
            taps.iter()
                .position(|&known| known == tap)
                .map(|index| inputs[index])
        });
        found.ok_or_else(|| {
            refused(
                &self.network.program.operations[map_group.map],
                "a kept map",
            )
        })
    }

    pub(crate) fn scaled(
        &self,
        map: MapId,
        sources: &[Source],
        columns: Range<usize>,
        step: i32,
    ) -> Result<Scaled> {
        match &self.weights[map] {
            Some(weights) => Ok(weights.scaled(sources, columns, step)),
            None => Err(refused(&self.network.program.operations[map], "weights")),
        }
    }

    pub(crate) fn conv(
        &mut self,
        name: &str,
        sources: &[Source],
        scaled: Scaled,
    ) -> Result<TensorId> {
        let tensors: Vec<TensorId> = sources.iter().map(|source| source.tensor).collect();
        let input = match tensors[..] {
            [one] => one,
            _ => self.graph.concat(&format!("{name}.input"), tensors)?,
        };
        let rows = scaled.bias.len();
        let weight = Matrix::new(rows, scaled.weight.len() / rows, scaled.weight)?;
        Ok(self
            .graph
            .conv(&format!("{name}.conv"), input, weight, scaled.bias)?)
    }

    /// Rounds a sum to a grid. A group of a map that is kept has the name of its output.
    pub(crate) fn rounded(
        &mut self,
        name: &str,
        sum: TensorId,
        grid: Grid,
        map_group: Option<MapGroup>,
    ) -> Result<TensorId> {
        let (low, high) = (grid.low as f32, grid.high as f32);
        let input = self.graph.clip(&format!("{name}.clip"), sum, low, high)?;
        let kept = map_group.and_then(|map_group| self.kept.index(map_group));
        let name = kept.map_or_else(|| format!("{name}.round"), map_output);
        Ok(self.graph.round(&name, input)?)
    }

    /// Looks values up in a table; `index` counts from the table's first value.
    pub(crate) fn looked_up(
        &mut self,
        name: &str,
        index: TensorId,
        table: &Table,
    ) -> Result<TensorId> {
        let indices = Grid {
            step: 0,
            low: 0,
            high: table.input.high - table.input.low,
        };
        let index = self.rounded(name, index, indices, None)?;
        let unit = table.output.scale();
        let values = table.values.iter().map(|value| value * unit).collect();
        Ok(self.graph.table(&format!("{name}.table"), index, values)?)
    }
}

/// The features of a group of a map.
pub(crate) fn features(map: MapId, group: usize) -> MapGroup {
    MapGroup {
        map,
        state: State::Features,
        group,
    }
}

/// The error of an operation that has no integer form.
pub(crate) fn refused(operation: &Operation, expected: &'static str) -> Error {
    Error::Layer {
        layer: operation.name.clone(),
        expected,
        found: "none".into(),
    }
}
