//! The course of a training as a plot: code length over steps.

use std::path::Path;

use plotters::prelude::*;

use crate::error::{Error, Result, Source};

/// The unit of a curve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Axis {
    /// Bits per sub-pixel.
    BitsPerSubPixel,
    /// Nats per image.
    NatsPerImage,
}

impl Axis {
    /// The unit's name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Axis::BitsPerSubPixel => "bits per sub-pixel",
            Axis::NatsPerImage => "nats per image",
        }
    }

    /// Room below and above the curve.
    fn margin(self) -> f64 {
        match self {
            Axis::BitsPerSubPixel => 0.05,
            Axis::NatsPerImage => 1.0,
        }
    }
}

/// One point of the curve, in the unit of its axis.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Point {
    /// Steps done.
    pub(crate) step: usize,
    /// The code length of the training images since the last point.
    pub(crate) training: f64,
    /// The code length of the validation images, rounded network.
    pub(crate) validation: f64,
}

/// Draws `points` to a PNG.
pub(crate) fn draw(path: &Path, title: &str, axis: Axis, points: &[Point]) -> Result<()> {
    try_draw(path, title, axis, points).map_err(|source| Error::Plot {
        path: path.into(),
        source,
    })
}

/// The points up to `step` of an earlier part of a run, from its `log.tsv`.
pub(crate) fn read_points(path: &Path, step: usize) -> Vec<Point> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let point = |line: &str| {
        let fields: Vec<&str> = line.split('\t').collect();
        let number = |i: usize| fields.get(i)?.parse::<f64>().ok();
        Some(Point {
            step: number(0)? as usize,
            training: number(5)?,
            validation: number(7)?,
        })
    };
    let points = text.lines().filter_map(point);
    points.filter(|point| point.step <= step).collect()
}

/// The printable ASCII characters of DejaVu Sans (licence in `trainer/assets/DEJAVU-LICENSE`).
const FONT: &[u8] = include_bytes!("../../assets/DejaVuSans-ascii.ttf");

/// The code lengths that are shown. The first ones, far above the rest, would flatten the curve.
fn range(points: &[Point], axis: Axis) -> (f64, f64) {
    let values = points.iter().flat_map(|p| [p.training, p.validation]);
    let mut sorted: Vec<f64> = values.collect();
    sorted.sort_by(f64::total_cmp);
    let low = sorted.first().map_or(f64::INFINITY, |&low| low);
    let high = sorted[sorted.len() * 9 / 10];
    (low - axis.margin(), high + 2.0 * axis.margin())
}

fn try_draw(
    path: &Path,
    title: &str,
    axis: Axis,
    points: &[Point],
) -> std::result::Result<(), Source> {
    plotters::style::register_font("sans-serif", FontStyle::Normal, FONT)
        .map_err(|_| "unusable font")?;
    let (low, high) = range(points, axis);
    let last = points.last().map_or(1, |p| p.step.max(1));

    let area = BitMapBackend::new(path, (900, 500)).into_drawing_area();
    area.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&area)
        .caption(title, ("sans-serif", 20))
        .margin(12)
        .x_label_area_size(36)
        .y_label_area_size(56)
        .build_cartesian_2d(0..last, low..high)?;
    chart
        .configure_mesh()
        .x_desc("step")
        .y_desc(axis.name())
        .draw()?;
    for (name, colour, value) in [
        (
            "training",
            BLUE,
            (|p: &Point| p.training) as fn(&Point) -> f64,
        ),
        ("validation, integer network", RED, |p: &Point| p.validation),
    ] {
        chart
            .draw_series(LineSeries::new(
                points.iter().map(|p| (p.step, value(p).min(high))),
                &colour,
            ))?
            .label(name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], colour));
    }
    if let [point] = points {
        // A line needs two.
        for (value, colour) in [(point.training, BLUE), (point.validation, RED)] {
            let dot = Circle::new((point.step, value.min(high)), 3, colour.filled());
            chart.draw_series([dot])?;
        }
    }
    chart
        .configure_series_labels()
        .border_style(BLACK)
        .background_style(WHITE)
        .draw()?;
    Ok(area.present()?)
}
