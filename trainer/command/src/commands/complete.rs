//! `pxc-train complete`: completes images whose lower part is hidden, with one of the paper's networks.

use std::path::PathBuf;

use candle_core::Device;
use clap::Args;
use pxc_trainer::Result;
use pxc_trainer::data::image_sets::ImageSet;
use pxc_trainer::paper::checkpoint::load;
use pxc_trainer::paper::sheet::Arrangement;

use crate::commands::arguments::refused;
use crate::commands::drawing::Drawing;

/// Complete images whose lower part is hidden.
#[derive(Args)]
pub(crate) struct Complete {
    /// Checkpoint directory
    checkpoint: PathBuf,
    /// Images, of the kinds that `pxc-train paper --data` reads
    images: PathBuf,
    /// How many rows to hide at the bottom: `half`, or a number
    #[arg(long, value_name = "ROWS", default_value = "half")]
    occlude: String,
    /// Complete the first N images, each in a row of its own
    #[arg(long, value_name = "N", default_value_t = 8)]
    count: usize,
    /// Completions of each image, shown between the occluded image and the original
    #[arg(long, value_name = "N", default_value_t = 4)]
    completions: usize,
    #[command(flatten)]
    drawing: Drawing,
}

pub(crate) fn run(complete: &Complete) -> Result<()> {
    let (network, _) = load(&complete.checkpoint, &Device::Cpu)?;
    let config = &network.config;
    let kept = config.height - hidden_rows(&complete.occlude, config.height)?;
    let mut originals = ImageSet::read(&complete.images, &config.image_shape())?;
    originals.truncate(complete.count.max(1));
    let known = kept * config.width * config.channels();
    let occluded = |index: usize| {
        let mut image = originals.get(index).to_vec();
        image[known..].fill(0);
        image
    };
    let copies = (0..originals.len()).flat_map(|i| vec![occluded(i); complete.completions]);
    let mut completed: Vec<Vec<u8>> = copies.collect();
    complete.drawing.draw(&network, &mut completed, kept)?;
    let mut shown = Vec::new();
    for index in 0..originals.len() {
        shown.push(occluded(index));
        shown.extend_from_slice(&completed[index * complete.completions..][..complete.completions]);
        shown.push(originals.get(index).to_vec());
    }
    let arrangement = Arrangement {
        columns: complete.completions + 2,
        rows: originals.len(),
    };
    complete.drawing.write(&network, &shown, arrangement)
}

fn hidden_rows(occlude: &str, height: usize) -> Result<usize> {
    match occlude {
        "half" => Ok(height / 2),
        rows => match rows.parse() {
            Ok(rows) if (1..=height).contains(&rows) => Ok(rows),
            _ => Err(refused("--occlude", "expected half, or rows of the image")),
        },
    }
}
