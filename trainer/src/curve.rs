//! The course of a training as a picture: code length over steps.

use std::path::Path;

use plotters::prelude::*;

use crate::{Error, Result};

/// One point of the curve.
#[derive(Clone, Copy, Debug)]
pub struct Point {
    /// Steps done.
    pub step: usize,
    /// Bits per sub-pixel of the training crops since the last point.
    pub training: f64,
    /// Bits per sub-pixel of the validation crops, rounded network.
    pub validation: f64,
}

/// Draws `points` to a PNG.
pub fn draw(path: &Path, title: &str, points: &[Point]) -> Result<()> {
    try_draw(path, title, points).map_err(|message| Error::Plot {
        path: path.into(),
        message,
    })
}

/// The printable ASCII characters of DejaVu Sans (licence in `trainer/assets/DEJAVU-LICENSE`).
const FONT: &[u8] = include_bytes!("../assets/DejaVuSans-ascii.ttf");

fn try_draw(path: &Path, title: &str, points: &[Point]) -> std::result::Result<(), String> {
    let text = |e: &dyn std::fmt::Display| e.to_string();
    plotters::style::register_font("sans-serif", FontStyle::Normal, FONT)
        .map_err(|_| "unusable font".to_string())?;
    let values = || points.iter().flat_map(|p| [p.training, p.validation]);
    let low = values().fold(f64::INFINITY, f64::min) - 0.05;
    // The first points are far above the rest and would flatten the curve.
    let mut sorted: Vec<f64> = values().collect();
    sorted.sort_by(f64::total_cmp);
    let high = sorted[sorted.len() * 9 / 10] + 0.1;
    let last = points.last().map_or(1, |p| p.step.max(1));

    let area = BitMapBackend::new(path, (900, 500)).into_drawing_area();
    area.fill(&WHITE).map_err(|e| text(&e))?;
    let mut chart = ChartBuilder::on(&area)
        .caption(title, ("sans-serif", 20))
        .margin(12)
        .x_label_area_size(36)
        .y_label_area_size(56)
        .build_cartesian_2d(0..last, low..high)
        .map_err(|e| text(&e))?;
    chart
        .configure_mesh()
        .x_desc("step")
        .y_desc("bits per sub-pixel")
        .draw()
        .map_err(|e| text(&e))?;
    for (name, colour, value) in [
        (
            "training crops",
            BLUE,
            (|p: &Point| p.training) as fn(&Point) -> f64,
        ),
        ("validation, integer network", RED, |p: &Point| p.validation),
    ] {
        chart
            .draw_series(LineSeries::new(
                points.iter().map(|p| (p.step, value(p).min(high))),
                &colour,
            ))
            .map_err(|e| text(&e))?
            .label(name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], colour));
    }
    chart
        .configure_series_labels()
        .border_style(BLACK)
        .background_style(WHITE)
        .draw()
        .map_err(|e| text(&e))?;
    area.present().map_err(|e| text(&e))
}
