//! One of the paper's networks as the ONNX graph of a step (`docs/model.md`, *Maps*).
//!
//! A tensor of the trainer is `integer · 2^−step`; here it is the integer. Everything is built group by group, so that the graph
//! falls into stages: what belongs to channel `k` reads the own channels before it.

use std::ops::Range;

use pxc_model::contract::{COARSE, CONTEXT, logits_output, own_input};
use pxc_model::{Element, Graph, Matrix, TensorId, map_output, map_row_tap, map_tap};
use pxc_trainer::numeric::Grid;
use pxc_trainer::systems::RoundedSystem;
use pxc_trainer::systems::activations::{SIGMOID, TANH, Table};
use pxc_trainer::systems::extent::Tap;
use pxc_trainer::systems::program::{Kind, MapId, Operation, Program, group_range};
use pxc_trainer::systems::system::System;

use crate::kept_maps::{HERE, Kept, KeptMaps, Part, Pass, State};
use crate::paper_weights::{Scaled, Source, WholeWeights};
use crate::{Error, Result};

/// The graph of a network, with the inputs and outputs of `docs/model.md`, and the maps that it keeps.
pub(crate) fn build(system: &System, rounded: &RoundedSystem) -> Result<(Graph, KeptMaps)> {
    let groups = system.config.channels();
    let kept = KeptMaps::new(&system.program, groups);
    let weights = WholeWeights::of_all(&system.program, rounded)?;
    let mut graph = Graph::new();
    let features = system.config.taps().len() * groups;
    let context = graph.input(CONTEXT, Element::F32, features)?;
    let own = (1..groups).map(|k| graph.input(&own_input(k - 1), Element::F32, 1));
    let own = own.collect::<std::result::Result<_, _>>()?;
    let coarse = match coarse_features(&system.program, &weights) {
        0 => None,
        features => Some(graph.input(COARSE, Element::F32, features)?),
    };
    let mut neighbours = Vec::new();
    for (index, map) in kept.maps.iter().enumerate() {
        neighbours.push(Neighbours::declare(
            &mut graph,
            &system.program,
            groups,
            index,
            map,
        )?);
    }
    let mut builder = Builder {
        system,
        weights,
        groups,
        kept,
        graph,
        context,
        own,
        coarse,
        neighbours,
        features: Vec::new(),
        cells: Vec::new(),
    };
    builder.operations()?;
    builder.outputs()?;
    Ok((builder.graph, builder.kept))
}

/// The inputs of a kept map.
struct Neighbours {
    taps: Vec<TensorId>,
    row_taps: Vec<TensorId>,
}

impl Neighbours {
    fn declare(
        graph: &mut Graph,
        program: &Program,
        groups: usize,
        index: usize,
        map: &Kept,
    ) -> Result<Neighbours> {
        let channels = map.part.channels(program, groups).len();
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

struct Builder<'a> {
    system: &'a System,
    /// Of each operation that has any.
    weights: Vec<Option<WholeWeights>>,
    groups: usize,
    kept: KeptMaps,
    graph: Graph,
    context: TensorId,
    own: Vec<TensorId>,
    /// The coarse pixels around a block, at the place of the pixel in it.
    coarse: Option<TensorId>,
    neighbours: Vec<Neighbours>,
    /// Of each operation, the features of each group.
    features: Vec<Vec<TensorId>>,
    /// Of each LSTM, the cell states of each group.
    cells: Vec<Vec<TensorId>>,
}

impl Builder<'_> {
    fn operations(&mut self) -> Result<()> {
        let program = &self.system.program;
        for (map, operation) in program.operations.iter().enumerate() {
            self.cells.push(Vec::new());
            let mut features = Vec::new();
            for group in 0..self.groups {
                let feature = match &operation.kind {
                    Kind::First | Kind::Upsample | Kind::Conv { .. } => {
                        self.convolution(map, operation, group)?
                    }
                    Kind::Rectify(input) => self.rectified(operation, *input, group)?,
                    Kind::Join { left, right } => self.joined(operation, *left, *right, group)?,
                    Kind::Lstm { .. } => self.lstm(map, operation, group)?,
                };
                features.push(feature);
            }
            self.features.push(features);
        }
        Ok(())
    }

    fn outputs(&mut self) -> Result<()> {
        let Some(logits) = self.features.last().cloned() else {
            return Ok(());
        };
        for (channel, sum) in logits.into_iter().enumerate() {
            let bytes = self.graph.cast(&logits_output(channel), sum, Element::U8)?;
            self.graph.output(bytes)?;
        }
        for index in 0..self.kept.maps.len() {
            let part = self.kept.maps[index].part;
            let made = match part.state {
                State::Features => self.features[part.map][part.group],
                State::Cells => self.cells[part.map][part.group],
            };
            self.graph.output(made)?;
        }
        Ok(())
    }

