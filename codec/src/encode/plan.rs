//! What holds for all groups of an image: its model, the methods that are tried, the listed colours.
//!
//! In: an image, a predictor and the caller's options. Out: an [`EncodePlan`], or why the options do not fit.

use crate::coders::method::CodingMethod;
use crate::color_set::gain::{self, EncodedColorSet};
use crate::color_set::set::COLOR_BYTES;
use crate::error::Error;
use crate::image::raster::Image;
use crate::model::fitted::Model;
use crate::model::predictor::{Predictor, SymbolRule};
use crate::options::{Effort, EncodeOptions};
use crate::sample_map::map::SampleMap;

/// Images of up to this many pixels are coded with and without a colour set.
const BOTH_COLOR_SETS: u64 = 1 << 16;
/// The model is not tried when the general method needs at most one bit for this many bytes of samples.
const SAMPLES_PER_BIT: usize = 4;

/// An image, and what is coded instead of its samples.
pub(super) struct Source<'a> {
    pub(super) original: &'a Image,
    /// A map of the samples, and the image of their indices.
    pub(super) indices: Option<(SampleMap, Image)>,
}

impl<'a> Source<'a> {
    /// Codes the samples of the image.
    pub(super) fn samples(original: &'a Image) -> Source<'a> {
        Source {
            original,
            indices: None,
        }
    }

    /// Codes the indices of the samples in the map.
    pub(super) fn indices(original: &'a Image, map: SampleMap) -> Result<Source<'a>, Error> {
        let indices = map.indices(original)?;
        let indices = Some((map, indices));
        Ok(Source { original, indices })
    }

    /// What is coded.
    pub(super) fn coded(&self) -> &Image {
        match &self.indices {
            Some((_, indices)) => indices,
            None => self.original,
        }
    }
}

/// Everything that decides how the groups of an image are encoded.
pub(super) struct EncodePlan<'a> {
    /// The image of the file.
    pub(super) original: &'a Image,
    pub(super) sample_map: Option<&'a SampleMap>,
    /// What is coded: the original, or the indices of its samples in the map.
    pub(super) image: &'a Image,
    pub(super) model: Option<Model<'a>>,
    /// The method that the caller asked for.
    pub(super) method: Option<CodingMethod>,
    /// Which of the methods with a model is used.
    pub(super) model_method: CodingMethod,
    /// The colours that the methods with a model are restricted to.
    pub(super) colors: Option<EncodedColorSet>,
    pub(super) effort: Effort,
}

impl<'a> EncodePlan<'a> {
    pub(super) fn new(
        source: &'a Source<'a>,
        predictor: Option<&'a dyn Predictor>,
        options: &EncodeOptions<'_>,
    ) -> Result<EncodePlan<'a>, Error> {
        let image = source.coded();
        let model = fitting_model(image, predictor)?;
        check_method(image, model.as_ref(), options.method)?;
        let refines = |model: &Model<'_>| model.serves(CodingMethod::Refined);
        let model_method = match options.effort {
            _ if !model.as_ref().is_some_and(refines) => CodingMethod::Network,
            Effort::Fast => CodingMethod::Network,
            Effort::Default => CodingMethod::Refined,
            Effort::Max => CodingMethod::Thorough,
        };
        let method = options.method.unwrap_or(model_method);
        Ok(EncodePlan {
            original: source.original,
            sample_map: source.indices.as_ref().map(|(map, _)| map),
            image,
            method: options.method,
            model_method,
            colors: color_set(image, model.as_ref(), method, options)?,
            model,
            effort: options.effort,
        })
    }

    /// Whether the methods for drawings do so well that the model need not be tried.
    pub(super) fn is_small_without_model(&self, bytes: u64, samples: usize) -> bool {
        match &self.model {
            None => true,
            Some(model) if model.spec().rule == SymbolRule::Centred => false,
            Some(_) => bytes.saturating_mul(8 * SAMPLES_PER_BIT as u64) <= samples as u64,
        }
    }

    /// The share of the colour set's bytes that falls on `pixels` pixels, coded with `method`.
    pub(super) fn share_of_color_set(&self, method: CodingMethod, pixels: usize) -> usize {
        let listed = self.colors.as_ref().filter(|_| method.needs_model());
        self.share(listed.map_or(0, |colors| colors.bytes.len() as u64), pixels)
    }

    /// The bytes that the colour set is expected to save in `pixels` pixels.
    pub(super) fn share_of_savings(&self, pixels: usize) -> usize {
        let saved = self.colors.as_ref().map_or(0, |colors| colors.saved);
        self.share(saved, pixels)
    }

    fn share(&self, bytes: u64, pixels: usize) -> usize {
        (u128::from(bytes) * pixels as u128 / u128::from(self.image.pixels())) as usize
    }
}

/// The predictor, if it codes samples like the image's. If it is one for photos and does not fit a photo, that is an
/// error.
fn fitting_model<'a>(
    image: &Image,
    predictor: Option<&'a dyn Predictor>,
) -> Result<Option<Model<'a>>, Error> {
    let format = image.format();
    let fits =
        |predictor: &&dyn Predictor| format.suits_photo_models() || predictor.spec().codes(format);
    let model = predictor.filter(fits);
    model
        .map(|predictor| Model::new(predictor, format))
        .transpose()
}

fn check_method(
    image: &Image,
    model: Option<&Model<'_>>,
    wanted: Option<CodingMethod>,
) -> Result<(), Error> {
    let format = image.format();
    match (wanted, model) {
        (Some(method), _) if !method.codes(format) => Err(Error::MethodFormat { method, format }),
        (Some(method), None) if method.needs_model() => Err(Error::NoPredictor { method }),
        (Some(method), Some(model)) if method.needs_model() && !model.serves(method) => {
            let id = model.id();
            Err(Error::MethodModel { method, id })
        }
        _ => Ok(()),
    }
}

/// The colours of the image, if they are to be listed for `method`.
fn color_set(
    image: &Image,
    model: Option<&Model<'_>>,
    method: CodingMethod,
    options: &EncodeOptions<'_>,
) -> Result<Option<EncodedColorSet>, Error> {
    let suits = image.format().has_color_cube() && method.needs_model();
    let order = model.filter(|_| suits).and_then(Model::color_order);
    let Some(order) = order.filter(|_| options.color_set != Some(false)) else {
        return Ok(None);
    };
    options.limits.check_memory(COLOR_BYTES)?;
    let refined = method != CodingMethod::Network && !tries_both_color_sets(image);
    Ok(match options.color_set {
        Some(true) => Some(gain::encoded(image, order)),
        _ => gain::worthwhile(image, order, refined),
    })
}

/// Whether an image is so small that it is coded with and without a colour set.
pub(super) fn tries_both_color_sets(image: &Image) -> bool {
    image.pixels() <= BOTH_COLOR_SETS
}
