//! The models of the files: hashes instead of networks, each with an id of its own.

use std::sync::{Arc, OnceLock};

use pxc_codec::{ModelId, ModelSpec, Predictor, PredictorError, Session, TileSize};

use crate::hashing_model::HashingModel;
use crate::map_model::{MapModel, models};

/// A model that keeps maps, with an id.
struct Named {
    id: ModelId,
    model: MapModel,
}

impl Predictor for Named {
    fn id(&self) -> ModelId {
        self.id
    }

    fn spec(&self) -> &ModelSpec {
        self.model.spec()
    }

    fn coarse(&self) -> Option<&dyn Predictor> {
        self.model.coarse()
    }

    fn tile_memory(&self, tile: TileSize) -> u64 {
        self.model.tile_memory(tile)
    }

    fn session(&self) -> Result<Box<dyn Session + '_>, PredictorError> {
        self.model.session()
    }
}

/// Models of photos, and models with maps, row passes, two scales and two levels.
pub fn all() -> &'static [Arc<dyn Predictor>] {
    static ALL: OnceLock<Vec<Arc<dyn Predictor>>> = OnceLock::new();
    ALL.get_or_init(|| {
        let photos = [1, 3].into_iter().flat_map(|channels| {
            (1..4).map(move |shear| HashingModel::with_shear(channels, shear))
        });
        let photos = photos.map(|model| Arc::new(model) as Arc<dyn Predictor>);
        let named = models().into_iter().enumerate().map(|(index, model)| {
            let id = ModelId([b'm', index as u8, 0, 0, 0, 0, 0, 0]);
            Arc::new(Named { id, model }) as Arc<dyn Predictor>
        });
        photos.chain(named).collect()
    })
}
