//! What a header refers to.
//!
//! In: a header. Out: the predictor of its model and the colours of its colour set.

use std::sync::Arc;

use crate::coders::method::CodingMethod;
use crate::color_set::cube::ColorCube;
use crate::color_set::set::COLOR_BYTES;
use crate::container::header::{GroupEntry, Header};
use crate::entropy::bit_coder::InvalidStream;
use crate::error::Error;
use crate::limits::Limits;
use crate::model::error::PredictorError;
use crate::model::id::ModelId;
use crate::model::predictor::Predictor;
use crate::options::DecodeOptions;
use crate::workers::both;

/// Finds the model of an id: `Ok(None)` if there is none, an error if there is one that cannot be used.
pub type Resolve<'a> = &'a dyn Fn(ModelId) -> Result<Option<Arc<dyn Predictor>>, PredictorError>;

/// What the groups need besides their payloads. Both are `None` when no group uses the model.
pub(super) struct References {
    pub(super) predictor: Option<Arc<dyn Predictor>>,
    pub(super) cube: Option<ColorCube>,
}

impl References {
    /// Resolves the model and decodes the colours, side by side when there are threads for it.
    pub(super) fn find(
        header: &Header,
        resolve: Resolve<'_>,
        options: &DecodeOptions<'_>,
    ) -> Result<References, Error> {
        let (cube, predictor) = both(
            options.threads,
            || read_cube(header, &options.limits),
            || find_predictor(header, resolve),
        );
        Ok(References {
            cube: cube?,
            predictor: predictor?,
        })
    }
}

fn find_predictor(
    header: &Header,
    resolve: Resolve<'_>,
) -> Result<Option<Arc<dyn Predictor>>, Error> {
    let Some(id) = header.model.filter(|_| needs_model(header)) else {
        return Ok(None);
    };
    let found = resolve(id).map_err(|source| Error::Predictor { id, source })?;
    found.ok_or(Error::UnknownModel { id }).map(Some)
}

fn read_cube(header: &Header, limits: &Limits) -> Result<Option<ColorCube>, Error> {
    let Some(bytes) = header.color_set.as_ref().filter(|_| needs_model(header)) else {
        return Ok(None);
    };
    limits.check_memory(COLOR_BYTES)?;
    let pixels = u64::from(header.width) * u64::from(header.height);
    let cube = ColorCube::decode(bytes, pixels);
    cube.map(Some).map_err(|invalid| {
        let problem = match invalid {
            InvalidStream::Illegal => "it has more colours than the image has pixels",
            InvalidStream::Dry => invalid.problem(),
        };
        Error::ColorSet { problem }
    })
}

fn needs_model(header: &Header) -> bool {
    let needs = |group: &GroupEntry| group.color_method.is_some_and(CodingMethod::needs_model);
    header.groups.iter().any(needs)
}
