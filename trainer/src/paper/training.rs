//! Trains one of the paper's networks on a set of images of one size.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use candle_core::{Device, Var};
use rayon::prelude::*;

use crate::data::image_sets::ImageSet;
use crate::error::Result;
use crate::kernels::form::Form;
use crate::kernels::lstm::arithmetic::Arithmetic;
use crate::optim::optimiser::Optimiser;
use crate::optim::update::Update;
use crate::paper::checkpoint::PaperCheckpoint;
use crate::paper::config::{PaperConfig, PaperTrainingConfig};
use crate::paper::deepening;
use crate::paper::epochs::Epochs;
use crate::paper::evaluation::{Measured, measure};
use crate::paper::network::image_batch::ImageBatch;
use crate::paper::network::paper_network::PaperNetwork;
use crate::report::curve::Axis;
use crate::report::run_log::Units;
use crate::training::checkpoint::expect_same;
use crate::training::event::Observer;
use crate::training::run::{self, Batches, Progress, RunOptions, StepLoss, Training, Validation};

/// Everything one run needs.
#[non_exhaustive]
pub struct PaperRun {
    /// The network to train.
    pub network: PaperConfig,
    /// How to train it.
    pub training: PaperTrainingConfig,
    /// Training images, see [`ImageSet::read`].
    pub data: PathBuf,
    /// Validation images.
    pub valid: PathBuf,
    /// How many of them, from the first, a report measures.
    pub valid_images: usize,
    /// Checkpoints and reports. The initial checkpoint may have fewer blocks than the network.
    pub options: RunOptions,
}

impl PaperRun {
    /// A run that trains `network` on the images in `data`, and measures the first 512 of those in `valid`.
    pub fn new(
        network: PaperConfig,
        training: PaperTrainingConfig,
        data: PathBuf,
        valid: PathBuf,
        options: RunOptions,
    ) -> PaperRun {
        PaperRun {
            network,
            training,
            data,
            valid,
            valid_images: 512,
            options,
        }
    }
}

/// Trains to the last step of the schedule. Returns the code length of the validation images, integer network.
///
/// # Errors
/// When images or a checkpoint cannot be read, a file cannot be written, or the loss diverges.
pub fn train(run: &PaperRun, device: &Device) -> Result<Measured> {
    train_until(run, device, run.training.steps)
}

/// Trains up to step `last` of the schedule, as an interrupted run would, and leaves a checkpoint.
///
/// # Errors
/// The same as [`train`].
pub fn train_until(run: &PaperRun, device: &Device, last: usize) -> Result<Measured> {
    run::train_until(PaperTraining::new(run, device)?, &run.options, last)
}

/// One of the paper's networks with its images, for the training loop.
struct PaperTraining<'a> {
    run: &'a PaperRun,
    device: &'a Device,
    network: PaperNetwork,
    /// The network that the averaged weights are measured with. Integer networks run on the CPU.
    averaged: PaperNetwork,
    data: Arc<ImageSet>,
    valid: ImageSet,
}

impl<'a> PaperTraining<'a> {
    fn new(run: &'a PaperRun, device: &'a Device) -> Result<Self> {
        let shape = run.network.image_shape();
        let data = ImageSet::read(&run.data, &shape)?;
        let mut valid = ImageSet::read(&run.valid, &shape)?;
        valid.truncate(run.valid_images);
        let seed = run.training.seed;
        let form = run.options.form.unwrap_or(Form::of(device));
        Ok(Self {
            run,
            device,
            network: PaperNetwork::new(&run.network, seed, device)?.with_form(form),
            averaged: PaperNetwork::new(&run.network, seed, &Device::Cpu)?,
            data: Arc::new(data),
            valid,
        })
    }
}

/// The batches of a run.
struct PaperBatches<'a> {
    run: &'a PaperRun,
    device: Device,
    data: Arc<ImageSet>,
    epochs: Epochs,
    /// Images that are computed together. In the fused form it is one: its maps stay in the cache, and threads share
    /// the batch.
    part: usize,
}

impl Batches for PaperBatches<'_> {
    type Batch = Vec<ImageBatch>;

    fn batch(&mut self, step: usize) -> Result<Vec<ImageBatch>> {
        let images = self.epochs.batch(step, self.run.training.batch);
        let images: Vec<&[u8]> = images.into_iter().map(|i| self.data.get(i)).collect();
        let parts = images.chunks(self.part);
        parts
            .map(|images| ImageBatch::new(&self.run.network, images, &self.device))
            .collect()
    }
}

