//! `pxc models`: the embedded models and those of the models directory.

use pxc_runtime::{Model, ModelEntry, Origin, Registry};
use serde_json::{Value, json};

use crate::arguments::inspect::ModelsArguments;
use crate::error::Error;
use crate::exit_code::ExitCode;
use crate::terminal::console::{print, report};
use crate::terminal::escaping::Escaped;

/// Lists the models, one per line. Reports files in the models directory that are not models.
pub(crate) fn run(arguments: &ModelsArguments) -> Result<ExitCode, Error> {
    let (entries, faults) = Registry::default().list();
    let text = if arguments.json {
        entries
            .iter()
            .map(|entry| format!("{}\n", object(entry)))
            .collect()
    } else {
        table(&entries)
    };
    print(&text)?;
    let exit_codes = faults.into_iter().map(|source| report(&source.into()));
    Ok(exit_codes.max().unwrap_or(ExitCode::Done))
}

fn table(entries: &[ModelEntry]) -> String {
    let heading = row([
        "NAME",
        "ID",
        "IMAGES",
        "BYTES",
        "MULTIPLICATIONS/PIXEL",
        "WHERE",
    ]);
    let rows = entries.iter().map(|entry| {
        let model = &entry.model;
        row([
            model.name(),
            &model.id().to_string(),
            &images(model),
            &model.file_bytes().to_string(),
            &model.multiplications_per_pixel().to_string(),
            &origin(&entry.origin),
        ])
    });
    std::iter::once(heading).chain(rows).collect()
}

/// Such as `8-bit rgb`, with the tile of a model that names one.
fn images(model: &Model) -> String {
    let tile = model.spec().tile;
    let tile = tile.map_or(String::new(), |tile| {
        format!(" {}×{}", tile.width, tile.height)
    });
    format!("{}{tile}", model.codes())
}

fn row([name, id, images, bytes, multiplications, origin]: [&str; 6]) -> String {
    format!("{name:<16}  {id:<16}  {images:<16}  {bytes:>8}  {multiplications:>21}  {origin}\n")
}

fn object(entry: &ModelEntry) -> Value {
    let model = &entry.model;
    json!({
        "name": model.name(),
        "id": model.id().to_string(),
        "family": model.metadata().family(),
        "channels": model.spec().channels(),
        "bit_depth": model.codes().depth.bits(),
        "tile": model.spec().tile.map(|tile| [tile.width, tile.height]),
        "bytes": model.file_bytes(),
        "multiplications_per_pixel": model.multiplications_per_pixel(),
        "where": origin(&entry.origin),
    })
}

fn origin(origin: &Origin) -> String {
    match origin {
        Origin::Embedded => "embedded".to_owned(),
        Origin::File { path } => Escaped(path.display()).to_string(),
        _ => "memory".to_owned(),
    }
}
