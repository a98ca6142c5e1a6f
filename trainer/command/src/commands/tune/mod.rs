//! `pxc-train tune`: turns a folder of images into a model of the user's own. Read [`run`] from top to bottom.

mod collection;
mod split;
mod start;
mod display;
mod table;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use clap::Args;
use pxc_export::importer;
use pxc_export::photo::{model::export, parity};
use pxc_model::ModelFile;
use pxc_runtime::{Effort, Engine, Registry};
use pxc_trainer::files::write_bytes;
use pxc_trainer::photo::tuning::{Tuned, TuningConfig, TuningImages, TuningRecord, tune};
use pxc_trainer::training::budget::Budget;

use crate::commands::arguments::refused;
use crate::commands::interruption::stop_on_interruption;
use crate::commands::progress_bar::bar;
use crate::commands::provenance::COMMIT;
use crate::commands::tune::collection::{Collection, Kind};
use crate::commands::tune::display::Display;
use crate::commands::tune::split::{HeldOut, Split};
use crate::commands::tune::start::Start;
use crate::commands::tune::table::{Models, measure, measured};
use crate::error::{Error, Result};

/// Make a model for your own kind of image.
#[derive(Args)]
#[command(
    after_help = "Ctrl-C ends the training and continues with the best model so far; after the training, it skips the table."
)]
pub(crate) struct Tune {
    /// Images, or directories of them: PNG, PNM, PAM, TIFF, WebP, QOI, BMP or GIF
    #[arg(required = true, value_name = "IMAGES")]
    images: Vec<PathBuf>,
    /// The model to write, NAME.onnx; the model gets the name NAME
    #[arg(short, long, value_name = "NAME.onnx")]
    output: PathBuf,
    /// Minutes to train
    #[arg(long, default_value_t = 20.0)]
    minutes: f64,
    /// Steps to train, instead of a time
    #[arg(long, conflicts_with = "minutes")]
    steps: Option<usize>,
    /// What to start from: a built-in model, an .onnx file or a checkpoint directory [default: photo-rgb or photo-gray]
    #[arg(long, value_name = "MODEL")]
    from: Option<String>,
    /// Peak learning rate
    #[arg(long, default_value_t = TuningConfig::default().learning_rate)]
    learning_rate: f64,
    /// Seed of the crops
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Write the model even if it is not smaller than the built-in one
    #[arg(long)]
    keep: bool,
    /// Replace an existing model
    #[arg(short, long)]
    force: bool,
    /// Show no progress bar
    #[arg(long)]
    no_progress: bool,
}

pub(crate) fn run(arguments: &Tune) -> Result<()> {
    let (name, budget) = (arguments.name()?, arguments.budget()?);
    let stop =
        stop_on_interruption("going on with the best model so far; Ctrl-C again ends at once");
    let collection = Collection::read(&arguments.images)?;
    collection.report();
    let split = Split::of(collection)?;
    split.report();

    let engine = Engine::default();
    let mut start = Start::find(arguments.from.as_deref(), split.kind, engine.registry())?;
    name.clone_into(&mut start.network.config.name);
    eprintln!("starting from {}", start.from);
    let stock = default_model(&engine, split.kind)?;
    let digest = split.digest.clone();
    let (tuned, held_out) = arguments.train(&start, split, budget, &stop)?;
    if tuned.course.step == 0 {
        return Err(Error::Stopped);
    }

    let record = TuningRecord::new(&start.from, digest, &arguments.config(), COMMIT, &tuned);
    let model = export(&tuned.network, &record)?;
    report_proof(&model, &tuned)?;
    let bytes = model.to_bytes()?;
    let id = engine.registry().add_bytes(&bytes)?.id().to_string();
    // From here on, Ctrl-C skips the measurement.
    stop.store(false, Ordering::Relaxed);
    let models = Models {
        engine: &engine,
        stock: &stock,
        own: &id,
    };
    let measured = arguments.compare(held_out, &models, &name, &stop)?;
    let is_smaller = measured.unwrap_or(tuned.course.best < tuned.course.start);
    if !is_smaller && !arguments.keep {
        return Err(Error::NotSmaller { name, stock });
    }
    let output = &arguments.output;
    write_bytes(output, &bytes)?;
    eprintln!("{}: {} bytes, model id {id}", output.display(), bytes.len());
    eprintln!("keep it: nobody can decompress files without the model that they were made with");
    Ok(())
}

