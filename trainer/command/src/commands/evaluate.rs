//! `pxc-train eval`: measures a checkpoint on images.

use std::path::{Path, PathBuf};

use candle_core::Device;
use clap::Args;
use pxc_trainer::Result;
use pxc_trainer::data::dataset::Dataset;
use pxc_trainer::data::image_sets::ImageSet;
use pxc_trainer::kernels::lstm::arithmetic::Arithmetic;
use pxc_trainer::photo::evaluation::{central_crop, evaluate};
use pxc_trainer::{paper, photo};

use crate::commands::progress_bar::bar;

/// Measure a checkpoint on images.
#[derive(Args)]
pub(crate) struct Eval {
    /// Checkpoint directory
    checkpoint: PathBuf,
    /// Directory of images; for the paper's networks any images that `pxc-train paper --data` reads
    images: PathBuf,
    /// Measure the central N×N pixels of each photo; 0 for the whole photo
    #[arg(long, value_name = "N", default_value_t = 0)]
    side: usize,
    /// Show no progress bar
    #[arg(long)]
    no_progress: bool,
}

pub(crate) fn run(eval: &Eval) -> Result<()> {
    match paper::checkpoint::is_of_paper(&eval.checkpoint)? {
        true => measure_paper(&eval.checkpoint, &eval.images, eval.no_progress),
        false => measure_photo(&eval.checkpoint, &eval.images, eval.side),
    }
}

/// Prints bits per sub-pixel.
fn measure_photo(checkpoint: &Path, images: &Path, side: usize) -> Result<()> {
    let (network, config) = photo::checkpoint::load(checkpoint, &Device::Cpu)?;
    let images = Dataset::read(images, 1)?;
    for error in &images.damaged {
        eprintln!("skipped: {error}");
    }
    let crop = |photo| central_crop(photo, side, &config.network);
    let crops: Vec<_> = images.photos.iter().map(crop).collect();
    let float = evaluate(&network, &crops, false)?.per_sub_pixel();
    let integer = evaluate(&network, &crops, true)?.per_sub_pixel();
    let gap = 100.0 * (integer / float - 1.0);
    println!("model\timages\tfloat\tinteger\tgap_percent");
    println!(
        "{}\t{}\t{float:.5}\t{integer:.5}\t{gap:.3}",
        config.network.name,
        crops.len()
    );
    Ok(())
}

/// Prints nats per image and bits per dimension, as the paper does.
fn measure_paper(checkpoint: &Path, images: &Path, no_progress: bool) -> Result<()> {
    let (network, config) = paper::checkpoint::load(checkpoint, &Device::Cpu)?;
    let images = ImageSet::read(images, &network.config.image_shape())?;
    let bar = bar(2 * images.len(), no_progress);
    let measure = |arithmetic| {
        paper::evaluation::measure(&network, &images, arithmetic, |done| bar.inc(done as u64))
    };
    let (real, integer) = (measure(Arithmetic::Real)?, measure(Arithmetic::Integer)?);
    bar.finish_and_clear();
    println!("model\tstep\timages\tarithmetic\tnats_per_image\tbits_per_dimension");
    for (name, measured) in [("float", real), ("integer", integer)] {
        println!(
            "{}\t{}\t{}\t{name}\t{:.4}\t{:.5}",
            network.config.name,
            config.step,
            measured.images,
            measured.nats_per_image(),
            measured.bits_per_dimension()
        );
    }
    Ok(())
}
