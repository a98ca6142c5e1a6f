//! The training loop: the gradients of a batch, a step of the optimiser, and from time to time a validation, a
//! checkpoint and a report. Read `train_until` from top to bottom.
//!
//! A step's images, rounding and learning rate follow from its number alone, so a resumed run continues exactly as an
//! uninterrupted one. A run that is asked to stop reports once more and leaves a checkpoint. A thread of its own
//! prepares the next batch while a step is computed.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::sync_channel;
use std::thread;

use candle_core::{Device, Var};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{Error, Result};
use crate::kernels::form::Form;
use crate::optim::optimiser::Optimiser;
use crate::optim::update::Update;
use crate::report::run_log::{Logging, RunLog, Units};
use crate::training::checkpoint;
use crate::training::event::{Event, Observer, Report};

/// Where a run writes, and how often.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RunOptions {
    /// The checkpoint directory; a run that finds a checkpoint there resumes it.
    pub out: PathBuf,
    /// A checkpoint whose weights are the starting point of a new run.
    pub initial: Option<PathBuf>,
    /// Steps between reports, each with a validation and a checkpoint.
    pub report_every: usize,
    /// What the run tells of its progress.
    pub observer: Observer,
    /// The commit that the program was built from, or its version: checkpoints name it.
    pub commit: String,
    /// The form in which the operations of training are computed; `None` for the faster one on the device.
    pub form: Option<Form>,
    /// A flag that ends the run after the current step, with a checkpoint.
    pub stop: Arc<AtomicBool>,
}

impl RunOptions {
    /// Options for a new run, or for the one that left a checkpoint in `out`, with a report every 500 steps and without
    /// an observer.
    pub fn new(out: impl Into<PathBuf>) -> RunOptions {
        RunOptions {
            out: out.into(),
            initial: None,
            report_every: 500,
            observer: Observer::default(),
            commit: env!("CARGO_PKG_VERSION").into(),
            form: None,
            stop: Arc::default(),
        }
    }

    /// Sets the checkpoint whose weights a new run starts from.
    pub fn with_initial(self, initial: Option<PathBuf>) -> RunOptions {
        RunOptions { initial, ..self }
    }

    /// Sets the steps between reports, at least 1.
    pub fn with_report_every(self, steps: usize) -> RunOptions {
        RunOptions {
            report_every: steps.max(1),
            ..self
        }
    }

    /// Sets what the run tells of its progress.
    pub fn with_observer(self, observer: Observer) -> RunOptions {
        RunOptions { observer, ..self }
    }

    /// Sets the commit that checkpoints name.
    pub fn with_commit(self, commit: impl Into<String>) -> RunOptions {
        RunOptions {
            commit: commit.into(),
            ..self
        }
    }

    /// Sets the form in which the operations of training are computed.
    pub fn with_form(self, form: Form) -> RunOptions {
        RunOptions {
            form: Some(form),
            ..self
        }
    }

    /// Sets the flag that ends the run.
    pub fn with_stop(self, stop: Arc<AtomicBool>) -> RunOptions {
        RunOptions { stop, ..self }
    }
}

/// The progress of a run.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Progress {
    /// Steps done.
    pub(crate) step: usize,
    /// Minutes of training, those before an interruption included.
    pub(crate) minutes: f64,
    /// The code length of the validation images at the last report, in the unit of the report, rounded network.
    pub(crate) validation: Option<f64>,
}

/// The loss of one step.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StepLoss {
    /// The mean code length in bits per sub-pixel, whose gradients were accumulated.
    pub(crate) mean: f32,
    /// The mean code length in the unit of the reports.
    pub(crate) reported: f64,
}

impl StepLoss {
    /// A loss that is reported in bits per sub-pixel.
    pub(crate) fn per_sub_pixel(mean: f64) -> StepLoss {
        StepLoss {
            mean: mean as f32,
            reported: mean,
        }
    }
}

/// The code lengths of the validation images under the averaged weights.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Validation<Length> {
    /// The code length in float, in the unit of the reports.
    pub(crate) float: f64,
    /// The code length of the rounded network, in the unit of the reports.
    pub(crate) integer: f64,
    /// The whole measurement of the rounded network.
    pub(crate) length: Length,
}

/// The batches of a run, which a thread of its own prepares while the step before is computed.
pub(crate) trait Batches: Send {
    /// The images of one step, ready for the network.
    type Batch: Send;

    /// The batch of `step`.
    fn batch(&mut self, step: usize) -> Result<Self::Batch>;
}

/// A network with its images and its schedule, for the loop.
pub(crate) trait Training {
    /// The batches.
    type Batches: Batches;
    /// A measured code length.
    type Length: Copy + Default;
    /// The content of `config.json`.
    type Checkpoint: Serialize + DeserializeOwned;

    /// The model's name.
    fn name(&self) -> &str;

    /// The units of the reports.
    fn units(&self) -> Units;

    /// One line about the network and its images, for the start of a run.
    fn summary(&self) -> String;

    /// The device that the parameters are on.
    fn device(&self) -> &Device;

    /// The trainable tensors with their names in a checkpoint.
    fn parameters(&self) -> Vec<(String, &Var)>;

    /// Steps in all.
    fn steps(&self) -> usize;

