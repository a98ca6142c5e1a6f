//! Shows a training run: a line per report on standard error, and a progress bar on a terminal.

use indicatif::ProgressStyle;
use pxc_trainer::training::event::{Event, Observer};

use crate::commands::progress_bar::bar;

/// Makes an observer that shows a run. `hidden` says to show no progress bar.
pub(crate) fn observer(hidden: bool) -> Observer {
    let bar = bar(0, hidden);
    if let Ok(style) = ProgressStyle::with_template("{bar:32} {pos}/{len} {msg} {eta}") {
        bar.set_style(style);
    }
    let say = |line: String| eprintln!("{line}");
    Observer::new(move |event| match event {
        Event::LeftOut { error } => say(format!("skipped: {error}")),
        Event::NotInInitial {
            checkpoint,
            parameters,
        } => say(format!(
            "not in {}: {}",
            checkpoint.display(),
            parameters.join(", ")
        )),
        Event::Begun {
            summary,
            done,
            steps,
        } => {
            say(summary.into());
            bar.set_length(steps as u64);
            bar.set_position(done as u64);
            bar.reset_eta();
        }
        Event::Step { loss, unit } => {
            bar.inc(1);
            bar.set_message(format!("{loss:.4} {unit}"));
        }
        Event::Reported(report) => bar.suspend(|| say(report.to_string())),
        Event::Ended => bar.finish_and_clear(),
        _ => {}
    })
}
