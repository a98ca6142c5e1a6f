//! What `sample` and `complete` share: drawing images, and writing them side by side.

use std::path::PathBuf;

use clap::Args;
use pxc_trainer::Result;
use pxc_trainer::paper::network::PaperNetwork;
use pxc_trainer::paper::sampling::draw;
use pxc_trainer::paper::sheet::{Arrangement, write_sheet};

use crate::commands::progress_bar::bar;

/// How images are drawn.
#[derive(Args)]
pub(crate) struct Drawing {
    /// The PNG file to write
    #[arg(short, long)]
    output: PathBuf,
    /// Seed of the draws
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Show no progress bar
    #[arg(long)]
    no_progress: bool,
}

impl Drawing {
    /// Draws the rows from `first_row` on of all images.
    pub(crate) fn draw(
        &self,
        network: &PaperNetwork,
        images: &mut [Vec<u8>],
        first_row: usize,
    ) -> Result<()> {
        let rows = network.config.height - first_row;
        let bar = bar(rows * network.config.width, self.no_progress);
        draw(network, images, first_row, self.seed, || bar.inc(1))?;
        bar.finish_and_clear();
        Ok(())
    }

    /// Writes the images side by side.
    pub(crate) fn write(
        &self,
        network: &PaperNetwork,
        images: &[Vec<u8>],
        arrangement: Arrangement,
    ) -> Result<()> {
        let shape = network.config.image_shape();
        write_sheet(&self.output, &shape, images, arrangement)
    }
}
