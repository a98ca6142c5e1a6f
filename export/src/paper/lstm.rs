//! One step of an LSTM between integers: gates by table, new cell and hidden states (`docs/model.md`, *Operators*).

use pxc_model::TensorId;
use pxc_trainer::kernels::grid::Grid;
use pxc_trainer::kernels::lstm::activations::{SIGMOID, TANH, Table};
use pxc_trainer::paper::program::operation::{Kind, MapId, Operation, group_range};

use crate::error::Result;
use crate::paper::builder::{Builder, features, refused};
use crate::paper::kept_maps::{MapGroup, Pass, State};

impl Builder<'_> {
    /// The hidden states of a group; its cell states are added to [`Builder::cells`].
    pub(crate) fn lstm(
        &mut self,
        map: MapId,
        operation: &Operation,
        group: usize,
    ) -> Result<TensorId> {
        let gates = self.gates(map, operation, group)?;
        let cell = self.cell(map, operation, group, gates)?;
        self.cells[map].push(cell);
        self.hidden(map, operation, group, gates[0], cell)
    }

    /// The gates `o`, `f` and `i` and the input `g`, looked up in their tables.
    fn gates(&mut self, map: MapId, operation: &Operation, group: usize) -> Result<[TensorId; 4]> {
        let sources = self.sources(operation, group)?;
        let units = group_range(operation.channels, self.groups, group);
        let mut gate = |index: usize, part: &str, table: &Table| {
            let name = self.name(operation, group, part);
            let first = index * operation.channels;
            let columns = first + units.start..first + units.end;
            let mut scaled = self.scaled(map, &sources, columns, table.input.step)?;
            let middle = -table.input.low as f32;
            scaled.bias.iter_mut().for_each(|bias| *bias += middle);
            let sum = self.conv(&name, &sources, scaled)?;
            self.looked_up(&name, sum, table)
        };
        Ok([
            gate(0, "o", &SIGMOID)?,
            gate(1, "f", &SIGMOID)?,
            gate(2, "i", &SIGMOID)?,
            gate(3, "g", &TANH)?,
        ])
    }

    /// `c = f·c' + i·g`.
    fn cell(
        &mut self,
        map: MapId,
        operation: &Operation,
        group: usize,
        [_, forget, take, input]: [TensorId; 4],
    ) -> Result<TensorId> {
        let Kind::Lstm { walk, .. } = operation.kind else {
            return Err(refused(operation, "an LSTM"));
        };
        let cell = MapGroup {
            map,
            state: State::Cells,
            group,
        };
        let pass = Pass::of(&operation.kind);
        let before = self.neighbour(cell, walk.cell_tap(), pass)?;
        let name = |part: &str| self.name(operation, group, part);
        let (kept, taken, sum) = (name("kept"), name("taken"), name("cell"));
        let kept = self.graph.mul(&kept, forget, before)?;
        let taken = self.graph.mul(&taken, take, input)?;
        let new = self.graph.add(&sum, kept, taken)?;
        let finer = Grid::GATE.step + Grid::SQUASHED.step - Grid::CELL.step;
        let new = self.graph.scale(&format!("{sum}.scaled"), new, -finer)?;
        self.rounded(&sum, new, Grid::CELL, Some(cell))
    }

    /// `h = o·tanh c`.
    fn hidden(
        &mut self,
        map: MapId,
        operation: &Operation,
        group: usize,
        gate: TensorId,
        cell: TensorId,
    ) -> Result<TensorId> {
        let name = |part: &str| self.name(operation, group, part);
        let (shown, hidden) = (name("tanh"), name("hidden"));
        let graph = &mut self.graph;
        let coarser = Grid::CELL.step - TANH.input.step;
        let index = graph.scale(&format!("{shown}.scaled"), cell, -coarser)?;
        let middle = vec![-TANH.input.low as f32];
        let index = graph.add_const(&format!("{shown}.index"), index, middle)?;
        let shown = self.looked_up(&shown, index, &TANH)?;
        let graph = &mut self.graph;
        let product = graph.mul(&hidden, gate, shown)?;
        let finer = Grid::GATE.step + Grid::SQUASHED.step - Grid::HIDDEN.step;
        let scaled = graph.scale(&format!("{hidden}.scaled"), product, -finer)?;
        self.rounded(&hidden, scaled, Grid::HIDDEN, Some(features(map, group)))
    }
}
