//! Trains a photo network on random crops of photos.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use candle_core::{Device, Var};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use crate::data::crop::{Crop, random_crop, whole_image};
use crate::data::dataset::Dataset;
use crate::data::digest::DataDigest;
use crate::data::photo::Photo;
use crate::error::{Error, Result};
use crate::kernels::form::Form;
use crate::kernels::pointwise::code_length::sum_of;
use crate::optim::optimiser::Optimiser;
use crate::optim::update::Update;
use crate::photo::checkpoint::PhotoCheckpoint;
use crate::photo::config::{PhotoConfig, PhotoTrainingConfig};
use crate::photo::evaluation::{CodeLength, central_crop, evaluate};
use crate::photo::features::Examples;
use crate::photo::fused::gradients::Gradients;
use crate::photo::fused::pass::Pass;
use crate::photo::fused::step_weights::StepWeights;
use crate::photo::network::PhotoNetwork;
use crate::photo::sampler::{Draw, Sampler};
use crate::report::curve::Axis;
use crate::report::run_log::Units;
use crate::training::checkpoint::{expect_same, initialise_from, read_config};
use crate::training::event::{Event, Observer};
use crate::training::run::{self, Batches, Progress, RunOptions, StepLoss, Training, Validation};

/// Everything one run needs.
#[non_exhaustive]
pub struct PhotoRun {
    /// The network to train.
    pub network: PhotoConfig,
    /// How to train it.
    pub training: PhotoTrainingConfig,
    /// Folder of training images.
    pub data: PathBuf,
    /// Folder of validation images.
    pub valid: PathBuf,
    /// Checkpoints and reports.
    pub options: RunOptions,
}

impl PhotoRun {
    /// A run that trains `network` on the images in `data`.
    pub fn new(
        network: PhotoConfig,
        training: PhotoTrainingConfig,
        data: PathBuf,
        valid: PathBuf,
        options: RunOptions,
    ) -> PhotoRun {
        PhotoRun {
            network,
            training,
            data,
            valid,
            options,
        }
    }
}

/// Side in pixels of the central crop of each validation image that a report measures.
const VALIDATION_SIDE: usize = 96;

/// Trains to the last step of the schedule. Returns the code length of the validation crops, rounded network.
///
/// # Errors
/// When images or a checkpoint cannot be read, a file cannot be written, or the loss diverges.
pub fn train(run: &PhotoRun, device: &Device) -> Result<CodeLength> {
    train_until(run, device, run.training.steps)
}

/// Trains up to step `last` of the schedule, as an interrupted run would, and leaves a checkpoint.
///
/// # Errors
/// The same as [`train`].
pub fn train_until(run: &PhotoRun, device: &Device, last: usize) -> Result<CodeLength> {
    run::train_until(PhotoTraining::new(run, device)?, &run.options, last)
}

/// A photo network with its images, for the training loop.
struct PhotoTraining<'a> {
    run: &'a PhotoRun,
    device: &'a Device,
    network: PhotoNetwork,
    /// The network that the averaged weights are measured with.
    averaged: PhotoNetwork,
    data: DataDigest,
    sampler: Arc<Sampler>,
    validation: Vec<Crop>,
    /// Pixels seen since this process started.
    trained: usize,
}

impl<'a> PhotoTraining<'a> {
    fn new(run: &'a PhotoRun, device: &'a Device) -> Result<Self> {
        let data = training_images(run)?;
        let valid = Dataset::read(&run.valid, 1)?;
        for error in data.damaged.iter().chain(&valid.damaged) {
            run.options.observer.observe(Event::LeftOut { error });
        }
        let crop = |photo| central_crop(photo, VALIDATION_SIDE, &run.network);
        let form = run.options.form.unwrap_or(Form::of(device));
        Ok(Self {
            run,
            device,
            network: PhotoNetwork::new(&run.network, run.training.seed, device)?.with_form(form),
            averaged: PhotoNetwork::new(&run.network, run.training.seed, device)?,
            data: data.digest.clone(),
            sampler: Arc::new(Sampler::new(data.photos)),
            validation: valid.photos.iter().map(crop).collect(),
            trained: 0,
        })
    }
}

fn training_images(run: &PhotoRun) -> Result<Dataset> {
    let side = run.training.crop;
    if !run.training.whole_images {
        return Dataset::read(&run.data, side + 2 * run.network.reach as usize);
    }
    let data = Dataset::read(&run.data, 1)?;
    let other = |p: &&Photo| (p.width, p.height) != (side, side);
    match data.photos.iter().find(other) {
        None => Ok(data),
        Some(Photo { width, height, .. }) => Err(Error::Argument {
            argument: "--whole-images",
            reason: format!(
                "expected images of {side}x{side} pixels, found one of {width}x{height}"
            ),
        }),
    }
}

/// The code length of all parts in bits, and its gradients. Computes the parts side by side and adds them in their
/// order, so the number of threads changes no bit.
pub(crate) fn side_by_side(
    network: &PhotoNetwork,
    rounds: bool,
    parts: &[Examples],
) -> Result<(f64, Gradients)> {
    let weights = StepWeights::new(network, rounds)?;
    let of_part = |part: &Examples| {
        let mut gradients = Gradients::zero(network);
        let bits = Pass::new(network, &weights).learn(part, &mut gradients);
        (bits, gradients)
    };
    let computed: Vec<_> = parts.par_iter().map(of_part).collect();
    let mut sum = (0.0, Gradients::zero(network));
    for (bits, gradients) in &computed {
        sum.0 += bits;
        sum.1.add(gradients);
    }
    Ok(sum)
}

