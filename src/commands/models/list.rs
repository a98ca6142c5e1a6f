//! The embedded models and those of the models directory, as a list.

use std::collections::BTreeMap;

use pxc_runtime::{ModelEntry, Registry};

use crate::commands::models::description::{images, object, origin_name};
use crate::error::Error;
use crate::exit_code::ExitCode;
use crate::terminal::console::{print, report, say};

/// Lists the models, one per line. Reports files in the models directory that are not models, and names that several
/// models have.
pub(super) fn list(json: bool) -> Result<ExitCode, Error> {
    let (entries, faults) = Registry::default().list();
    let text = if json {
        let objects = entries.iter();
        let objects = objects.map(|entry| object(&entry.model, &origin_name(&entry.origin)));
        objects.map(|object| format!("{object}\n")).collect()
    } else {
        table(&entries)
    };
    print(&text)?;
    report_shared_names(&entries);
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
            &origin_name(&entry.origin),
        ])
    });
    std::iter::once(heading).chain(rows).collect()
}

fn row([name, id, images, bytes, multiplications, origin]: [&str; 6]) -> String {
    format!("{name:<16}  {id:<16}  {images:<16}  {bytes:>8}  {multiplications:>21}  {origin}\n")
}

fn report_shared_names(entries: &[ModelEntry]) {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for entry in entries {
        *counts.entry(entry.model.name()).or_default() += 1;
    }
    for (name, count) in counts.into_iter().filter(|&(_, count)| count > 1) {
        say(format_args!(
            "note: {count} models are called {name}: choose one by its id or its file"
        ));
    }
}