    fn name(&self, operation: &Operation, group: usize, part: &str) -> String {
        let part = if part.is_empty() {
            String::new()
        } else {
            format!(".{part}")
        };
        match self.groups {
            1 => format!("{}{part}", operation.name),
            _ => format!("{}.{group}{part}", operation.name),
        }
    }

    fn convolution(&mut self, map: MapId, operation: &Operation, group: usize) -> Result<TensorId> {
        let sources = self.sources(operation, group)?;
        let columns = group_range(operation.channels, self.groups, group);
        let scaled = self.scaled(map, &sources, columns, operation.grid.step)?;
        let name = self.name(operation, group, "");
        let mut sum = self.conv(&name, &sources, scaled)?;
        if let Kind::Conv {
            residual: Some(residual),
            ..
        } = operation.kind
        {
            let stream = self.features[residual][group];
            sum = self.graph.add(&format!("{name}.add"), sum, stream)?;
        }
        self.rounded(&name, sum, operation.grid, Some(features(map, group)))
    }

    fn rectified(&mut self, operation: &Operation, input: MapId, group: usize) -> Result<TensorId> {
        let name = self.name(operation, group, "");
        let high = operation.grid.high as f32;
        Ok(self
            .graph
            .clip(&name, self.features[input][group], 0.0, high)?)
    }

    fn joined(
        &mut self,
        operation: &Operation,
        left: MapId,
        right: MapId,
        group: usize,
    ) -> Result<TensorId> {
        let above = self.neighbour(features(right, group), (-1, 0), Pass::Pixel)?;
        let name = self.name(operation, group, "");
        Ok(self.graph.add(&name, self.features[left][group], above)?)
    }

    fn lstm(&mut self, map: MapId, operation: &Operation, group: usize) -> Result<TensorId> {
        let Kind::Lstm { walk, .. } = operation.kind else {
            return Err(refused(operation, "an LSTM"));
        };
        let sources = self.sources(operation, group)?;
        let mut gates = Vec::new();
        for (gate, table) in [&*SIGMOID, &SIGMOID, &SIGMOID, &TANH]
            .into_iter()
            .enumerate()
        {
            let name = self.name(operation, group, ["o", "f", "i", "g"][gate]);
            let units = group_range(operation.channels, self.groups, group);
            let first = gate * operation.channels;
            let columns = first + units.start..first + units.end;
            let mut scaled = self.scaled(map, &sources, columns, table.input.step)?;
            let middle = -table.input.low as f32;
            scaled.bias.iter_mut().for_each(|bias| *bias += middle);
            let sum = self.conv(&name, &sources, scaled)?;
            gates.push(self.looked_up(&name, sum, table)?);
        }
        let cell = Part {
            map,
            state: State::Cells,
            group,
        };
        let pass = Pass::of(&operation.kind);
        let before = self.neighbour(cell, walk.cell_tap(), pass)?;
        let name = |part: &str| self.name(operation, group, part);
        let (kept, taken, sum) = (name("kept"), name("taken"), name("cell"));
        let (shown, hidden) = (name("tanh"), name("hidden"));
        let kept = self.graph.mul(&kept, gates[1], before)?;
        let taken = self.graph.mul(&taken, gates[2], gates[3])?;
        let new = self.graph.add(&sum, kept, taken)?;
        let finer = Grid::GATE.step + Grid::SQUASHED.step - Grid::CELL.step;
        let new = self.graph.scale(&format!("{sum}.scaled"), new, -finer)?;
        let new = self.rounded(&sum, new, Grid::CELL, Some(cell))?;
        self.cells[map].push(new);

        let coarser = Grid::CELL.step - TANH.input.step;
        let index = self
            .graph
            .scale(&format!("{shown}.scaled"), new, -coarser)?;
        let middle = vec![-TANH.input.low as f32];
        let index = self
            .graph
            .add_const(&format!("{shown}.index"), index, middle)?;
        let shown = self.looked_up(&shown, index, &TANH)?;
        let product = self.graph.mul(&hidden, gates[0], shown)?;
        let finer = Grid::GATE.step + Grid::SQUASHED.step - Grid::HIDDEN.step;
        let scaled = self
            .graph
            .scale(&format!("{hidden}.scaled"), product, -finer)?;
        self.rounded(&hidden, scaled, Grid::HIDDEN, Some(features(map, group)))
    }

