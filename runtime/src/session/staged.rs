//! A [`Session`] over any [`Evaluator`]: conversion, cutting into runs, stages.
//!
//! A step's lanes are divided into runs. Each run keeps the tensors that pass from stage to stage in the backend's own
//! form until the next step starts.

use pxc_codec::{LanePosition, ModelSpec, PredictorError, Session, TileSize};

use crate::error::Result;
use crate::maps::store::{MapStore, TooLarge};
use crate::maps::wiring::{MapWiring, PassReads};
use crate::session::evaluator::Evaluator;
use crate::session::exact_floats::ExactFloats;
use crate::session::lanes::LaneRun;
use crate::session::network::{Network, PIXEL_PASS, row_pass_index, stage_index};
use crate::session::self_test::SelfTest;
use crate::session::slots::{CONTEXT_SLOT, coarse_slot, own_slot};

type Outcome<T> = std::result::Result<T, PredictorError>;

/// One thread's evaluation of a network.
pub(crate) struct StagedSession<'a, E: Evaluator> {
    spec: &'a ModelSpec,
    network: &'a Network,
    evaluator: &'a E,
    self_test: &'a SelfTest,
    runner: E::Runner,
    /// The maps of the component's tiles, when the model keeps some.
    maps: Option<MapStore<'a>>,
    /// Which pixels the lanes of the current step are, when the model keeps maps.
    positions: Vec<LanePosition>,
    /// Lanes of the current step.
    lanes: usize,
    /// The stage that [`Session::next_logits`] runs.
    stage: usize,
    runs: Vec<RunState<E::Value>>,
    /// How many of `runs` belong to the current step; the others are kept for their memory.
    active: usize,
}

struct RunState<V> {
    lanes: LaneRun,
    slots: Vec<Option<V>>,
}

impl<E: Evaluator> Session for StagedSession<'_, E> {
    fn begin(&mut self, tiles: &[TileSize]) -> Outcome<()> {
        self.positions.clear();
        if let Some(maps) = &mut self.maps {
            maps.begin(tiles).map_err(|TooLarge { bytes }| {
                error(format!("maps of {} tiles take {bytes} bytes", tiles.len()))
            })?;
        }
        Ok(())
    }

    fn locate(&mut self, positions: &[LanePosition]) -> Outcome<()> {
        let Some(maps) = &self.maps else {
            return Ok(());
        };
        if !maps.holds(positions) {
            return Err(error("lanes that are not pixels of one step".into()));
        }
        self.positions.clear();
        self.positions.extend_from_slice(positions);
        Ok(())
    }

    fn finish_row(&mut self, y: usize) -> Outcome<()> {
        let _exact = ExactFloats::begin();
        let row_pass = row_pass_index(self.channels());
        let Some(maps) = self.maps.as_ref().filter(|_| self.has_subgraph(row_pass)) else {
            return Ok(());
        };
        let widest = maps.tiles().iter().map(|tile| tile.width).max();
        for x in (0..widest.unwrap_or(0)).rev() {
            let Some(maps) = &self.maps else { break };
            let tiles = maps.tiles().iter().enumerate();
            let tiles = tiles.filter(|(_, size)| y < size.height && x < size.width);
            let positions = tiles.map(|(tile, _)| LanePosition { tile, y, x });
            self.positions.clear();
            self.positions.extend(positions);
            self.start(self.positions.len(), row_pass)?;
            self.read_maps(|maps| &maps.row)?;
            self.run_subgraph(row_pass, &mut [])?;
        }
        self.positions.clear();
        Ok(())
    }

    fn all_logits(
        &mut self,
        lanes: usize,
        context: &[i16],
        own: &[i16],
        logits: &mut [u8],
    ) -> Outcome<()> {
        let _exact = ExactFloats::begin();
        let (channels, levels) = (self.channels(), self.spec.levels);
        expect_length("context", context.len(), self.spec.features() * lanes)?;
        expect_length("own", own.len(), (channels - 1) * lanes)?;
        expect_length("logits", logits.len(), channels * levels * lanes)?;
        self.start(lanes, PIXEL_PASS)?;
        self.read_maps(|maps| &maps.pixel)?;
        self.stage = channels;
        self.set_context(lanes, context)?;
        for channel in 0..channels - 1 {
            self.set_input(own_slot(channel), &own[channel * lanes..][..lanes])?;
        }
        self.run_subgraph(PIXEL_PASS, logits)
    }

    fn first_logits(&mut self, lanes: usize, context: &[i16], logits: &mut [u8]) -> Outcome<()> {
        let _exact = ExactFloats::begin();
        expect_length("context", context.len(), self.spec.features() * lanes)?;
        expect_length("logits", logits.len(), self.spec.levels * lanes)?;
        self.start(lanes, stage_index(0))?;
        self.read_maps(|maps| &maps.pixel)?;
        self.stage = 1;
        self.set_context(lanes, context)?;
        self.run_subgraph(stage_index(0), logits)
    }

    fn next_logits(&mut self, own: &[i16], logits: &mut [u8]) -> Outcome<()> {
        let _exact = ExactFloats::begin();
        let stage = self.stage;
        if !(1..self.channels()).contains(&stage) {
            return Err(error(format!(
                "next_logits: no channel {stage} in this step"
            )));
        }
        expect_length("own", own.len(), self.lanes)?;
        let expected = self.spec.levels * self.lanes;
        expect_length("logits", logits.len(), expected)?;
        self.stage = stage + 1;
        self.set_input(own_slot(stage - 1), own)?;
        self.run_subgraph(stage_index(stage), logits)
    }
}