impl<'a> Training for PaperTraining<'a> {
    type Batches = PaperBatches<'a>;
    type Length = Measured;
    type Checkpoint = PaperCheckpoint;

    fn name(&self) -> &str {
        &self.run.network.name
    }

    fn units(&self) -> Units {
        Units {
            axis: Axis::NatsPerImage,
            amount: "epochs",
        }
    }

    fn summary(&self) -> String {
        format!(
            "{}: {} parameters, {} images, data {}",
            self.name(),
            self.network.parameter_count(),
            self.data.len(),
            &self.data.digest.digest[..16],
        )
    }

    fn device(&self) -> &Device {
        self.device
    }

    fn parameters(&self) -> Vec<(String, &Var)> {
        self.network.parameters()
    }

    fn steps(&self) -> usize {
        self.run.training.steps
    }

    fn update_at(&self, step: usize) -> Update {
        self.run.training.update_at(step)
    }

    fn batches(&self) -> PaperBatches<'a> {
        let PaperTrainingConfig { seed, batch, .. } = self.run.training;
        PaperBatches {
            run: self.run,
            device: self.device.clone(),
            data: Arc::clone(&self.data),
            epochs: Epochs::new(seed, self.data.len()),
            part: match self.network.form {
                Form::Fused => 1,
                Form::Composed => batch,
            },
        }
    }

    /// Computes the parts side by side. Adds their gradients in the order of the parts, so the number of threads
    /// changes no bit of the sum.
    fn gradients(
        &mut self,
        _: usize,
        parts: Vec<ImageBatch>,
        optimiser: &mut Optimiser,
    ) -> Result<StepLoss> {
        let pixels = parts.iter().map(ImageBatch::coded_pixels);
        let sub_pixels = pixels.sum::<Result<usize>>()? * self.run.network.channels();
        let of_part = |batch: &ImageBatch| {
            let lengths = self.network.code_lengths(batch)?;
            let mean = (lengths.sum_all()? / sub_pixels as f64)?;
            Ok((mean.to_scalar::<f32>()?, mean.backward()?))
        };
        let computed: Result<Vec<_>> = parts.par_iter().map(of_part).collect();
        let mut mean = 0.0;
        for (part, gradients) in computed? {
            mean += part;
            optimiser.accumulate(&gradients)?;
        }
        let nats = f64::from(mean) * sub_pixels as f64 * std::f64::consts::LN_2;
        Ok(StepLoss {
            mean,
            reported: nats / self.run.training.batch as f64,
        })
    }

    fn amount(&self, step: usize) -> f64 {
        (step * self.run.training.batch) as f64 / self.data.len() as f64
    }

    fn validate(&self, optimiser: &Optimiser) -> Result<Validation<Measured>> {
        optimiser.copy_averages(self.averaged.parameters())?;
        let real = measure(&self.averaged, &self.valid, Arithmetic::Real, |_| ())?;
        let length = measure(&self.averaged, &self.valid, Arithmetic::Integer, |_| ())?;
        Ok(Validation {
            float: real.nats_per_image(),
            integer: length.nats_per_image(),
            length,
        })
    }

    fn checkpoint(&self, progress: &Progress) -> PaperCheckpoint {
        PaperCheckpoint {
            version: 1,
            network: self.run.network.clone(),
            training: self.run.training.clone(),
            data: self.data.digest.clone(),
            commit: self.run.options.commit.clone(),
            step: progress.step,
            minutes: progress.minutes,
            validation: progress.validation,
        }
    }

    fn expect_same(&self, directory: &Path, found: &PaperCheckpoint) -> Result<f64> {
        expect_same(directory, "network", &self.run.network, &found.network)?;
        expect_same(directory, "training", &self.run.training, &found.training)?;
        expect_same(directory, "data", &self.data.digest, &found.data)?;
        Ok(found.minutes)
    }

    fn start_from(&self, initial: &Path, optimiser: &mut Optimiser, _: &Observer) -> Result<()> {
        deepening::start_from(initial, &self.run.network, optimiser, self.device)
    }
}
