//! What the sums of an operation read: own and neighbouring maps, group by group, as its masks allow.

use pxc_trainer::kernels::extent::Tap;
use pxc_trainer::paper::program::operation::{Kind, MapId, Operation};

use crate::error::Result;
use crate::paper::builder::{Builder, features, refused};
use crate::paper::kept_maps::{HERE, Pass};
use crate::paper::weights::Source;

/// The sources of a sum so far, in the order of the rows of the whole weights.
#[derive(Default)]
struct Sources {
    list: Vec<Source>,
    /// Rows passed, those of groups that the masks hide included.
    row: usize,
}

impl Builder<'_> {
    /// What a group's sums read.
    pub(crate) fn sources(&self, operation: &Operation, group: usize) -> Result<Vec<Source>> {
        let pass = Pass::of(&operation.kind);
        let mut sources = Sources::default();
        match &operation.kind {
            Kind::First => sources.list = self.image_sources(group),
            Kind::Upsample => {
                let tensor = self.coarse.ok_or_else(|| refused(operation, "an input"))?;
                sources.list.push(Source {
                    tensor,
                    grid: self.network.config.samples.grid(),
                    rows: 0..self.graph.tensor(tensor).channels,
                });
            }
            Kind::Conv {
                inputs,
                taps,
                condition,
                ..
            } => {
                self.read(&mut sources, inputs, taps, group, pass)?;
                self.read_whole(&mut sources, *condition, pass)?;
            }
            Kind::Lstm {
                input,
                taps,
                condition,
                walk,
            } => {
                self.read(&mut sources, &[*input], taps, group, pass)?;
                self.read_whole(&mut sources, *condition, pass)?;
                let own = self.features.len();
                self.read(&mut sources, &[own], walk.state_taps(), group, pass)?;
            }
            Kind::Rectify(_) | Kind::Join { .. } => {
                return Err(refused(operation, "a convolution"));
            }
        }
        Ok(sources.list)
    }

    /// The features of the neighbourhood, and the own channels before `group`.
    fn image_sources(&self, group: usize) -> Vec<Source> {
        let grid = self.network.config.samples.grid();
        let features = self.graph.tensor(self.context).channels;
        let own = (0..group).map(|k| (self.own[k], features + k..features + k + 1));
        let all = std::iter::once((self.context, 0..features)).chain(own);
        all.map(|(tensor, rows)| Source { tensor, grid, rows })
            .collect()
    }

    /// The maps `inputs` at each of `taps`.
    fn read(
        &self,
        sources: &mut Sources,
        inputs: &[MapId],
        taps: &[Tap],
        group: usize,
        pass: Pass,
    ) -> Result<()> {
        let program = &self.network.program;
        let groups = self.groups;
        let parts = |tap| {
            let of_map = move |&map| (0..groups).map(move |source| (tap, map, source));
            inputs.iter().flat_map(of_map)
        };
        for (tap, map, source_group) in taps.iter().copied().flat_map(parts) {
            let map_group = features(map, source_group);
            let first = sources.row;
            sources.row += map_group.channels(program, self.groups).len();
            // Mask B: at its own pixel a group sees itself and the groups before it.
            if tap == HERE && source_group > group {
                continue;
            }
            let tensor = match (tap, pass) {
                (HERE, Pass::Pixel) => self.features[map][source_group],
                _ => self.neighbour(map_group, tap, pass)?,
            };
            sources.list.push(Source {
                tensor,
                grid: map_group.grid(program),
                rows: first..sources.row,
            });
        }
        Ok(())
    }

    /// A map that every group sees whole, at its own pixel.
    fn read_whole(&self, sources: &mut Sources, map: Option<MapId>, pass: Pass) -> Result<()> {
        let last = self.groups - 1;
        self.read(sources, map.as_slice(), &[HERE], last, pass)
    }
}
