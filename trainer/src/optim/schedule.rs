//! The learning rate over the steps of a training: linear warm-up, then a cosine.

/// Steps of linear warm-up.
const WARM_UP: usize = 200;
/// The learning rate ends at this fraction of its peak.
const FINAL_FRACTION: f64 = 0.01;

/// The learning rate of `step` of `steps`: linear warm-up to `peak`, then a cosine down to a hundredth of it.
pub(crate) fn cosine_rate(peak: f64, step: usize, steps: usize) -> f64 {
    let warm = ((step + 1) as f64 / WARM_UP as f64).min(1.0);
    let progress = step as f64 / steps.max(1) as f64;
    let cosine = 0.5 * (1.0 + (std::f64::consts::PI * progress).cos());
    peak * warm * (cosine * (1.0 - FINAL_FRACTION) + FINAL_FRACTION)
}
