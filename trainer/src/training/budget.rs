//! The budget of a training that ends at a given time, or after a given number of steps. The learning rate falls with
//! the rest of it, so it reaches zero at the end, however fast the machine is.

use std::time::{Duration, Instant};

/// The time or the steps that a training may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Budget {
    /// Wall time.
    Time(Duration),
    /// Optimiser steps: the same on every machine.
    Steps(usize),
}

impl Budget {
    /// Seconds, or steps.
    fn amount(self) -> f64 {
        match self {
            Budget::Time(time) => time.as_secs_f64(),
            Budget::Steps(steps) => steps as f64,
        }
    }
}

/// How much of a budget is spent.
pub(crate) struct Clock {
    budget: Budget,
    start: Instant,
    /// A point of the schedule: the amount spent, and the position there.
    anchor: (f64, f64),
    /// The amount at which the schedule ends.
    end: f64,
}

impl Clock {
    /// Starts now.
    pub(crate) fn new(budget: Budget) -> Clock {
        Clock {
            budget,
            start: Instant::now(),
            anchor: (0.0, 0.0),
            end: budget.amount(),
        }
    }

    /// Time since the start.
    pub(crate) fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }

    /// Seconds or steps that are spent after `steps` steps.
    pub(crate) fn spent(&self, steps: usize) -> f64 {
        match self.budget {
            Budget::Time(_) => self.elapsed().as_secs_f64(),
            Budget::Steps(_) => steps as f64,
        }
    }

    /// The position in the schedule after `steps` steps: 0 at the start, 1 at the end.
    pub(crate) fn position(&self, steps: usize) -> f64 {
        let (spent, position) = self.anchor;
        let share = (self.spent(steps) - spent) / (self.end - spent).max(f64::MIN_POSITIVE);
        (position + (1.0 - position) * share).min(1.0)
    }

    /// A share of the whole budget, in seconds or steps.
    pub(crate) fn share(&self, share: f64) -> f64 {
        share * self.budget.amount()
    }

    /// The pause after a measurement that took `seconds`, in seconds or steps, so that measurements take a tenth of the
    /// time.
    pub(crate) fn pause(&self, seconds: f64) -> f64 {
        match self.budget {
            Budget::Time(_) => 9.0 * seconds,
            Budget::Steps(_) => 1.0,
        }
    }

    /// Ends the schedule sooner: its rest takes at most a share of the whole budget.
    pub(crate) fn shorten(&mut self, steps: usize, share: f64) {
        let spent = self.spent(steps);
        self.anchor = (spent, self.position(steps));
        self.end = self.end.min(spent + self.share(share));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shortened_schedule_goes_on_from_where_it_is() {
        let mut clock = Clock::new(Budget::Steps(100));
        assert_eq!(
            [0, 50, 100, 101].map(|steps| clock.position(steps)),
            [0.0, 0.5, 1.0, 1.0]
        );
        clock.shorten(50, 0.2);
        let found = [50, 60, 70].map(|steps| clock.position(steps));
        assert_eq!(found, [0.5, 0.75, 1.0]);
        // It never ends later.
        clock.shorten(65, 0.9);
        assert_eq!(clock.position(70), 1.0);
    }
}
