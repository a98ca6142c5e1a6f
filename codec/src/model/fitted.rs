//! A predictor that fits the image.
//!
//! In: a predictor and the format of an image. Out: a [`Model`]: the predictor with its checked wavefront, the model of
//! the coarse image, and one session of each per thread.

use crate::coders::method::CodingMethod;
use crate::error::Error;
use crate::image::sample_format::SampleFormat;
use crate::model::error::PredictorError;
use crate::model::id::ModelId;
use crate::model::predictor::{ModelSpec, Predictor, SYMBOLS, SymbolRule};
use crate::model::session::{Session, TileSize};
use crate::tiles::schedule::Schedule;
use crate::tiles::tiling::Tiling;

/// A thread's sessions, made when they are first needed.
pub(crate) type LazySessions<'a> = Option<Sessions<'a>>;

/// A thread's sessions of a model.
pub(crate) struct Sessions<'a> {
    pub(crate) full: Box<dyn Session + 'a>,
    /// The session of the coarse image's model.
    coarse: Option<Box<dyn Session + 'a>>,
}

/// A model of coarse images, with a thread's session.
pub(crate) struct CoarseModel<'m, 's, 'a> {
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
    coarse: Option<(usize, Box<Model<'a>>)>,
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
        let coarse = match (spec.ratio, predictor.coarse()) {
            (None, None) => None,
            (Some(ratio), Some(coarse)) => {
                check_coarse(spec, ratio, coarse.spec())
                    .map_err(|problem| Error::ModelSpec { id, problem })?;
                Some((ratio, Box::new(Model::new(coarse, format)?)))
            }
            _ => {
                let problem = "a coarse image needs a model of its own, and the side of its blocks";
                return Err(Error::ModelSpec { id, problem });
            }
        };
        Ok(Model {
            predictor,
            schedule,
            coarse,
        })
    }

    pub(crate) fn id(&self) -> ModelId {
        self.predictor.id()
    }

    /// The name that files store.
    pub(crate) fn name(&self) -> Option<&str> {
        self.predictor.name()
    }

    pub(crate) fn spec(&self) -> &ModelSpec {
        self.predictor.spec()
    }

    /// The model of the coarse image and the side of its blocks, if the predictor has two scales.
    pub(crate) fn coarse(&self) -> Option<(usize, &Model<'a>)> {
        let (ratio, model) = self.coarse.as_ref()?;
        Some((*ratio, model))
    }

    /// Bytes that the predictor and this many sessions take, those of the coarse image included.
    pub(crate) fn memory(&self, sessions: usize) -> u64 {
        let coarse = self
            .coarse()
            .map_or(0, |(_, coarse)| coarse.memory(sessions));
        self.predictor.memory(sessions).saturating_add(coarse)
    }

    /// The multiplications that this many pixels need.
    pub(crate) fn work(&self, pixels: u64) -> u64 {
        self.predictor.work_per_pixel().saturating_mul(pixels)
    }

    /// Bytes that a session keeps for a tile of this size.
    pub(crate) fn kept_bytes(&self, tile: TileSize) -> u64 {
        self.predictor.tile_memory(tile)
    }

    /// Whether a method that needs a model can use this one.
    pub(crate) fn serves(&self, method: CodingMethod) -> bool {
        method == CodingMethod::Network || self.spec().rule == SymbolRule::Differences
    }

    /// The coding order of red, green and blue, if the model can be restricted to a colour set.
    pub(crate) fn color_order(&self) -> Option<[usize; 3]> {
        let (spec, order) = (self.spec(), self.spec().order.as_slice());
        let serves = spec.rule == SymbolRule::Differences && spec.levels == SYMBOLS;
        order.try_into().ok().filter(|_| serves)
    }

    /// Whether the tiles of a tiling are not larger than the model's.
    pub(crate) fn takes(&self, tiling: &Tiling) -> bool {
        self.spec().tile.is_none_or(|tile| {
            tiling.tile_width as usize <= tile.width && tiling.tile_height as usize <= tile.height
        })
    }

    pub(crate) fn failed(&self, source: PredictorError) -> Error {
        let id = self.id();
        Error::Predictor { id, source }
    }

    pub(crate) fn sessions<'s>(
        &self,
        sessions: &'s mut LazySessions<'a>,
    ) -> Result<&'s mut Sessions<'a>, Error> {
        let open = match sessions.take() {
            Some(open) => open,
            None => {
                let coarse = self.coarse().map(|(_, coarse)| coarse.session());
                Sessions {
                    full: self.session()?,
                    coarse: coarse.transpose()?,
                }
            }
        };
        Ok(sessions.insert(open))
    }

    fn session(&self) -> Result<Box<dyn Session + 'a>, Error> {
        let session = self.predictor.session();
        session.map_err(|source| self.failed(source))
    }

    /// The model of the coarse image and a thread's session of it, if the predictor has two scales.
    pub(crate) fn coarse_session<'m, 's>(
        &'m self,
        sessions: &'s mut Sessions<'a>,
    ) -> Option<CoarseModel<'m, 's, 'a>> {
        let (ratio, model) = self.coarse()?;
        Some(CoarseModel {
            ratio,
            model,
            session: sessions.coarse.as_deref_mut()?,
        })
    }
}

/// Checks, with a legal side of blocks, that the model of the coarse image codes the same samples as the other, and
/// that its tiles are large enough.
fn check_coarse(spec: &ModelSpec, ratio: usize, coarse: &ModelSpec) -> Result<(), &'static str> {
    if coarse.ratio.is_some() {
        return Err("the model of a coarse image cannot see one itself");
    }
    if (&coarse.order, coarse.levels, coarse.rule) != (&spec.order, spec.levels, spec.rule) {
        return Err("the model of the coarse image must code the same samples");
    }
    let covers = match (spec.tile, coarse.tile) {
        (_, None) => true,
        (None, Some(_)) => false,
        (Some(full), Some(coarse)) => {
            full.width.div_ceil(ratio) <= coarse.width
                && full.height.div_ceil(ratio) <= coarse.height
        }
    };
    match covers {
        true => Ok(()),
        false => Err("the tile of the model of the coarse image is too small"),
    }
}
