//! A predictor that is known to fit the image, with its checked wavefront, the model of the coarse image, and one session of each per thread.

use crate::container::CodingMethod;
use crate::error::Error;
use crate::image::sample_format::SampleFormat;
use crate::model::predictor::{
    ModelId, ModelSpec, Predictor, PredictorError, SYMBOLS, Session, SymbolRule, TileSize,
};
use crate::tiles::coarse_image::coarse_rect;
use crate::tiles::tile::Tile;
use crate::tiles::tiling::{Rect, Tiling};
use crate::tiles::wavefront::Schedule;

/// A thread's sessions, made when they are first needed.
pub(crate) type SessionSlot<'a> = Option<Sessions<'a>>;

/// A thread's sessions of a model.
pub(crate) struct Sessions<'a> {
    pub(crate) large: Box<dyn Session + 'a>,
    /// Of the model of the coarse image.
    small: Option<Box<dyn Session + 'a>>,
}

/// A model of coarse images, with a thread's session.
pub(crate) struct Small<'m, 's, 'a> {
    /// Side of the blocks.
    pub(crate) ratio: usize,
    pub(crate) model: &'m Model<'a>,
    pub(crate) session: &'s mut (dyn Session + 'a),
}

/// A predictor whose description of itself is checked.
pub(crate) struct Model<'a> {
    predictor: &'a dyn Predictor,
    pub(crate) schedule: Schedule,
    /// Side of the blocks and model of the coarse image.
    small: Option<(usize, Box<Model<'a>>)>,
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
        let small = match (spec.ratio, predictor.small()) {
            (None, None) => None,
            (Some(ratio), Some(small)) => {
                check_small(spec, ratio, small.spec())
                    .map_err(|problem| Error::ModelSpec { id, problem })?;
                Some((ratio, Box::new(Model::new(small, format)?)))
            }
            _ => {
                let problem = "a coarse image needs a model of its own, and the side of its blocks";
                return Err(Error::ModelSpec { id, problem });
            }
        };
        Ok(Model {
            predictor,
            schedule,
            small,
        })
    }

    pub(crate) fn id(&self) -> ModelId {
        self.predictor.id()
    }

    pub(crate) fn spec(&self) -> &ModelSpec {
        self.predictor.spec()
    }

    pub(crate) fn memory(&self, sessions: usize) -> u64 {
        let small = self.small.as_ref();
        let small = small.map_or(0, |(_, small)| small.memory(sessions));
        self.predictor.memory(sessions).saturating_add(small)
    }

    /// Whether it can be used by one of the coders that need a model.
    pub(crate) fn serves(&self, coder: CodingMethod) -> bool {
        coder == CodingMethod::Network || self.spec().rule == SymbolRule::Differences
    }

    /// The coding order of red, green and blue, when a colour set can serve the model.
    pub(crate) fn color_order(&self) -> Option<[usize; 3]> {
        let (spec, order) = (self.spec(), self.spec().order.as_slice());
        let serves = spec.rule == SymbolRule::Differences && spec.levels == SYMBOLS;
        order.try_into().ok().filter(|_| serves)
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
        let coarse = self.small.as_ref().map_or(0, |(ratio, small)| {
            let coarse = coarse_rect(tile, *ratio);
            let samples = coarse.pixels() * self.spec().channels() + size_of::<Tile>();
            small.tile_bytes(&coarse).saturating_add(samples as u64)
        });
        kept.saturating_add(bytes).saturating_add(coarse)
    }

    pub(crate) fn failed(&self, source: PredictorError) -> Error {
        let id = self.id();
        Error::Predictor { id, source }
    }

    pub(crate) fn sessions<'s>(
        &self,
        slot: &'s mut SessionSlot<'a>,
    ) -> Result<&'s mut Sessions<'a>, Error> {
        if slot.is_none() {
            let small = self.small.as_ref().map(|(_, small)| small.session());
            *slot = Some(Sessions {
                large: self.session()?,
                small: small.transpose()?,
            });
        }
        slot.as_mut().ok_or(Error::NoPredictor)
    }

    fn session(&self) -> Result<Box<dyn Session + 'a>, Error> {
        let session = self.predictor.session();
        session.map_err(|source| self.failed(source))
    }

    /// The model of the coarse image and a thread's session of it, when there is one.
    pub(crate) fn small<'m, 's>(
        &'m self,
        sessions: &'s mut Sessions<'a>,
    ) -> Option<Small<'m, 's, 'a>> {
        let (ratio, model) = self.small.as_ref()?;
        Some(Small {
            ratio: *ratio,
            model,
            session: sessions.small.as_deref_mut()?,
        })
    }
}

/// Checks, with a legal side of blocks, that the model of the coarse image codes the same samples as the other, and is large enough.
fn check_small(spec: &ModelSpec, ratio: usize, small: &ModelSpec) -> Result<(), &'static str> {
    if small.ratio.is_some() {
        return Err("the model of a coarse image cannot see one itself");
    }
    if (&small.order, small.levels, small.rule) != (&spec.order, spec.levels, spec.rule) {
        return Err("the model of the coarse image must code the same samples");
    }
    let covers = match (spec.tile, small.tile) {
        (_, None) => true,
        (None, Some(_)) => false,
        (Some(large), Some(small)) => {
            large.width.div_ceil(ratio) <= small.width
                && large.height.div_ceil(ratio) <= small.height
        }
    };
    match covers {
        true => Ok(()),
        false => Err("the tile of the model of the coarse image is too small"),
    }
}