    /// What a group's sums read, in the order of the whole weights' rows.
    fn sources(&self, operation: &Operation, group: usize) -> Result<Vec<Source>> {
        let mut sources = Vec::new();
        let mut row = 0;
        let pass = Pass::of(&operation.kind);
        match &operation.kind {
            Kind::First => {
                let grid = self.system.config.samples.grid();
                let features = self.graph.tensor(self.context).channels;
                let own = (0..group).map(|k| (self.own[k], features + k..features + k + 1));
                let all = std::iter::once((self.context, 0..features)).chain(own);
                sources.extend(all.map(|(tensor, rows)| Source { tensor, grid, rows }));
            }
            Kind::Upsample => {
                let tensor = self.coarse.ok_or_else(|| refused(operation, "an input"))?;
                sources.push(Source {
                    tensor,
                    grid: self.system.config.samples.grid(),
                    rows: 0..self.graph.tensor(tensor).channels,
                });
            }
            Kind::Conv {
                inputs,
                taps,
                condition,
                ..
            } => {
                self.read(&mut sources, &mut row, inputs, taps, group, pass)?;
                self.read_whole(&mut sources, &mut row, *condition, pass)?;
            }
            Kind::Lstm {
                input,
                taps,
                condition,
                walk,
            } => {
                self.read(&mut sources, &mut row, &[*input], taps, group, pass)?;
                self.read_whole(&mut sources, &mut row, *condition, pass)?;
                let map = self.features.len();
                self.read(
                    &mut sources,
                    &mut row,
                    &[map],
                    walk.state_taps(),
                    group,
                    pass,
                )?;
            }
            Kind::Rectify(_) | Kind::Join { .. } => {
                return Err(refused(operation, "a convolution"));
            }
        }
        Ok(sources)
    }

    fn read(
        &self,
        sources: &mut Vec<Source>,
        row: &mut usize,
        inputs: &[MapId],
        taps: &[Tap],
        group: usize,
        pass: Pass,
    ) -> Result<()> {
        let program = &self.system.program;
        for &tap in taps {
            for (&map, source_group) in inputs
                .iter()
                .flat_map(|map| (0..self.groups).map(move |g| (map, g)))
            {
                let part = features(map, source_group);
                let first = *row;
                *row += part.channels(program, self.groups).len();
                // Mask B: at its own pixel a group sees itself and the groups before it.
                if tap == HERE && source_group > group {
                    continue;
                }
                let tensor = match (tap, pass) {
                    (HERE, Pass::Pixel) => self.features[map][source_group],
                    _ => self.neighbour(part, tap, pass)?,
                };
                sources.push(Source {
                    tensor,
                    grid: part.grid(program),
                    rows: first..*row,
                });
            }
        }
        Ok(())
    }

    /// A map that every group sees whole, at its own pixel.
    fn read_whole(
        &self,
        sources: &mut Vec<Source>,
        row: &mut usize,
        map: Option<MapId>,
        pass: Pass,
    ) -> Result<()> {
        let last = self.groups - 1;
        self.read(sources, row, map.as_slice(), &[HERE], last, pass)
    }

    /// The input that brings a part from a neighbour.
    fn neighbour(&self, part: Part, tap: Tap, pass: Pass) -> Result<TensorId> {
        let found = self.kept.index(part).and_then(|index| {
            let (map, inputs) = (&self.kept.maps[index], &self.neighbours[index]);
            let (taps, inputs) = match pass {
                Pass::Pixel => (&map.taps, &inputs.taps),
                Pass::Row => (&map.row_taps, &inputs.row_taps),
            };
            taps.iter()
                .position(|&known| known == tap)
                .map(|place| inputs[place])
        });
        found.ok_or_else(|| refused(&self.system.program.operations[part.map], "a kept map"))
    }

    fn scaled(
        &self,
        map: MapId,
        sources: &[Source],
        columns: Range<usize>,
        step: i32,
    ) -> Result<Scaled> {
        match &self.weights[map] {
            Some(weights) => Ok(weights.scaled(sources, columns, step)),
            None => Err(refused(&self.system.program.operations[map], "weights")),
        }
    }

    fn conv(&mut self, name: &str, sources: &[Source], scaled: Scaled) -> Result<TensorId> {
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

    /// The sum on a grid. A part that is kept has the name of its output.
    fn rounded(
        &mut self,
        name: &str,
        sum: TensorId,
        grid: Grid,
        part: Option<Part>,
    ) -> Result<TensorId> {
        let (low, high) = (grid.low as f32, grid.high as f32);
        let input = self.graph.clip(&format!("{name}.clip"), sum, low, high)?;
        let kept = part.and_then(|part| self.kept.index(part));
        let name = kept.map_or_else(|| format!("{name}.round"), map_output);
        Ok(self.graph.round(&name, input)?)
    }

    /// `index` counts from the table's first value.
    fn looked_up(&mut self, name: &str, index: TensorId, table: &Table) -> Result<TensorId> {
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

fn features(map: MapId, group: usize) -> Part {
    Part {
        map,
        state: State::Features,
        group,
    }
}

/// What the deconvolution of a program reads, if it has one.
fn coarse_features(program: &Program, weights: &[Option<WholeWeights>]) -> usize {
    let mut operations = program.operations.iter().zip(weights);
    let upsample = operations.find(|(operation, _)| matches!(operation.kind, Kind::Upsample));
    let weights = upsample.and_then(|(_, weights)| weights.as_ref());
    weights.map_or(0, WholeWeights::inputs)
}

fn refused(operation: &Operation, expected: &'static str) -> Error {
    Error::Layer {
        layer: operation.name.clone(),
        expected,
        found: "none".into(),
    }
}