impl<'a, E: Evaluator> StagedSession<'a, E> {
    /// Creates a session that has evaluated nothing yet.
    pub(crate) fn new(
        spec: &'a ModelSpec,
        network: &'a Network,
        evaluator: &'a E,
        self_test: &'a SelfTest,
    ) -> Result<Self> {
        let _exact = ExactFloats::begin();
        Ok(StagedSession {
            spec,
            network,
            evaluator,
            self_test,
            runner: evaluator.runner()?,
            maps: network.maps.as_ref().map(MapStore::new),
            positions: Vec::new(),
            lanes: 0,
            stage: 0,
            runs: Vec::new(),
            active: 0,
        })
    }

    fn channels(&self) -> usize {
        self.spec.channels()
    }

    fn has_subgraph(&self, subgraph: usize) -> bool {
        subgraph < self.network.subgraphs.len()
    }

    /// Divides a new step into runs, whose plans pass the self-test before they are used.
    fn start(&mut self, lanes: usize, subgraph: usize) -> Outcome<()> {
        if self.maps.is_some() {
            expect_length("positions", self.positions.len(), lanes)?;
        }
        let evaluator = self.evaluator;
        let slots = self.network.slots;
        self.lanes = lanes;
        self.active = 0;
        for lanes in evaluator
            .sizes(subgraph)
            .runs(lanes, |size| evaluator.is_planned(subgraph, size))
        {
            if self.active == self.runs.len() {
                let slots = std::iter::repeat_with(|| None).take(slots).collect();
                self.runs.push(RunState { lanes, slots });
            }
            self.runs[self.active].lanes = lanes;
            self.active += 1;
        }
        for run in &self.runs[..self.active] {
            let (network, runner) = (self.network, &mut self.runner);
            self.self_test
                .check(network, evaluator, runner, subgraph, run.lanes.size)?;
        }
        Ok(())
    }

    /// Puts the maps that a pass reads into the slots of every run.
    fn read_maps(&mut self, pass: impl Fn(&MapWiring) -> &PassReads) -> Outcome<()> {
        let (Some(maps), Some(wiring)) = (&self.maps, &self.network.maps) else {
            return Ok(());
        };
        let (pass, evaluator) = (pass(wiring), self.evaluator);
        for run in &mut self.runs[..self.active] {
            let size = run.lanes.size;
            let sources = maps.sources(pass, &self.positions, run.lanes.range());
            for read in &pass.reads {
                let spare = run.slots[read.slot].take();
                let fill = |tensor: &mut [f32]| {
                    maps.read(read.map, &sources[read.offset], size, tensor);
                };
                let channels = wiring.maps[read.map].channels;
                run.slots[read.slot] = Some(evaluator.input(spare, channels, size, fill)?);
            }
        }
        Ok(())
    }

