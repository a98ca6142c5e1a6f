//! One of the paper's networks as the ONNX graph of a step (`docs/model.md`, *Maps*).
//!
//! A tensor of the trainer is `integer · 2^−step`; here it is the integer. Everything is built group by group, so that
//! the graph falls into stages: the part of channel `k` reads the own channels before it.

use pxc_model::contract::{COARSE_INPUT, CONTEXT, logits_output, own_input};
use pxc_model::{Element, Graph, TensorId};
use pxc_trainer::paper::network::{PaperNetwork, RoundedPaperNetwork};
use pxc_trainer::paper::program::Program;
use pxc_trainer::paper::program::operation::{Kind, MapId, Operation, group_range};

use crate::error::Result;
use crate::paper::builder::{Builder, Neighbours, features};
use crate::paper::kept_maps::{KeptMaps, Pass, State};
use crate::paper::weights::WholeWeights;

/// The graph of a network, with the inputs and outputs of `docs/model.md`, and the maps that it keeps.
pub(crate) fn build(
    network: &PaperNetwork,
    rounded: &RoundedPaperNetwork,
) -> Result<(Graph, KeptMaps)> {
    let groups = network.config.channels();
    let kept = KeptMaps::new(&network.program, groups);
    let weights = WholeWeights::of_all(&network.program, rounded)?;
    let mut graph = Graph::new();
    let features = network.config.taps().len() * groups;
    let context = graph.input(CONTEXT, Element::F32, features)?;
    let own = (1..groups).map(|k| graph.input(&own_input(k - 1), Element::F32, 1));
    let own = own.collect::<std::result::Result<_, _>>()?;
    let coarse = match coarse_features(&network.program, &weights) {
        0 => None,
        features => Some(graph.input(COARSE_INPUT, Element::F32, features)?),
    };
    let mut neighbours = Vec::new();
    for (index, map) in kept.maps.iter().enumerate() {
        neighbours.push(Neighbours::declare(
            &mut graph,
            &network.program,
            groups,
            index,
            map,
        )?);
    }
    let mut builder = Builder {
        network,
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

/// The features that the deconvolution of a program reads, if it has one.
fn coarse_features(program: &Program, weights: &[Option<WholeWeights>]) -> usize {
    let mut operations = program.operations.iter().zip(weights);
    let upsample = operations.find(|(operation, _)| matches!(operation.kind, Kind::Upsample));
    let weights = upsample.and_then(|(_, weights)| weights.as_ref());
    weights.map_or(0, WholeWeights::inputs)
}

impl Builder<'_> {
    fn operations(&mut self) -> Result<()> {
        let program = &self.network.program;
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
            let map_group = self.kept.maps[index].map_group;
            let made = match map_group.state {
                State::Features => self.features[map_group.map][map_group.group],
                State::Cells => self.cells[map_group.map][map_group.group],
            };
            self.graph.output(made)?;
        }
        Ok(())
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
}
