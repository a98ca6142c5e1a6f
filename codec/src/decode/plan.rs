//! What is decoded, and with which model.
//!
//! In: a header, and the predictor of its model. Out: a [`DecodePlan`], checked against the header; making it takes no
//! memory to speak of.

use crate::color_set::cube::ColorCube;
use crate::color_set::set::ColorSet;
use crate::container::header::Header;
use crate::decode::view::{View, Wanted};
use crate::error::Error;
use crate::model::fitted::Model;
use crate::model::predictor::Predictor;
use crate::tiles::layout::Layout;

/// Everything that decides how the groups of a file are decoded.
pub(super) struct DecodePlan<'a> {
    pub(super) header: &'a Header,
    pub(super) layout: Layout,
    pub(super) model: Option<Model<'a>>,
    pub(super) view: View,
}

impl<'a> DecodePlan<'a> {
    pub(super) fn new(
        header: &'a Header,
        predictor: Option<&'a dyn Predictor>,
        wanted: Wanted,
    ) -> Result<DecodePlan<'a>, Error> {
        let layout = Layout::new(header.tiling, header.width, header.height)?;
        let model = fitting_model(header, predictor)?;
        let view = View::new(wanted, layout, model.as_ref())?;
        Ok(DecodePlan {
            header,
            layout,
            model,
            view,
        })
    }

    /// The groups that have a wanted pixel.
    pub(super) fn groups(&self) -> Vec<u64> {
        self.layout.groups_in(&self.view.window)
    }

    /// The pixels of these groups.
    pub(super) fn pixels(&self) -> u64 {
        let groups = self.groups().into_iter();
        let areas = groups.flat_map(|group| self.layout.areas(group));
        areas.map(|area| area.pixels() as u64).sum()
    }

    /// The colours that the model is restricted to.
    pub(super) fn color_set(&self, cube: Option<ColorCube>) -> Result<Option<ColorSet>, Error> {
        let (Some(cube), Some(model)) = (cube, &self.model) else {
            return Ok(None);
        };
        let problem = "it needs a model of version 1 with three channels";
        let order = model.color_order().ok_or(Error::ColorSet { problem })?;
        Ok(Some(ColorSet::new(&cube, order)))
    }
}

/// The predictor, if it is the header's model and codes its samples and tiles.
fn fitting_model<'a>(
    header: &Header,
    predictor: Option<&'a dyn Predictor>,
) -> Result<Option<Model<'a>>, Error> {
    let (Some(predictor), Some(expected)) = (predictor, header.model) else {
        return Ok(None);
    };
    let found = predictor.id();
    if found != expected {
        return Err(Error::WrongModel { expected, found });
    }
    let format = header.coded_format();
    if !predictor.spec().codes(format) {
        return Err(Error::ModelFormat { id: found, format });
    }
    let model = Model::new(predictor, format)?;
    match model.spec().tile {
        Some(expected) if !model.takes(&header.tiling) => Err(Error::ModelTile {
            id: found,
            expected,
            found: header.tiling,
        }),
        _ => Ok(Some(model)),
    }
}
