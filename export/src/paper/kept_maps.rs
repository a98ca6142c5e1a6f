//! Which maps of one of the paper's networks later pixels read, and where: the `maps` of `docs/model.md`.
//!
//! A map is kept group by group, so that the features of one channel of a pixel can be read alone.

use pxc_trainer::kernels::extent::Tap;
use pxc_trainer::kernels::grid::Grid;
use pxc_trainer::kernels::lstm::walk::Walk;
use pxc_trainer::paper::program::Program;
use pxc_trainer::paper::program::operation::{Kind, MapId, group_range};

/// The own pixel.
pub(crate) const HERE: Tap = (0, 0);

/// The hidden states (or features) of an operation, or its cell states.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Features,
    Cells,
}

/// One group of a map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MapGroup {
    pub(crate) map: MapId,
    pub(crate) state: State,
    pub(crate) group: usize,
}

/// When an operation is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pass {
    /// Together with its pixel.
    Pixel,
    /// After its row.
    Row,
}

impl Pass {
    /// When a map is made.
    pub(crate) fn of(kind: &Kind) -> Pass {
        match kind {
            Kind::Lstm {
                walk: Walk::MirroredDiagonals,
                ..
            } => Pass::Row,
            _ => Pass::Pixel,
        }
    }
}

/// A group of a map that is kept, and the neighbours at which each pass reads it.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    pub(crate) map_group: MapGroup,
    pub(crate) taps: Vec<Tap>,
    pub(crate) row_taps: Vec<Tap>,
}

/// All groups that are kept, in the order of the operations that read them first.
pub(crate) struct KeptMaps {
    pub(crate) maps: Vec<Kept>,
}

impl KeptMaps {
    /// Collects the maps that a program with `groups` groups reads.
    pub(crate) fn new(program: &Program, groups: usize) -> KeptMaps {
        let mut kept = KeptMaps { maps: Vec::new() };
        for (map, operation) in program.operations.iter().enumerate() {
            let pass = Pass::of(&operation.kind);
            let mut read = |map, state, taps: &[Tap]| kept.read(map, state, groups, taps, pass);
            match &operation.kind {
                Kind::First | Kind::Upsample | Kind::Rectify(_) => {}
                Kind::Conv {
                    inputs,
                    taps,
                    condition,
                    ..
                } => {
                    inputs
                        .iter()
                        .for_each(|&input| read(input, State::Features, taps));
                    condition
                        .iter()
                        .for_each(|&map| read(map, State::Features, &[HERE]));
                }
                Kind::Lstm {
                    input,
                    taps,
                    condition,
                    walk,
                } => {
                    read(*input, State::Features, taps);
                    condition
                        .iter()
                        .for_each(|&map| read(map, State::Features, &[HERE]));
                    read(map, State::Features, walk.state_taps());
                    read(map, State::Cells, &[walk.cell_tap()]);
                }
                Kind::Join { right, .. } => read(*right, State::Features, &[(-1, 0)]),
            }
        }
        kept
    }

    /// Notes that a pass reads a map. At its own pixel the pixel pass reads the maps that it has just computed; the row
    /// pass reads kept ones.
    fn read(&mut self, map: MapId, state: State, groups: usize, taps: &[Tap], pass: Pass) {
        let taps = taps.iter().filter(|&&tap| pass == Pass::Row || tap != HERE);
        let taps: Vec<Tap> = taps.copied().collect();
        if taps.is_empty() {
            return;
        }
        for group in 0..groups {
            let kept = self.entry(MapGroup { map, state, group });
            let known = match pass {
                Pass::Pixel => &mut kept.taps,
                Pass::Row => &mut kept.row_taps,
            };
            for &tap in &taps {
                if !known.contains(&tap) {
                    known.push(tap);
                }
            }
        }
    }

    fn entry(&mut self, map_group: MapGroup) -> &mut Kept {
        let index = self.index(map_group).unwrap_or_else(|| {
            self.maps.push(Kept {
                map_group,
                taps: Vec::new(),
                row_taps: Vec::new(),
            });
            self.maps.len() - 1
        });
        &mut self.maps[index]
    }

    /// The index of a group among the kept ones.
    pub(crate) fn index(&self, map_group: MapGroup) -> Option<usize> {
        self.maps
            .iter()
            .position(|kept| kept.map_group == map_group)
    }
}

impl MapGroup {
    /// Its channels in the whole map.
    pub(crate) fn channels(&self, program: &Program, groups: usize) -> std::ops::Range<usize> {
        group_range(program.operations[self.map].channels, groups, self.group)
    }

    /// Its values.
    pub(crate) fn grid(&self, program: &Program) -> Grid {
        match self.state {
            State::Features => program.operations[self.map].grid,
            State::Cells => Grid::CELL,
        }
    }

    /// The name in the metadata, for people to read.
    pub(crate) fn name(&self, program: &Program, groups: usize) -> String {
        let name = &program.operations[self.map].name;
        let state = match self.state {
            State::Features => "",
            State::Cells => ".cell",
        };
        match groups {
            1 => format!("{name}{state}"),
            _ => format!("{name}{state}.{}", self.group),
        }
    }
}
