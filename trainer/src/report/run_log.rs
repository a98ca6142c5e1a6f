//! The files with the reports of a training run: a row of `log.tsv` and a point of the curve for each.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::PathBuf;
use std::time::Instant;

use crate::error::Result;
use crate::files::{create_directory, unwritable};
use crate::report::curve::{self, Axis, Point};
use crate::training::event::Report;

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
    /// The unit of code lengths.
    pub(crate) axis: Axis,
    /// Steps done before.
    pub(crate) done: usize,
    /// Minutes that these steps took.
    pub(crate) minutes: f64,
}

/// The log of one run.
pub(crate) struct RunLog {
    logging: Logging,
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
        Ok(RunLog {
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

    /// Counts a step: its loss in the unit of the axis, and the gradient's norm. Returns the mean loss.
    pub(crate) fn count(&mut self, loss: f64, norm: f64) -> f64 {
        self.loss += loss;
        self.norm += norm;
        self.steps += 1;
        self.loss()
    }

    /// The mean loss since the last report.
    pub(crate) fn loss(&self) -> f64 {
        self.loss / self.steps.max(1) as f64
    }

    /// The mean norm of the gradient since the last report.
    pub(crate) fn norm(&self) -> f64 {
        self.norm / self.steps.max(1) as f64
    }

    /// Appends a report to `log.tsv` and redraws the curve.
    pub(crate) fn report(&mut self, report: &Report) -> Result<()> {
        let row = format!(
            "{}\t{:.2}\t{:.2}\t{:.3e}\t{:.4}\t{:.5}\t{:.5}\t{:.5}",
            report.step,
            report.minutes,
            report.amount,
            report.rate,
            report.norm,
            report.training,
            report.float,
            report.integer
        );
        self.append(&row, report.amount_unit)?;
        self.points.push(Point {
            step: report.step,
            training: report.training,
            validation: report.integer,
        });
        (self.loss, self.norm, self.steps) = (0.0, 0.0, 0);
        let path = self.logging.out.join("curve.png");
        curve::draw(&path, &self.logging.title, self.logging.axis, &self.points)
    }

    fn append(&self, row: &str, amount: &str) -> Result<()> {
        let path = self.logging.out.join("log.tsv");
        let write = || {
            let mut log = OpenOptions::new().create(true).append(true).open(&path)?;
            if log.metadata()?.len() == 0 {
                writeln!(
                    log,
                    "step\tminutes\t{amount}\tlearning_rate\tgradient_norm\ttraining\tvalidation_float\tvalidation_integer"
                )?;
            }
            writeln!(log, "{row}")
        };
        write().map_err(|source| unwritable(&path, source))
    }
}