    /// What the optimiser does at `step`.
    fn update_at(&self, step: usize) -> Update;

    /// The batches, for a thread of their own.
    fn batches(&self) -> Self::Batches;

    /// Adds the gradients of a batch's mean code length to those of the step.
    fn gradients(
        &mut self,
        step: usize,
        batch: <Self::Batches as Batches>::Batch,
        optimiser: &mut Optimiser,
    ) -> Result<StepLoss>;

    /// How much training there has been after `step` steps, in [`Units::amount`].
    fn amount(&self, step: usize) -> f64;

    /// Measures the averaged weights on the validation images.
    fn validate(&self, optimiser: &Optimiser) -> Result<Validation<Self::Length>>;

    /// What `config.json` says after `progress`.
    fn checkpoint(&self, progress: &Progress) -> Self::Checkpoint;

    /// Refuses a checkpoint in `directory` of another network, training or data; returns the minutes that it took.
    fn expect_same(&self, directory: &Path, found: &Self::Checkpoint) -> Result<f64>;

    /// Takes the averaged weights of the checkpoint `initial` as the starting point.
    fn start_from(
        &self,
        initial: &Path,
        optimiser: &mut Optimiser,
        observer: &Observer,
    ) -> Result<()>;
}

/// Trains up to step `last` of the schedule and leaves a checkpoint. Returns the code length of the validation images
/// at the last report, rounded network.
pub(crate) fn train_until<T: Training>(
    mut training: T,
    options: &RunOptions,
    last: usize,
) -> Result<T::Length> {
    let mut optimiser = Optimiser::new(training.parameters())?;
    let mut progress = begin(&training, options, &mut optimiser)?;
    let observe = |event: Event<'_>| options.observer.observe(event);
    observe(Event::Begun {
        summary: &training.summary(),
        done: progress.step,
        steps: training.steps(),
    });
    let units = training.units();
    let mut log = RunLog::new(Logging {
        out: options.out.clone(),
        title: training.name().into(),
        axis: units.axis,
        done: progress.step,
        minutes: progress.minutes,
    })?;
    let mut length = T::Length::default();
    let end = last.min(training.steps());
    thread::scope(|scope| {
        let (sender, receiver) = sync_channel(0);
        let mut batches = training.batches();
        let first = progress.step;
        scope.spawn(move || {
            // Ends early when the loop has ended, and receives no more.
            (first..end).try_for_each(|step| sender.send(batches.batch(step)))
        });
        for batch in receiver {
            let (loss, norm) = take_step(&mut training, progress.step, batch?, &mut optimiser)?;
            observe(Event::Step {
                loss: log.count(loss.reported, norm),
                unit: units.axis.name(),
            });
            progress.step += 1;
            let stops = progress.step == end || options.stop.load(Ordering::Relaxed);
            if progress.step.is_multiple_of(options.report_every) || stops {
                length = report(&training, options, &optimiser, &mut progress, &mut log)?;
            }
            if stops {
                break;
            }
        }
        Ok::<_, Error>(())
    })?;
    observe(Event::Ended);
    Ok(length)
}

/// Measures the averaged weights, writes a checkpoint, and reports. Returns the measurement.
fn report<T: Training>(
    training: &T,
    options: &RunOptions,
    optimiser: &Optimiser,
    progress: &mut Progress,
    log: &mut RunLog,
) -> Result<T::Length> {
    let validation = training.validate(optimiser)?;
    progress.minutes = log.minutes();
    progress.validation = Some(validation.integer);
    let config = training.checkpoint(progress);
    checkpoint::save(&options.out, &config, progress.step, optimiser)?;
    let report = Report {
        step: progress.step,
        minutes: progress.minutes,
        amount: training.amount(progress.step),
        amount_unit: training.units().amount,
        rate: training.update_at(progress.step).rate,
        norm: log.norm(),
        training: log.loss(),
        float: validation.float,
        integer: validation.integer,
    };
    options.observer.observe(Event::Reported(&report));
    log.report(&report)?;
    Ok(validation.length)
}

/// Resumes the run that left a checkpoint, or starts one.
fn begin<T: Training>(
    training: &T,
    options: &RunOptions,
    optimiser: &mut Optimiser,
) -> Result<Progress> {
    let mut progress = Progress::default();
    if checkpoint::exists(&options.out) {
        let found = checkpoint::read_config(&options.out)?;
        progress.minutes = training.expect_same(&options.out, &found)?;
        progress.step = checkpoint::restore(&options.out, optimiser, training.device())?;
    }
    if let (0, Some(initial)) = (progress.step, &options.initial) {
        training.start_from(initial, optimiser, &options.observer)?;
    }
    Ok(progress)
}

/// Trains one step; returns its loss and the norm of its gradient before clipping.
fn take_step<T: Training>(
    training: &mut T,
    step: usize,
    batch: <T::Batches as Batches>::Batch,
    optimiser: &mut Optimiser,
) -> Result<(StepLoss, f64)> {
    let loss = training.gradients(step, batch, optimiser)?;
    if !loss.mean.is_finite() {
        return Err(Error::Diverged {
            step,
            loss: loss.mean,
        });
    }
    let norm = optimiser.step(&training.update_at(step))?;
    Ok((loss, norm))
}
