//! The commands of `pxc-train` that draw and complete images with the paper's networks.

use std::path::{Path, PathBuf};

use candle_core::Device;
use clap::Args;
use pxc_trainer::Result;
use pxc_trainer::systems::sampling::{Arrangement, draw, write_picture};
use pxc_trainer::systems::small_images::SmallImages;
use pxc_trainer::systems::system::System;
use pxc_trainer::systems::system_config::SystemConfig;
use pxc_trainer::systems::system_training::load;

use crate::paper_command::{argument, bar};

/// Draw images from a network of the paper.
#[derive(Args)]
pub(crate) struct Sample {
    /// Checkpoint directory
    checkpoint: PathBuf,
    /// For Multi-Scale's fine network: the checkpoint directory of the coarse one, which draws the known pixels
    #[arg(long, value_name = "CHECKPOINT")]
    coarse: Option<PathBuf>,
    /// Images side by side and below one another
    #[arg(long, value_name = "CxR", default_value = "8x8", value_parser = grid)]
    grid: Arrangement,
    #[command(flatten)]
    drawing: Drawing,
}

/// Complete images whose lower part is hidden.
#[derive(Args)]
pub(crate) struct Complete {
    /// Checkpoint directory
    checkpoint: PathBuf,
    /// Images, of the kinds that training reads
    images: PathBuf,
    /// How much is hidden, from below: `half`, or a number of rows
    #[arg(long, value_name = "ROWS", default_value = "half")]
    occlude: String,
    /// Complete the first N images, a row of the picture for each
    #[arg(long, value_name = "N", default_value_t = 8)]
    count: usize,
    /// Completions of each image, between the occluded one and the original
    #[arg(long, value_name = "N", default_value_t = 4)]
    completions: usize,
    #[command(flatten)]
    drawing: Drawing,
}

/// How images are drawn.
#[derive(Args)]
struct Drawing {
    /// The PNG file to write
    #[arg(short, long)]
    output: PathBuf,
    /// Seed of the draws
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// No progress bar
    #[arg(long)]
    no_progress: bool,
}

impl Drawing {
    /// Draws the rows from `first_row` on of all images.
    fn draw(&self, system: &System, images: &mut [Vec<u8>], first_row: usize) -> Result<()> {
        let rows = system.config.height - first_row;
        let bar = bar(rows * system.config.width, self.no_progress);
        draw(system, images, first_row, self.seed, || bar.inc(1))?;
        bar.finish_and_clear();
        Ok(())
    }
}

fn grid(text: &str) -> std::result::Result<Arrangement, String> {
    let sides = text.split_once('x').and_then(|(columns, rows)| {
        let (columns, rows) = (columns.parse().ok()?, rows.parse().ok()?);
        (1..=64).contains(&columns).then_some(())?;
        (1..=64)
            .contains(&rows)
            .then_some(Arrangement { columns, rows })
    });
    sides.ok_or_else(|| "expected columns x rows, each 1 to 64, such as 8x8".into())
}

pub(crate) fn sample(sample: &Sample) -> Result<()> {
    let (system, _) = load(&sample.checkpoint, &Device::Cpu)?;
    let Arrangement { columns, rows } = sample.grid;
    let config = &system.config;
    let size = config.width * config.height * config.channels();
    let mut images = vec![vec![0; size]; columns * rows];
    match (config.coarse(), &sample.coarse) {
        (Some((ratio, _)), Some(coarse)) => {
            draw_coarse(&mut images, config, ratio, coarse, &sample.drawing)?
        }
        (None, None) => {}
        (Some(_), None) => {
            return Err(argument(
                "--coarse",
                "this network needs a coarse network's pixels",
            ));
        }
        (None, Some(_)) => return Err(argument("--coarse", "this network sees no coarse image")),
    }
    sample.drawing.draw(&system, &mut images, 0)?;
    write_picture(&sample.drawing.output, config, &images, sample.grid)
}

/// Draws the pixels that a fine network knows beforehand.
fn draw_coarse(
    images: &mut [Vec<u8>],
    config: &SystemConfig,
    ratio: usize,
    checkpoint: &Path,
    drawing: &Drawing,
) -> Result<()> {
    let (system, _) = load(checkpoint, &Device::Cpu)?;
    let (channels, coarse) = (config.channels(), &system.config);
    let expected = (
        config.samples,
        config.width.div_ceil(ratio),
        config.height.div_ceil(ratio),
    );
    if (coarse.samples, coarse.width, coarse.height) != expected {
        return Err(argument(
            "--coarse",
            "its images are not those that the network sees",
        ));
    }
    let size = coarse.width * coarse.height * channels;
    let mut small = vec![vec![0; size]; images.len()];
    drawing.draw(&system, &mut small, 0)?;
    for (image, small) in images.iter_mut().zip(&small) {
        for (index, pixel) in small.chunks_exact(channels).enumerate() {
            let (y, x) = (index / coarse.width * ratio, index % coarse.width * ratio);
            image[(y * config.width + x) * channels..][..channels].copy_from_slice(pixel);
        }
    }
    Ok(())
}

pub(crate) fn complete(complete: &Complete) -> Result<()> {
    let (system, _) = load(&complete.checkpoint, &Device::Cpu)?;
    let config = &system.config;
    let hidden = match complete.occlude.as_str() {
        "half" => config.height / 2,
        rows => match rows.parse() {
            Ok(rows) if (1..=config.height).contains(&rows) => rows,
            _ => return Err(argument("--occlude", "expected half, or rows of the image")),
        },
    };
    let mut originals = SmallImages::read(&complete.images, config)?;
    originals.truncate(complete.count.max(1));
    let kept = config.height - hidden;
    let known = kept * config.width * config.channels();
    let occluded = |index: usize| {
        let mut image = originals.get(index).to_vec();
        image[known..].fill(0);
        image
    };
    let copies = (0..originals.len()).flat_map(|i| vec![occluded(i); complete.completions]);
    let mut completed: Vec<Vec<u8>> = copies.collect();
    complete.drawing.draw(&system, &mut completed, kept)?;
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
    write_picture(&complete.drawing.output, config, &shown, arrangement)
}
