//! Copies a model file into the models directory, under the name of the model.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use pxc_runtime::{ModelEntry, Origin, Registry, default_models_directory};

use crate::commands::models::check;
use crate::commands::models::description::{object, origin_name};
use crate::error::Error;
use crate::files::location::Location;
use crate::files::unfinished::UnfinishedFile;
use crate::terminal::console::print;

/// Checks a model and copies its file, unless the model is there already. Fails if another one has its name.
pub(super) fn add(location: &Location, json: bool) -> Result<(), Error> {
    let (model, bytes) = check::read(location)?;
    let directory = default_models_directory().ok_or_else(|| Error::Usage {
        problem: "there is no models directory: name one in the environment variable PXC_MODELS"
            .into(),
    })?;
    let (entries, _) = Registry::with_directory(Some(directory.clone())).list();
    let is_same = |known: &&ModelEntry| known.model.id() == model.id();
    let (what, origin) = if let Some(known) = entries.iter().find(is_same) {
        ("is already there:", known.origin.clone())
    } else {
        let has_name = |known: &&ModelEntry| known.model.name() == model.name();
        if let Some(other) = entries.iter().find(has_name) {
            return Err(Error::ModelName {
                location: location.clone(),
                name: model.name().to_owned(),
                other: other.model.id(),
                origin: origin_name(&other.origin),
            });
        }
        let path = directory.join(format!("{}.onnx", model.name()));
        write(&path, &bytes)?;
        ("added as", Origin::File { path })
    };
    if json {
        return print(format!("{}\n", object(&model, &origin_name(&origin))));
    }
    print(format!(
        "{}, {}: {what} {}\n",
        model.name(),
        model.id(),
        origin_name(&origin)
    ))
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let write = || {
        fs::create_dir_all(path.parent().unwrap_or(path))?;
        let mut unfinished = UnfinishedFile::beside(path, None)?;
        unfinished.file().write_all(bytes)?;
        unfinished.file().sync_all()?;
        unfinished.finish(path, bytes, false).map(drop)
    };
    write().map_err(|source| Error::Write {
        location: Location::File(path.to_owned()),
        source: match source.kind() {
            io::ErrorKind::AlreadyExists => io::Error::new(
                io::ErrorKind::AlreadyExists,
                "exists, and is not this model: give it another name, or remove it",
            ),
            _ => source,
        },
    })
}
