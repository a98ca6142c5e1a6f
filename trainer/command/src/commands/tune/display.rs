//! Shows the progress of a tuning: a bar on a terminal, otherwise a line from time to time.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use pxc_trainer::photo::tuning::TuningProgress;
use pxc_trainer::training::budget::Budget;

use crate::commands::progress_bar::is_shown;

/// Units of the bar.
const UNITS: u64 = 1000;
/// Steps after which the speed is known.
const SPEED_STEPS: usize = 20;
const SPEED_TIME: Duration = Duration::from_secs(3);
/// The shortest time between two lines.
const PAUSE: Duration = Duration::from_secs(30);

pub(crate) struct Display {
    /// The bar; `None` if lines are printed.
    bar: Option<ProgressBar>,
    budget: Budget,
    /// Pixels to learn from.
    pixels: u64,
    knows_speed: bool,
    last_line: Instant,
    last_best: f64,
    said_shortened: bool,
}

impl Display {
    pub(crate) fn new(hidden: bool, budget: Budget, pixels: u64) -> Display {
        let bar = is_shown(hidden).then(|| ProgressBar::new(UNITS));
        if let (Some(bar), Ok(style)) = (&bar, ProgressStyle::with_template("{bar:24} {wide_msg}"))
        {
            bar.set_style(style);
        }
        Display {
            bar,
            budget,
            pixels,
            knows_speed: false,
            last_line: Instant::now(),
            last_best: f64::INFINITY,
            said_shortened: false,
        }
    }

    /// Shows how far a tuning has come.
    pub(crate) fn show(&mut self, course: &TuningProgress) {
        if !self.knows_speed && course.step >= SPEED_STEPS && course.elapsed >= SPEED_TIME {
            self.knows_speed = true;
            self.say(&self.speed(course));
        }
        if course.shortened && !self.said_shortened {
            self.said_shortened = true;
            self.say("the code length of the images held out has stopped falling: finishing early");
        }
        match &self.bar {
            Some(bar) => {
                bar.set_position((course.position * UNITS as f64) as u64);
                bar.set_message(format!("{}; {}", lengths(course), self.left(course)));
            }
            None if course.best < self.last_best && self.last_line.elapsed() >= PAUSE => {
                (self.last_line, self.last_best) = (Instant::now(), course.best);
                let minutes = course.elapsed.as_secs_f64() / 60.0;
                eprintln!(
                    "{minutes:6.1} min  step {:>6}  {}",
                    course.step,
                    lengths(course)
                );
            }
            None => {}
        }
    }

    /// Clears the bar.
    pub(crate) fn finish(self, course: &TuningProgress) {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
        let minutes = course.elapsed.as_secs_f64() / 60.0;
        eprintln!(
            "{} steps in {minutes:.1} minutes: {}",
            course.step,
            lengths(course)
        );
    }

    fn say(&self, line: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| eprintln!("{line}")),
            None => eprintln!("{line}"),
        }
    }

    fn speed(&self, course: &TuningProgress) -> String {
        let steps = course.step as f64 / course.elapsed.as_secs_f64();
        let total = match self.budget {
            Budget::Time(time) => steps * time.as_secs_f64(),
            Budget::Steps(steps) => steps as f64,
        };
        let pixels = course.pixels as f64 / course.step as f64;
        let passes = total * pixels / self.pixels as f64;
        let minutes = total / steps / 60.0;
        format!(
            "{steps:.1} steps per second: {total:.0} steps in {minutes:.1} minutes, which see each pixel {passes:.1} times"
        )
    }

    fn left(&self, course: &TuningProgress) -> String {
        let spent = course.elapsed.as_secs_f64();
        let left = spent * (1.0 - course.position) / course.position.max(1e-6);
        match course.position > 0.0 {
            true => format!("{}:{:02} left", left as u64 / 60, left as u64 % 60),
            false => String::new(),
        }
    }
}

/// The bits per sub-pixel of the crops, and of the images held out, in words.
fn lengths(course: &TuningProgress) -> String {
    let change = 100.0 * (course.best / course.start - 1.0);
    format!(
        "bits per sub-pixel: learning {:.3}, held out {:.3} ({change:+.1} %)",
        course.training, course.best
    )
}