/// Pixels that the fused form computes together, few enough to stay in the processor's cache.
pub(crate) const PART_PIXELS: usize = 2048;

/// The batches of a run.
struct PhotoBatches<'a> {
    run: &'a PhotoRun,
    sampler: Arc<Sampler>,
    /// Pixels that are computed together.
    part_pixels: usize,
}

impl Batches for PhotoBatches<'_> {
    type Batch = Vec<Examples>;

    fn batch(&mut self, step: usize) -> Result<Vec<Examples>> {
        let PhotoRun {
            network, training, ..
        } = self.run;
        let (side, reach) = (training.crop, network.reach as usize);
        let draw = Draw {
            step,
            seed: training.seed,
            batch: training.batch,
            side,
            part_pixels: self.part_pixels,
            network,
        };
        let disturbance = training.disturbance_at(step);
        let cut = |photo: &Photo, rng: &mut ChaCha8Rng| match training.whole_images {
            true => whole_image(photo, &network.order, rng),
            false => random_crop(photo, side, reach, &network.order, &disturbance, rng),
        };
        Ok(self.sampler.parts(&draw, cut))
    }
}

impl<'a> Training for PhotoTraining<'a> {
    type Batches = PhotoBatches<'a>;
    type Length = CodeLength;
    type Checkpoint = PhotoCheckpoint;

    fn name(&self) -> &str {
        &self.run.network.name
    }

    fn units(&self) -> Units {
        Units {
            axis: Axis::BitsPerSubPixel,
            amount: "megapixels",
        }
    }

    fn summary(&self) -> String {
        format!(
            "{}: {} multiplications per pixel, {} images, {:.1} Mpixel, data {}",
            self.name(),
            self.network.multiplications(),
            self.data.files,
            self.data.pixels as f64 / 1e6,
            &self.data.digest[..16],
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

    fn batches(&self) -> PhotoBatches<'a> {
        PhotoBatches {
            run: self.run,
            sampler: Arc::clone(&self.sampler),
            part_pixels: match self.network.form {
                Form::Fused => PART_PIXELS,
                Form::Composed => usize::MAX,
            },
        }
    }

    fn gradients(
        &mut self,
        step: usize,
        parts: Vec<Examples>,
        optimiser: &mut Optimiser,
    ) -> Result<StepLoss> {
        let training = &self.run.training;
        let rounds = training.rounds_at(step);
        let sub_pixels = training.batch * training.crop.pow(2) * self.run.network.channels();
        self.trained += parts.iter().map(|part| part.pixels).sum::<usize>();
        if self.network.form == Form::Fused {
            let (bits, gradients) = side_by_side(&self.network, rounds, &parts)?;
            let factor = 1.0 / sub_pixels as f32;
            optimiser.set_gradients(gradients.tensors(&self.network, factor)?);
            return Ok(StepLoss::per_sub_pixel(bits / sub_pixels as f64));
        }
        let rounded = rounds.then(|| self.network.rounded()).transpose()?;
        let mut mean = 0.0_f32;
        for examples in parts {
            let batch = self.network.batch(&examples)?;
            let lengths = self.network.code_lengths(&batch, rounded.as_ref())?;
            let part = (sum_of(&lengths)?.sum_all()? / sub_pixels as f64)?;
            mean += part.to_scalar::<f32>()?;
            optimiser.accumulate(&part.backward()?)?;
        }
        Ok(StepLoss::per_sub_pixel(f64::from(mean)))
    }

    fn amount(&self, _: usize) -> f64 {
        self.trained as f64 / 1e6
    }

    fn validate(&self, optimiser: &Optimiser) -> Result<Validation<CodeLength>> {
        optimiser.copy_averages(self.averaged.parameters())?;
        let float = evaluate(&self.averaged, &self.validation, false)?;
        let length = evaluate(&self.averaged, &self.validation, true)?;
        Ok(Validation {
            float: float.per_sub_pixel(),
            integer: length.per_sub_pixel(),
            length,
        })
    }

    fn checkpoint(&self, progress: &Progress) -> PhotoCheckpoint {
        PhotoCheckpoint {
            version: 1,
            network: self.run.network.clone(),
            training: self.run.training.clone(),
            data: self.data.clone(),
            commit: self.run.options.commit.clone(),
            step: progress.step,
            validation: progress.validation,
        }
    }

    /// The checkpoint of a photo network does not store the minutes.
    fn expect_same(&self, directory: &Path, found: &PhotoCheckpoint) -> Result<f64> {
        expect_same(directory, "network", &self.run.network, &found.network)?;
        expect_same(directory, "training", &self.run.training, &found.training)?;
        expect_same(directory, "data", &self.data, &found.data)?;
        Ok(0.0)
    }

    fn start_from(
        &self,
        initial: &Path,
        optimiser: &mut Optimiser,
        observer: &Observer,
    ) -> Result<()> {
        let found: PhotoCheckpoint = read_config(initial)?;
        let (own, others) = (self.run.network.blocks, found.network.blocks);
        if own < others {
            let reason = format!("expected at least the {others} of --init, found {own}");
            return Err(Error::Argument {
                argument: "--blocks",
                reason,
            });
        }
        let fresh = initialise_from(initial, optimiser, self.device, |name| {
            found.network.has_block_of(name).then(|| name.into())
        })?;
        if !fresh.is_empty() {
            observer.observe(Event::NotInInitial {
                checkpoint: initial,
                parameters: &fresh,
            });
        }
        Ok(())
    }
}