    /// Puts the features of the neighbourhood and those of the coarse image into slots of every run.
    fn set_context(&mut self, lanes: usize, context: &[i16]) -> Outcome<()> {
        let spec = self.spec;
        let (neighbours, coarse) = context.split_at(spec.neighbour_features() * lanes);
        let (slot, sees_coarse) = (coarse_slot(spec.channels()), spec.ratio.is_some());
        self.set_input(CONTEXT_SLOT, neighbours)?;
        match sees_coarse {
            true => self.set_input(slot, coarse),
            false => Ok(()),
        }
    }

    /// Puts an input, `channels × lanes` integers, into a slot of every run.
    fn set_input(&mut self, slot: usize, values: &[i16]) -> Outcome<()> {
        let channels = values.len().checked_div(self.lanes).unwrap_or(0);
        for run in &mut self.runs[..self.active] {
            let (part, lanes) = (run.lanes, self.lanes);
            let spare = run.slots[slot].take();
            let evaluator = self.evaluator;
            let fill = |tensor: &mut [f32]| scatter(values, lanes, part, tensor);
            run.slots[slot] = Some(evaluator.input(spare, channels, part.size, fill)?);
        }
        Ok(())
    }

    /// Runs a subgraph on every run of the step, gathers its logits and stores its maps.
    fn run_subgraph(&mut self, subgraph: usize, logits: &mut [u8]) -> Outcome<()> {
        let size = self.spec.levels * self.lanes;
        let (evaluator, graph) = (self.evaluator, &self.network.subgraphs[subgraph]);
        for run in &mut self.runs[..self.active] {
            let inputs = graph.inputs.iter().map(|&slot| run.slots[slot].as_ref());
            let inputs: Option<Vec<&E::Value>> = inputs.collect();
            let inputs = inputs.ok_or_else(|| error("a stage ran out of order".into()))?;
            let outputs = evaluator.run(&mut self.runner, subgraph, run.lanes.size, &inputs)?;
            for (channel, output) in outputs.iter().take(graph.logits).enumerate() {
                let gathered = &mut logits[channel * size..][..size];
                gather(evaluator.bytes(output)?, run.lanes, self.lanes, gathered);
            }
            if let Some(maps) = self.maps.as_mut().filter(|_| !graph.maps.is_empty()) {
                let targets = maps.targets(&self.positions, run.lanes.range());
                for &(index, map) in &graph.maps {
                    let tensor = evaluator.floats(&outputs[index])?;
                    maps.write(map, &targets, run.lanes.size, tensor);
                }
            }
            for (&slot, output) in graph.outputs.iter().zip(outputs) {
                run.slots[slot] = Some(output);
            }
        }
        Ok(())
    }
}

/// Copies the lanes of a run from rows of `lanes` integers to rows of `run.size` floats; padding lanes are 0.
fn scatter(values: &[i16], lanes: usize, run: LaneRun, tensor: &mut [f32]) {
    let rows = values.chunks_exact(lanes.max(1));
    for (row, values) in tensor.chunks_exact_mut(run.size).zip(rows) {
        let (used, padding) = row.split_at_mut(run.used);
        for (to, &from) in used.iter_mut().zip(&values[run.start..][..run.used]) {
            *to = f32::from(from);
        }
        padding.fill(0.0);
    }
}

/// Copies the lanes of a run from rows of `run.size` logits to rows of `lanes` logits.
fn gather(tensor: &[u8], run: LaneRun, lanes: usize, logits: &mut [u8]) {
    let rows = logits.chunks_exact_mut(lanes.max(1));
    for (row, values) in rows.zip(tensor.chunks_exact(run.size)) {
        row[run.start..][..run.used].copy_from_slice(&values[..run.used]);
    }
}

fn expect_length(what: &str, found: usize, expected: usize) -> Outcome<()> {
    if found == expected {
        return Ok(());
    }
    Err(error(format!(
        "{what}: expected {expected} values, found {found}"
    )))
}

fn error(message: String) -> PredictorError {
    PredictorError::new(message)
}
