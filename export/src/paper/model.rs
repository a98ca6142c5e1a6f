//! The model file of one of the paper's networks (`docs/model.md`, *Metadata of version 2*), or of the two of
//! Multi-Scale (*Metadata of version 3*).

use pxc_model::contract::COARSE_PREFIX;
use pxc_model::{CoarseMetadata, Graph, MapMetadata, ModelFile, PaperMetadata};
use pxc_trainer::paper::config::{PaperConfig, Scale};
use pxc_trainer::paper::network::{PaperNetwork, RoundedPaperNetwork};
use serde::Serialize;

use crate::error::{Error, Result};
use crate::paper::graph::build;
use crate::paper::kept_maps::{Kept, KeptMaps, Pass};
use crate::paper::weights::initial;

/// Makes the model file of a network that stands alone.
pub fn export(network: &PaperNetwork, training: &impl Serialize) -> Result<ModelFile> {
    if network.config.coarse().is_some() {
        return Err(Error::Coarse {
            expected: "its checkpoint (--coarse), since this network sees a coarse image".into(),
            found: "none".into(),
        });
    }
    let (metadata, graph) = step(network, training)?;
    Ok(ModelFile::new(metadata, graph)?)
}

/// Makes the model file of the fine network of Multi-Scale and of the coarse one.
pub fn export_multi_scale(
    network: &PaperNetwork,
    training: &impl Serialize,
    coarse: &PaperNetwork,
    coarse_training: &impl Serialize,
) -> Result<ModelFile> {
    let ratio = expect_fitting(&network.config, &coarse.config)?;
    let (mut metadata, mut graph) = step(network, training)?;
    let (model, coarse) = step(coarse, coarse_training)?;
    graph.append(COARSE_PREFIX, &coarse)?;
    metadata.version = 3;
    metadata.coarse = Some(Box::new(CoarseMetadata {
        ratio: ratio as u32,
        model,
    }));
    Ok(ModelFile::new(metadata, graph)?)
}

/// Checks that the networks are for the same images; returns the side of their blocks.
fn expect_fitting(fine: &PaperConfig, coarse: &PaperConfig) -> Result<usize> {
    let Some((ratio, _)) = fine.coarse() else {
        return Err(Error::Coarse {
            expected: "none, since the network sees no coarse image".into(),
            found: coarse.name.clone(),
        });
    };
    let (width, height) = (fine.width.div_ceil(ratio), fine.height.div_ceil(ratio));
    let fits = coarse.scale == Some(Scale::Coarse { ratio })
        && (coarse.samples, coarse.width, coarse.height) == (fine.samples, width, height);
    if fits {
        return Ok(ratio);
    }
    Err(Error::Coarse {
        expected: format!(
            "one of {width}×{height} {:?} images, the first pixels of {ratio}×{ratio} blocks",
            fine.samples
        ),
        found: format!(
            "{}, of {}×{} {:?} images, {:?}",
            coarse.name, coarse.width, coarse.height, coarse.samples, coarse.scale
        ),
    })
}

/// Metadata of version 2 and the graph of a network.
fn step(network: &PaperNetwork, training: &impl Serialize) -> Result<(PaperMetadata, Graph)> {
    let config = &network.config;
    let rounded = network.rounded()?;
    let (graph, kept) = build(network, &rounded)?;
    let channels = config.channels();
    let metadata = PaperMetadata {
        version: 2,
        family: config.family.name().into(),
        name: config.name.clone(),
        channels,
        levels: config.samples.levels(),
        tile: [config.width as u32, config.height as u32],
        order: (0..channels).collect(),
        taps: config.taps().iter().map(|&(dy, dx)| [dy, dx]).collect(),
        shear: config.shear() as u32,
        context: "centred".into(),
        prediction: "none".into(),
        maps: maps(network, &rounded, &kept)?,
        coarse: None,
        training: serde_json::to_value(training)?,
    };
    Ok((metadata, graph))
}

fn maps(
    network: &PaperNetwork,
    rounded: &RoundedPaperNetwork,
    kept: &KeptMaps,
) -> Result<Vec<MapMetadata>> {
    let channels = network.config.channels();
    let map = |kept: &Kept| {
        let map_group = kept.map_group;
        let grid = map_group.grid(&network.program);
        let taps = |taps: &[(i32, i32)]| taps.iter().map(|&(dy, dx)| [dy, dx]).collect();
        Ok(MapMetadata {
            name: map_group.name(&network.program, channels),
            channels: map_group.channels(&network.program, channels).len(),
            low: grid.low,
            high: grid.high,
            initial: initial(network, rounded, map_group)?,
            pass: match Pass::of(&network.program.operations[map_group.map].kind) {
                Pass::Pixel => pxc_model::Pass::Pixel,
                Pass::Row => pxc_model::Pass::Row,
            },
            taps: taps(&kept.taps),
            row_taps: taps(&kept.row_taps),
        })
    };
    kept.maps.iter().map(map).collect()
}
