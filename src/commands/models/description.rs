//! Describes a model: its images, its location, its cost.

use pxc_runtime::{Model, Origin};
use serde_json::{Value, json};

use crate::terminal::escaping::Escaped;

/// The kind of image that a model codes, such as `8-bit rgb`, with its tile if it names one.
pub(super) fn images(model: &Model) -> String {
    let tile = model.spec().tile;
    let tile = tile.map_or(String::new(), |tile| {
        format!(" {}×{}", tile.width, tile.height)
    });
    format!("{}{tile}", model.codes())
}

/// Describes a model in JSON. `origin` is where it is.
pub(super) fn object(model: &Model, origin: &str) -> Value {
    json!({
        "name": model.name(),
        "id": model.id().to_string(),
        "family": model.metadata().family(),
        "channels": model.spec().channels(),
        "bit_depth": model.codes().depth.bits(),
        "tile": model.spec().tile.map(|tile| [tile.width, tile.height]),
        "bytes": model.file_bytes(),
        "multiplications_per_pixel": model.multiplications_per_pixel(),
        "where": origin,
    })
}

/// Where a model is.
pub(super) fn origin_name(origin: &Origin) -> String {
    match origin {
        Origin::Embedded => "embedded".to_owned(),
        Origin::File { path } => Escaped(path.display()).to_string(),
        _ => "memory".to_owned(),
    }
}
