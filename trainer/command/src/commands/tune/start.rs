//! The network that a tuning starts from: a built-in model, an ONNX file, or a checkpoint.

use std::path::Path;

use candle_core::Device;
use pxc_export::photo::reading::read;
use pxc_runtime::Registry;
use pxc_trainer::photo::checkpoint;
use pxc_trainer::photo::network::PhotoNetwork;

use crate::commands::tune::collection::Kind;
use crate::error::{Error, Result};

/// A network, and its name.
pub(crate) struct Start {
    pub(crate) network: PhotoNetwork,
    pub(crate) from: String,
}

impl Start {
    /// Finds the network that `from` names, for images of a kind.
    pub(crate) fn find(from: Option<&str>, kind: Kind, registry: &Registry) -> Result<Start> {
        let name = from.unwrap_or(kind.start());
        let start = match Path::new(name).is_dir() {
            true => {
                let (network, _) = checkpoint::load(Path::new(name), &Device::Cpu)?;
                let from = format!("{}, a checkpoint", network.config.name);
                Start { network, from }
            }
            false => {
                let model = registry.by_name(name)?;
                Start {
                    network: read(model.file())?,
                    from: format!("{} {}", model.name(), model.id()),
                }
            }
        };
        let found = Kind::of_channels(start.network.config.channels());
        match found == kind {
            true => Ok(start),
            false => Err(Error::Kind {
                from: name.to_owned(),
                expected: kind.name(),
                found: found.name(),
            }),
        }
    }
}
