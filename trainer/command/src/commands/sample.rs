//! `pxc-train sample`: draws images from one of the paper's networks.

use std::path::{Path, PathBuf};

use candle_core::Device;
use clap::Args;
use pxc_trainer::Result;
use pxc_trainer::paper::checkpoint::load;
use pxc_trainer::paper::config::PaperConfig;
use pxc_trainer::paper::sheet::Arrangement;

use crate::commands::arguments::refused;
use crate::commands::drawing::Drawing;

/// Draw images from one of the paper's networks.
#[derive(Args)]
pub(crate) struct Sample {
    /// Checkpoint directory
    checkpoint: PathBuf,
    /// For the fine network of Multi-Scale: the checkpoint directory of the coarse one, which draws the coarse image
    #[arg(long, value_name = "CHECKPOINT")]
    coarse: Option<PathBuf>,
    /// Columns and rows of images
    #[arg(long, value_name = "CxR", default_value = "8x8", value_parser = grid)]
    grid: Arrangement,
    #[command(flatten)]
    drawing: Drawing,
}

fn grid(text: &str) -> std::result::Result<Arrangement, String> {
    let side = |text: &str| {
        let side = text.parse().ok()?;
        (1..=64).contains(&side).then_some(side)
    };
    let sides = text.split_once('x').and_then(|(columns, rows)| {
        Some(Arrangement {
            columns: side(columns)?,
            rows: side(rows)?,
        })
    });
    sides.ok_or_else(|| "expected columns x rows, each 1 to 64, such as 8x8".into())
}

pub(crate) fn run(sample: &Sample) -> Result<()> {
    let (network, _) = load(&sample.checkpoint, &Device::Cpu)?;
    let Arrangement { columns, rows } = sample.grid;
    let config = &network.config;
    let size = config.width * config.height * config.channels();
    let mut images = vec![vec![0; size]; columns * rows];
    match (config.coarse(), &sample.coarse) {
        (Some((ratio, _)), Some(coarse)) => {
            draw_coarse(&mut images, config, ratio, coarse, &sample.drawing)?
        }
        (None, None) => {}
        (Some(_), None) => {
            return Err(refused(
                "--coarse",
                "this network needs the pixels of a coarse network",
            ));
        }
        (None, Some(_)) => return Err(refused("--coarse", "this network sees no coarse image")),
    }
    sample.drawing.draw(&network, &mut images, 0)?;
    sample.drawing.write(&network, &images, sample.grid)
}

/// Draws the pixels that a fine network knows beforehand.
fn draw_coarse(
    images: &mut [Vec<u8>],
    config: &PaperConfig,
    ratio: usize,
    checkpoint: &Path,
    drawing: &Drawing,
) -> Result<()> {
    let (network, _) = load(checkpoint, &Device::Cpu)?;
    let (channels, coarse) = (config.channels(), &network.config);
    let expected = (
        config.samples,
        config.width.div_ceil(ratio),
        config.height.div_ceil(ratio),
    );
    if (coarse.samples, coarse.width, coarse.height) != expected {
        return Err(refused(
            "--coarse",
            "it draws images of another size or kind than the network sees",
        ));
    }
    let size = coarse.width * coarse.height * channels;
    let mut small = vec![vec![0; size]; images.len()];
    drawing.draw(&network, &mut small, 0)?;
    for (image, small) in images.iter_mut().zip(&small) {
        for (index, pixel) in small.chunks_exact(channels).enumerate() {
            let (y, x) = (index / coarse.width * ratio, index % coarse.width * ratio);
            image[(y * config.width + x) * channels..][..channels].copy_from_slice(pixel);
        }
    }
    Ok(())
}
