//! Tunes a small network to waves.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use candle_core::Device;
use pxc_trainer::Result;
use pxc_trainer::data::photo::Photo;
use pxc_trainer::photo::config::PhotoConfig;
use pxc_trainer::photo::network::PhotoNetwork;
use pxc_trainer::photo::tuning::{Tuned, TuningConfig, TuningImages, tune};
use pxc_trainer::training::budget::Budget;

fn waves(width: usize, height: usize, seed: usize) -> Photo {
    let sample = |at: usize| ((at % width) * (3 + seed) + (at / width).pow(2) / 7) % 97;
    Photo {
        width,
        height,
        channels: 1,
        samples: (0..width * height).map(|at| sample(at) as u8).collect(),
    }
}

fn images() -> TuningImages {
    TuningImages {
        // One is smaller than a crop, one is wide and low.
        training: vec![waves(60, 50, 0), waves(20, 9, 1), waves(90, 12, 2)],
        held_out: vec![waves(50, 40, 1), waves(10, 6, 2)],
    }
}

fn network() -> Result<PhotoNetwork> {
    let mut config = PhotoConfig::photo(1);
    (config.width, config.blocks, config.reach) = (20, 1, 2);
    (config.head_width, config.basis) = (16, 16);
    PhotoNetwork::new(&config, 1, &Device::Cpu)
}

fn tuning_config() -> TuningConfig {
    let mut config = TuningConfig::default();
    (config.learning_rate, config.ema) = (0.02, 0.9);
    config
}

fn tuned(budget: Budget, stop: &AtomicBool) -> Result<Tuned> {
    let config = tuning_config();
    tune(&network()?, images(), &config, budget, stop, |_| ())
}

fn weights(network: &PhotoNetwork) -> Result<Vec<Vec<f32>>> {
    let values = network.parameters().into_iter();
    let values = values.map(|(_, value)| Ok(value.flatten_all()?.to_vec1()?));
    values.collect()
}

#[test]
fn a_tuned_network_is_better_and_repeatable() -> Result<()> {
    let run = tuned(Budget::Steps(40), &AtomicBool::new(false))?;
    assert_eq!(run.course.position, 1.0);
    assert!((20..=40).contains(&run.course.step), "{:?}", run.course);
    assert!(run.course.best < 0.9 * run.course.start, "{:?}", run.course);
    let again = tuned(Budget::Steps(40), &AtomicBool::new(false))?;
    assert_eq!(weights(&run.network)?, weights(&again.network)?);
    Ok(())
}

#[test]
fn a_tuning_ends_in_time() -> Result<()> {
    let start = Instant::now();
    let run = tuned(
        Budget::Time(Duration::from_secs(2)),
        &AtomicBool::new(false),
    )?;
    assert_eq!(run.course.position, 1.0);
    assert!(run.course.step > 10);
    assert!(start.elapsed() < Duration::from_secs(20));
    Ok(())
}

#[test]
fn a_stopped_tuning_gives_the_best_network_so_far() -> Result<()> {
    let untouched = tuned(Budget::Steps(40), &AtomicBool::new(true))?;
    assert_eq!(untouched.course.step, 0);
    assert_eq!(weights(&untouched.network)?, weights(&network()?)?);

    let stop = AtomicBool::new(false);
    let config = tuning_config();
    let budget = Budget::Steps(1_000_000);
    let run = tune(&network()?, images(), &config, budget, &stop, |course| {
        stop.store(course.step == 15, Ordering::Relaxed);
    })?;
    assert_eq!(run.course.step, 15);
    assert!(run.course.best < run.course.start, "{:?}", run.course);
    assert_ne!(weights(&run.network)?, weights(&network()?)?);
    Ok(())
}
