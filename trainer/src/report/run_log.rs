//! A report of a training run: an aligned line on standard error, a row of `log.tsv`, a point of the curve; and the
//! progress bar.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::PathBuf;
use std::time::Instant;

use indicatif::{ProgressBar, ProgressStyle};

use crate::error::Result;
use crate::files::{create_directory, unwritable};
use crate::report::curve::{self, Axis, Point};

/// The units in which a run reports.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Units {
    /// The unit of code lengths.
    pub(crate) axis: Axis,
    /// What the amount of training is counted in, such as `epochs`.
    pub(crate) amount: &'static str,
}

/// How a run is logged.
pub(crate) struct Logging {
    /// The checkpoint directory.
    pub(crate) out: PathBuf,
    /// The model's name.
    pub(crate) title: String,
    /// The units of the reports.
    pub(crate) units: Units,
    /// Steps in all.
    pub(crate) steps: usize,
    /// Steps done before.
    pub(crate) done: usize,
    /// Minutes that these steps took.
    pub(crate) minutes: f64,
    /// Whether to draw a progress bar.
    pub(crate) progress: bool,
}

/// The state of a run after a validation. Code lengths are in the unit of the axis.
pub(crate) struct Report {
    /// Steps done.
    pub(crate) step: usize,
    /// Amount of training, in the unit of [`Units::amount`].
    pub(crate) amount: f64,
    /// The learning rate.
    pub(crate) rate: f64,
    /// The code length of the validation images, in float.
    pub(crate) float: f64,
    /// The code length of the validation images, rounded network.
    pub(crate) integer: f64,
}

/// The log of one run.
pub(crate) struct RunLog {
    logging: Logging,
    bar: ProgressBar,
    start: Instant,
    points: Vec<Point>,
    /// Sums since the last report.
    loss: f64,
    norm: f64,
    steps: usize,
}

impl RunLog {
    /// Begins a run, or resumes one.
    pub(crate) fn new(logging: Logging) -> Result<RunLog> {
        create_directory(&logging.out)?;
        let bar = match logging.progress {
            true => ProgressBar::new(logging.steps as u64),
            false => ProgressBar::hidden(),
        };
        if let Ok(style) = ProgressStyle::with_template("{bar:32} {pos}/{len} {msg} {eta}") {
            bar.set_style(style);
        }
        bar.set_position(logging.done as u64);
        Ok(RunLog {
            bar,
            start: Instant::now(),
            points: curve::read_points(&logging.out.join("log.tsv"), logging.done),
            loss: 0.0,
            norm: 0.0,
            steps: 0,
            logging,
        })
    }

    /// Minutes of training, those before an interruption included.
    pub(crate) fn minutes(&self) -> f64 {
        self.logging.minutes + self.start.elapsed().as_secs_f64() / 60.0
    }

    /// Counts a step: its loss in the unit of the axis, and the gradient's norm.
    pub(crate) fn count(&mut self, loss: f64, norm: f64) {
        self.loss += loss;
        self.norm += norm;
        self.steps += 1;
        self.bar.inc(1);
        let mean = self.loss / self.steps as f64;
        let message = format!("{mean:.4} {}", self.logging.units.axis.name());
        self.bar.set_message(message);
    }

    /// Prints a line, appends it to `log.tsv` and redraws the curve.
    pub(crate) fn report(&mut self, report: &Report) -> Result<()> {
        let Report {
            step,
            amount,
            rate,
            float,
            integer,
        } = *report;
        let (minutes, unit) = (self.minutes(), self.logging.units.amount);
        let steps = self.steps.max(1) as f64;
        let (training, norm) = (self.loss / steps, self.norm / steps);
        let gap = 100.0 * (integer / float - 1.0);
        self.bar.suspend(|| {
            eprintln!(
                "step {step:>7}  {minutes:>6.1} min  {amount:>7.2} {unit}  lr {rate:.2e}  grad {norm:>6.3}  train {training:.4}  \
                 valid float {float:.4}  integer {integer:.4}  gap {gap:+.2} %"
            );
        });
        self.append(&format!(
            "{step}\t{minutes:.2}\t{amount:.2}\t{rate:.3e}\t{norm:.4}\t{training:.5}\t{float:.5}\t{integer:.5}"
        ))?;
        self.points.push(Point {
            step,
            training,
            validation: integer,
        });
        (self.loss, self.norm, self.steps) = (0.0, 0.0, 0);
        let path = self.logging.out.join("curve.png");
        let axis = self.logging.units.axis;
        curve::draw(&path, &self.logging.title, axis, &self.points)
    }

    /// Clears the progress bar.
    pub(crate) fn finish(self) {
        self.bar.finish_and_clear();
    }

    fn append(&self, line: &str) -> Result<()> {
        let path = self.logging.out.join("log.tsv");
        let amount = self.logging.units.amount;
        let write = || {
            let mut log = OpenOptions::new().create(true).append(true).open(&path)?;
            if log.metadata()?.len() == 0 {
                writeln!(
                    log,
                    "step\tminutes\t{amount}\tlearning_rate\tgradient_norm\ttraining\tvalidation_float\tvalidation_integer"
                )?;
            }
            writeln!(log, "{line}")
        };
        write().map_err(|source| unwritable(&path, source))
    }
}
