//! What happens in a training run, for the caller to show.

use std::fmt::{self, Debug, Display};
use std::path::Path;
use std::sync::Arc;

use crate::error::Error;

/// Something that happened in a run.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// An image cannot be read. The run does without it.
    LeftOut {
        /// Why.
        error: &'a Error,
    },
    /// The initial checkpoint lacks parameters of the network, which keep their initial values.
    NotInInitial {
        /// The checkpoint.
        checkpoint: &'a Path,
        /// Their names.
        parameters: &'a [String],
    },
    /// The steps begin.
    Begun {
        /// One line about the network and its images.
        summary: &'a str,
        /// Steps that an earlier part of the run has done.
        done: usize,
        /// Steps in all.
        steps: usize,
    },
    /// A step is done.
    Step {
        /// The mean code length of the training images since the last report.
        loss: f64,
        /// Its unit.
        unit: &'static str,
    },
    /// The network was measured, and a checkpoint was written.
    Reported(&'a Report),
    /// The steps are done.
    Ended,
}

/// The state of a run after a measurement. Code lengths are in the unit of the run.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Report {
    /// Steps done.
    pub step: usize,
    /// Minutes of training, those before an interruption included.
    pub minutes: f64,
    /// How much training there has been, in `amount_unit`.
    pub amount: f64,
    /// What the amount is counted in, such as `epochs`.
    pub amount_unit: &'static str,
    /// The learning rate.
    pub rate: f64,
    /// The mean norm of the gradients since the last report, before clipping.
    pub norm: f64,
    /// The mean code length of the training images since the last report.
    pub training: f64,
    /// The code length of the validation images, in float.
    pub float: f64,
    /// The code length of the validation images, rounded network.
    pub integer: f64,
}

/// Displays an aligned line for people.
impl Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Report {
            step,
            minutes,
            amount,
            amount_unit,
            rate,
            norm,
            training,
            float,
            integer,
        } = self;
        let gap = 100.0 * (integer / float - 1.0);
        write!(
            f,
            "step {step:>7}  {minutes:>6.1} min  {amount:>7.2} {amount_unit}  lr {rate:.2e}  grad {norm:>6.3}  \
             train {training:.4}  valid float {float:.4}  integer {integer:.4}  gap {gap:+.2} %"
        )
    }
}

/// Receives the events of a run.
#[derive(Clone)]
pub struct Observer(Arc<dyn Fn(Event<'_>) + Send + Sync>);

impl Observer {
    /// Makes an observer that calls a function.
    pub fn new(observe: impl Fn(Event<'_>) + Send + Sync + 'static) -> Observer {
        Observer(Arc::new(observe))
    }

    pub(crate) fn observe(&self, event: Event<'_>) {
        (self.0)(event);
    }
}

impl Default for Observer {
    /// Makes an observer that ignores all events.
    fn default() -> Observer {
        Observer::new(|_| ())
    }
}

impl Debug for Observer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Observer")
    }
}
