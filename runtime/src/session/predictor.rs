//! The codec's [`Predictor`] over any [`Evaluator`].

use pxc_codec::{ModelId, ModelSpec, Predictor, PredictorError, Session, TileSize};

use crate::registry::model::Model;
use crate::session::evaluator::Evaluator;
use crate::session::network::Network;
use crate::session::self_test::SelfTest;
use crate::session::staged::StagedSession;

/// A model on a backend.
pub(crate) struct StagedPredictor<E> {
    id: ModelId,
    /// The name that files store, see [`Predictor::name`].
    name: Option<String>,
    spec: ModelSpec,
    network: Network,
    evaluator: E,
    self_test: SelfTest,
    /// Multiplications per pixel.
    work: u64,
    /// The model of the coarse image.
    coarse: Option<Box<dyn Predictor>>,
}

impl<E> StagedPredictor<E> {
    /// A model whose network the evaluator evaluates. `coarse` is the model of its coarse image.
    pub(crate) fn new(
        model: &Model,
        network: Network,
        evaluator: E,
        coarse: Option<Box<dyn Predictor>>,
    ) -> StagedPredictor<E> {
        StagedPredictor {
            id: model.id(),
            name: model.stored_name(),
            spec: model.spec().clone(),
            network,
            evaluator,
            self_test: SelfTest::new(model),
            work: model.multiplications_per_pixel(),
            coarse,
        }
    }
}

impl<E: Evaluator> Predictor for StagedPredictor<E> {
    fn id(&self) -> ModelId {
        self.id
    }

    fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    fn spec(&self) -> &ModelSpec {
        &self.spec
    }

    fn coarse(&self) -> Option<&dyn Predictor> {
        self.coarse.as_deref()
    }

    fn memory(&self, sessions: usize) -> u64 {
        self.network.memory(sessions)
    }

    fn work_per_pixel(&self) -> u64 {
        self.work
    }

    fn tile_memory(&self, tile: TileSize) -> u64 {
        let maps = self.network.maps.as_ref();
        maps.map_or(0, |maps| maps.tile_bytes(tile.most_lanes(maps.shear)))
    }

    fn session(&self) -> Result<Box<dyn Session + '_>, PredictorError> {
        let session =
            StagedSession::new(&self.spec, &self.network, &self.evaluator, &self.self_test)?;
        Ok(Box::new(session))
    }
}
