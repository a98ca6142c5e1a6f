//! The tiling of an image: the caller's, the model's, or a default.

use crate::encode::drawing::is_drawn;
use crate::encode::plan::EncodePlan;
use crate::error::Error;
use crate::model::session::TileSize;
use crate::options::Effort;
use crate::tiles::tiling::Tiling;

/// The tiling that was asked for; else tiles of the model's size, if it has one; else the default of the image.
///
/// # Errors
/// [`Error::TilingRange`] for tiles that are larger than the model's.
pub(super) fn choose(plan: &EncodePlan<'_>, wanted: Option<Tiling>) -> Result<Tiling, Error> {
    let (width, height) = (plan.image.width(), plan.image.height());
    let model = plan.model.as_ref();
    let tile = model.and_then(|model| model.spec().tile.map(|tile| (model, tile)));
    match (wanted, tile) {
        (Some(tiling), Some((model, tile))) if !model.takes(&tiling) => {
            Err(too_large(&tiling, tile))
        }
        (Some(tiling), _) => Ok(tiling),
        (None, Some((model, tile))) => {
            let lanes = model.schedule.most_lanes(tile.width, tile.height);
            Ok(Tiling::model(width, height, tile, lanes))
        }
        (None, None) => Ok(default_tiling(plan)),
    }
}

/// Names the side of the tiles that is larger than the model's.
fn too_large(tiling: &Tiling, tile: TileSize) -> Error {
    let (field, found, largest) = match tiling.tile_width as usize > tile.width {
        true => ("tile_width", tiling.tile_width, tile.width),
        false => ("tile_height", tiling.tile_height, tile.height),
    };
    Error::TilingRange {
        field,
        largest: largest as u32,
        found,
    }
}

/// Small tiles for a model of photos, large ones for the general method, which learns from repetition.
fn default_tiling(plan: &EncodePlan<'_>) -> Tiling {
    let (image, width, height) = (plan.image, plan.image.width(), plan.image.height());
    if !image.format().suits_photo_models() || is_drawn(image) {
        return Tiling::drawing(width, height);
    }
    match plan.effort {
        Effort::Max => Tiling::large_photo(width, height),
        Effort::Fast | Effort::Default => Tiling::photo(width, height),
    }
}
