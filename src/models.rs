//! `pxc models`: the embedded models and those of the models directory.

use pxc_runtime::{ModelEntry, Origin, Registry};
use serde_json::{Value, json};

use crate::arguments::ModelsArguments;
use crate::console::print;
use crate::error::{Error, ExitCode};
use crate::report;

/// Lists the models, one a line. A file of the models directory that is no model is reported.
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
        "CHANNELS",
        "BYTES",
        "MULTIPLICATIONS/PIXEL",
        "WHERE",
    ]);
    let rows = entries.iter().map(|entry| {
        let model = &entry.model;
        row([
            model.name(),
            &model.id().to_string(),
            &model.spec().channels().to_string(),
            &model.file_bytes().to_string(),
            &model.multiplications_per_pixel().to_string(),
            &place(&entry.origin),
        ])
    });
    std::iter::once(heading).chain(rows).collect()
}

fn row([name, id, channels, bytes, multiplications, place]: [&str; 6]) -> String {
    format!("{name:<16}  {id:<16}  {channels:>8}  {bytes:>8}  {multiplications:>21}  {place}\n")
}

fn object(entry: &ModelEntry) -> Value {
    let model = &entry.model;
    json!({
        "name": model.name(),
        "id": model.id().to_string(),
        "family": model.metadata().family(),
        "channels": model.spec().channels(),
        "bytes": model.file_bytes(),
        "multiplications_per_pixel": model.multiplications_per_pixel(),
        "where": place(&entry.origin),
    })
}

fn place(origin: &Origin) -> String {
    match origin {
        Origin::Embedded => "embedded".to_owned(),
        Origin::File { path } => path.display().to_string(),
        _ => "memory".to_owned(),
    }
}
