//! Trains a small photo network: a run gives the same result with any number of threads and after an interruption.

use std::path::Path;
use std::sync::atomic::Ordering;

use candle_core::Device;
use image::{Rgb, RgbImage};
use pxc_trainer::Result;
use pxc_trainer::photo::config::{PhotoConfig, PhotoTrainingConfig};
use pxc_trainer::photo::training::{PhotoRun, train, train_until};
use pxc_trainer::training::run::RunOptions;

/// Two photos of waves.
fn write_photos(folder: &Path) {
    for seed in 0..2_u32 {
        let photo = RgbImage::from_fn(60, 50, |x, y| {
            let wave = ((x * (3 + seed) + y * y / 7) % 97) as u8;
            Rgb([wave, wave / 2 + 40, 200 - wave])
        });
        let path = folder.join(format!("{seed}.png"));
        photo.save(path).expect("a photo");
    }
}

/// Six parts a step, the last half of the steps with rounding.
fn run(folder: &Path, out: &str, rule: &str) -> PhotoRun {
    let mut network = PhotoConfig::photo(3);
    (network.width, network.blocks, network.reach) = (20, 1, 2);
    (network.head_width, network.basis) = (16, 16);
    let training = serde_json::json!({
        "seed": 1, "steps": 12, "integer_steps": 6, "batch": 6, "crop": 40, "rule": rule,
        "learning_rate": 0.02, "weight_decay": 1e-4, "ema": 0.9, "clip_norm": 1.0,
    });
    let training: PhotoTrainingConfig = serde_json::from_value(training).expect("a training");
    let photos = folder.join("photos");
    let options = RunOptions::new(folder.join(out)).with_report_every(1);
    PhotoRun::new(network, training, photos.clone(), photos, options)
}

/// The results of a run: all weights, and the log without the minutes.
fn left(out: &Path) -> (Vec<u8>, Vec<Vec<String>>) {
    let weights = std::fs::read(out.join("weights.safetensors")).expect("weights");
    let log = std::fs::read_to_string(out.join("log.tsv")).expect("a log");
    let columns = |line: &str| {
        let columns = line.split('\t').enumerate();
        columns
            .filter(|(index, _)| *index != 1)
            .map(|(_, column)| column.to_owned())
            .collect()
    };
    (weights, log.lines().map(columns).collect())
}

#[test]
fn the_number_of_threads_changes_no_bit() -> Result<()> {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("photos")).expect("a folder");
    write_photos(&folder.path().join("photos"));
    for rule in ["adam-w", "muon"] {
        let with_threads = |threads: usize| -> Result<_> {
            let run = run(folder.path(), &format!("{rule}-{threads}"), rule);
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
            let length = pool
                .expect("threads")
                .install(|| train(&run, &Device::Cpu))?;
            Ok((left(&run.options.out), length.bits.to_bits()))
        };
        let alone = with_threads(1)?;
        let losses: Vec<_> = alone.0.1.iter().map(|columns| &columns[4]).collect();
        assert_eq!(losses.len(), 13, "a heading and twelve reports");
        assert_ne!(losses[1], losses[12], "the run learns");
        for threads in [2, 3, 7] {
            assert!(with_threads(threads)? == alone, "{rule}, {threads} threads");
        }
    }
    Ok(())
}

#[test]
fn an_interrupted_run_goes_on() -> Result<()> {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("photos")).expect("a folder");
    write_photos(&folder.path().join("photos"));
    let whole = run(folder.path(), "whole", "adam-w");
    train(&whole, &Device::Cpu)?;
    let parted = run(folder.path(), "parted", "adam-w");
    train_until(&parted, &Device::Cpu, 5)?;
    train(&parted, &Device::Cpu)?;
    assert!(left(&whole.options.out).0 == left(&parted.options.out).0);
    Ok(())
}

#[test]
fn a_run_that_is_stopped_leaves_a_checkpoint() -> Result<()> {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("photos")).expect("a folder");
    write_photos(&folder.path().join("photos"));
    std::fs::write(folder.path().join("photos/damaged.png"), b"no image").expect("a file");
    let whole = run(folder.path(), "whole", "adam-w");
    train(&whole, &Device::Cpu)?;

    // It is asked to stop in its first step, long before its first report.
    let mut stopped = run(folder.path(), "stopped", "adam-w");
    stopped.options = stopped.options.with_report_every(1000);
    stopped.options.stop.store(true, Ordering::Relaxed);
    train(&stopped, &Device::Cpu)?;
    let (_, log) = left(&stopped.options.out);
    assert_eq!(log.len(), 2, "a heading and a report");
    assert_eq!(log[1][0], "1");

    stopped.options.stop.store(false, Ordering::Relaxed);
    train(&stopped, &Device::Cpu)?;
    assert!(left(&whole.options.out).0 == left(&stopped.options.out).0);
    Ok(())
}

#[test]
fn fewer_blocks_than_the_initial_network_are_refused() -> Result<()> {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("photos")).expect("a folder");
    write_photos(&folder.path().join("photos"));
    let first = run(folder.path(), "first", "adam-w");
    train_until(&first, &Device::Cpu, 1)?;
    let mut second = run(folder.path(), "second", "adam-w");
    second.network.blocks = 0;
    second.options = second.options.with_initial(Some(first.options.out));
    let error = train(&second, &Device::Cpu).expect_err("a block would be lost");
    assert!(error.to_string().contains("--blocks"), "{error}");
    Ok(())
}
