//! A predictor that is known to fit the image, with its checked wavefront and one session per thread.

use crate::container::Coder;
use crate::error::Error;
use crate::predictor::{
    ModelId, ModelSpec, Predictor, PredictorError, Session, SymbolRule, TileSize,
};
use crate::sample_format::SampleFormat;
use crate::tiling::{Rect, Tiling};
use crate::wavefront::Schedule;

/// A thread's session, made when it is first needed.
pub(crate) type SessionSlot<'a> = Option<Box<dyn Session + 'a>>;

/// A predictor whose description of itself is checked.
pub(crate) struct Model<'a> {
    predictor: &'a dyn Predictor,
    pub(crate) schedule: Schedule,
}

impl<'a> Model<'a> {
    /// Checks the predictor against the image's format.
    pub(crate) fn new(
        predictor: &'a dyn Predictor,
        format: SampleFormat,
    ) -> Result<Model<'a>, Error> {
        let (id, spec) = (predictor.id(), predictor.spec());
        let schedule = Schedule::new(id, spec, format.color.color_planes())?;
        if !spec.codes_depth(format) {
            return Err(Error::ModelLevels {
                id,
                expected: spec.levels,
                format,
            });
        }
        Ok(Model {
            predictor,
            schedule,
        })
    }

    pub(crate) fn id(&self) -> ModelId {
        self.predictor.id()
    }

    pub(crate) fn spec(&self) -> &ModelSpec {
        self.predictor.spec()
    }

    pub(crate) fn memory(&self, sessions: usize) -> u64 {
        self.predictor.memory(sessions)
    }

    /// Whether it can be used by one of the coders that need a model.
    pub(crate) fn serves(&self, coder: Coder) -> bool {
        coder == Coder::Network || self.spec().rule == SymbolRule::Differences
    }

    /// Whether the tiles of a tiling, or the whole image if that is smaller, are as small as the model asks for.
    pub(crate) fn takes(&self, tiling: &Tiling) -> bool {
        self.spec().tile.is_none_or(|tile| {
            tiling.tile_width as usize <= tile.width && tiling.tile_height as usize <= tile.height
        })
    }

    /// Bytes that decoding a tile of a group takes besides its samples.
    pub(crate) fn tile_bytes(&self, tile: &Rect) -> u64 {
        let size = TileSize {
            width: tile.width,
            height: tile.height,
        };
        let kept = self.predictor.tile_memory(size);
        let bytes = self.schedule.tile_bytes(tile, self.spec().features());
        kept.saturating_add(bytes)
    }

    pub(crate) fn failed(&self, source: PredictorError) -> Error {
        let id = self.id();
        Error::Predictor { id, source }
    }

    pub(crate) fn session<'s>(
        &'s self,
        slot: &'s mut SessionSlot<'a>,
    ) -> Result<&'s mut (dyn Session + 'a), Error> {
        if slot.is_none() {
            let session = self.predictor.session();
            *slot = Some(session.map_err(|source| self.failed(source))?);
        }
        slot.as_deref_mut().ok_or(Error::NoPredictor)
    }
}
