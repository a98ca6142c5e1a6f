//! Checks whether a file is a model that pxc may run, and describes it.

use pxc_runtime::{Bound, Limits, Model};
use serde_json::json;

use crate::commands::models::description::{images, object};
use crate::error::Error;
use crate::files::location::Location;
use crate::files::reading::read_input;
use crate::terminal::console::print;

/// Describes a model file. Fails if the file is not a model.
pub(super) fn check(location: &Location, json: bool) -> Result<(), Error> {
    let (model, _) = read(location)?;
    let tightest = tightest(&model);
    if !json {
        return print(lines(location, &model, tightest));
    }
    let mut object = object(&model, &location.to_string());
    object["tightest"] = tightest.map_or(json!(null), |bound| {
        json!({"node": bound.node, "operator": bound.operator, "fraction": bound.fraction()})
    });
    print(format!("{object}\n"))
}

/// Reads a model, and the bytes of its file.
pub(super) fn read(location: &Location) -> Result<(Model, Vec<u8>), Error> {
    let bytes = read_input(location, &Limits::default())?.bytes;
    let model =
        Model::from_bytes(&location.to_string(), &bytes).map_err(|source| Error::NotAModel {
            source: Box::new(source),
        })?;
    Ok((model, bytes))
}

/// The node that uses the largest part of the exact range.
fn tightest(model: &Model) -> Option<&Bound> {
    let bounds = model.bounds().iter();
    bounds.max_by(|a, b| a.fraction().total_cmp(&b.fraction()))
}

fn lines(location: &Location, model: &Model, tightest: Option<&Bound>) -> String {
    let mut text = format!("{location}: a model that pxc may run\n");
    let mut line = |field: &str, value: &str| text.push_str(&format!("  {field:<18}{value}\n"));
    line("name", model.name());
    line("id", &model.id().to_string());
    line("family", model.metadata().family());
    line("images", &images(model));
    line("bytes", &model.file_bytes().to_string());
    let multiplications = model.multiplications_per_pixel();
    line("multiplications", &format!("{multiplications} per pixel"));
    if let Some(bound) = tightest {
        let percent = 100.0 * bound.fraction();
        let Bound { node, operator, .. } = bound;
        let said = format!("exact: at most {percent:.1} % of the range, in {operator} {node}");
        line("sums", &said);
    }
    text
}