/// The name of the built-in model that pxc uses at its default effort.
fn default_model(engine: &Engine, kind: Kind) -> Result<String> {
    let model = engine
        .registry()
        .default_for(kind.channels(), Effort::Default)?;
    Ok(model.map_or_else(|| kind.start().into(), |model| model.name().into()))
}

/// Proves that the model is exact, and compares it with the trainer's network.
fn report_proof(model: &ModelFile, tuned: &Tuned) -> Result<()> {
    let bounds = model.prove()?;
    let pixels = parity::check(&tuned.network, model)?;
    importer::check(model)?;
    eprintln!(
        "proof: all {} sums are exact; parity: all logits of {pixels} pixels are the trainer's, and tract's importer \
         of ONNX agrees",
        bounds.len()
    );
    Ok(())
}

impl Tune {
    /// The model's name, which follows from that of its file.
    fn name(&self) -> Result<String> {
        let refused = |reason: &str| Err(refused("--output", reason).into());
        let stem = self
            .output
            .file_stem()
            .and_then(|stem| stem.to_str())
            .unwrap_or_default();
        let is_legal = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        if self
            .output
            .extension()
            .is_none_or(|extension| extension != "onnx")
        {
            return refused("expected a name that ends in .onnx");
        }
        if !(1..=64).contains(&stem.len()) || !stem.chars().all(is_legal) {
            return refused("expected a name of at most 64 characters of a-z A-Z 0-9 . _ -");
        }
        let (embedded, _) = Registry::with_directory(None).list();
        if embedded.iter().any(|entry| entry.model.name() == stem) {
            return refused("a built-in model has this name; choose another one");
        }
        if self.output.exists() && !self.force {
            return refused("it exists; --force replaces it");
        }
        let folder = self
            .output
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        match folder {
            Some(folder) if !folder.is_dir() => refused("its directory does not exist"),
            _ => Ok(stem.to_owned()),
        }
    }

    fn budget(&self) -> Result<Budget> {
        match self.steps {
            Some(0) => Err(refused("--steps", "expected at least 1").into()),
            Some(steps) => Ok(Budget::Steps(steps)),
            None if self.minutes > 0.0 && self.minutes <= 60.0 * 24.0 * 30.0 => {
                Ok(Budget::Time(Duration::from_secs_f64(60.0 * self.minutes)))
            }
            None => Err(refused("--minutes", "expected more than 0, and at most 30 days").into()),
        }
    }

    fn config(&self) -> TuningConfig {
        let mut config = TuningConfig::default();
        config.seed = self.seed;
        config.learning_rate = self.learning_rate;
        config
    }

    /// Trains within the budget. Also returns the images held out.
    fn train(
        &self,
        start: &Start,
        split: Split,
        budget: Budget,
        stop: &Arc<AtomicBool>,
    ) -> Result<(Tuned, Vec<HeldOut>)> {
        let mut display = Display::new(self.no_progress, budget, split.digest.pixels);
        let images = TuningImages {
            held_out: split.measured(),
            training: split.training,
        };
        let observe = |course: &_| display.show(course);
        let tuned = tune(
            &start.network,
            images,
            &self.config(),
            budget,
            stop,
            observe,
        )?;
        display.finish(&tuned.course);
        Ok((tuned, split.held_out))
    }

    /// Measures whole files and prints the table. Returns whether the model makes them smaller; `None` if it was
    /// stopped.
    fn compare(
        &self,
        held_out: Vec<HeldOut>,
        models: &Models<'_>,
        name: &str,
        stop: &AtomicBool,
    ) -> Result<Option<bool>> {
        let images = measured(held_out)?;
        let progress = bar(images.len(), self.no_progress);
        let sizes = measure(&images, models, stop, &progress)?;
        progress.finish_and_clear();
        match &sizes {
            Some(sizes) => sizes.print(models.stock, name),
            None => eprintln!("whole files were not measured; the bits per sub-pixel decide"),
        }
        Ok(sizes.map(|sizes| sizes.is_smaller()))
    }
}
