//! The model file of one of the paper's networks (`docs/model.md`, *Metadata of version 2*).

use pxc_onnx::{MapMetadata, ModelFile, PaperMetadata};
use pxc_trainer::systems::system::System;
use pxc_trainer::systems::system_training::SystemCheckpoint;

use crate::Result;
use crate::kept_maps::{Kept, Pass};
use crate::paper_graph::build;
use crate::paper_weights::initial;

/// The model file of a network.
pub fn export(system: &System, checkpoint: &SystemCheckpoint) -> Result<ModelFile> {
    let config = &system.config;
    let rounded = system.rounded()?;
    let (graph, kept) = build(system, &rounded)?;
    let channels = config.channels();
    let map = |kept: &Kept| {
        let part = kept.part;
        let grid = part.grid(&system.program);
        let taps = |taps: &[(i32, i32)]| taps.iter().map(|&(dy, dx)| [dy, dx]).collect();
        Ok(MapMetadata {
            name: part.name(&system.program, channels),
            channels: part.channels(&system.program, channels).len(),
            low: grid.low,
            high: grid.high,
            initial: initial(system, &rounded, part)?,
            pass: match Pass::of(&system.program.operations[part.map].kind) {
                Pass::Pixel => pxc_onnx::Pass::Pixel,
                Pass::Row => pxc_onnx::Pass::Row,
            },
            taps: taps(&kept.taps),
            row_taps: taps(&kept.row_taps),
        })
    };
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
        maps: kept.maps.iter().map(map).collect::<Result<_>>()?,
        training: serde_json::to_value(checkpoint)?,
    };
    Ok(ModelFile::new(metadata, graph)?)
}
