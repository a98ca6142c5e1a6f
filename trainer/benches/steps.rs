//! Steps per second of every preset of the paper, and of training on photos, with random images:
//! `cargo bench -p pxc-trainer --bench steps -- [cpu|cuda] [seconds for each]`.

use std::time::{Duration, Instant};

use candle_core::{Device, Var};
use pxc_trainer::Result;
use pxc_trainer::data::crop::Crop;
use pxc_trainer::kernels::form::Form;
use pxc_trainer::paper::config::PaperConfig;
use pxc_trainer::paper::network::{ImageBatch, PaperNetwork};
use pxc_trainer::paper::presets::PRESETS;
use pxc_trainer::photo::config::PhotoConfig;
use pxc_trainer::photo::features::Examples;
use pxc_trainer::photo::network::PhotoNetwork;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().filter(|a| a != "--bench").collect();
    let device = match arguments.get(1).map(String::as_str) {
        None | Some("cpu") => Device::Cpu,
        Some("cuda") => Device::new_cuda(0)?,
        Some(other) => panic!("expected cpu or cuda, found {other}"),
    };
    let seconds = arguments.get(2).and_then(|s| s.parse().ok()).unwrap_or(2.0);
    let limit = Duration::from_secs_f64(seconds);
    println!("{:<30} steps per second, batch", "network");
    for preset in PRESETS {
        let (network, batch) = (preset.network(), preset.training().batch);
        let rate = per_second(limit, || paper_step(&network, batch, &device))?;
        println!("{:<30} {rate:.3}, {batch}", preset.name);
    }
    for channels in [1, 3] {
        let config = PhotoConfig::photo(channels);
        let rate = per_second(limit, || photo_step(&config, &device))?;
        let pixels = rate * (PHOTO_CROPS * PHOTO_SIDE.pow(2)) as f64;
        println!("photo, {channels} channels: {rate:.3} ({pixels:.0} pixels per second)");
    }
    Ok(())
}

/// Runs steps for about `limit`; the first one, which makes what all need, is not counted.
fn per_second<S>(limit: Duration, prepare: impl FnOnce() -> Result<S>) -> Result<f64>
where
    S: FnMut() -> Result<()>,
{
    let mut step = prepare()?;
    step()?;
    let (start, mut steps) = (Instant::now(), 0);
    while start.elapsed() < limit {
        step()?;
        steps += 1;
    }
    Ok(f64::from(steps) / start.elapsed().as_secs_f64())
}

/// The gradients of a batch of images, in the composed form all at once, in the fast form image by image.
fn paper_step(
    config: &PaperConfig,
    images: usize,
    device: &Device,
) -> Result<impl FnMut() -> Result<()> + use<>> {
    let network = PaperNetwork::new(config, 1, device)?;
    let size = config.width * config.height * config.channels();
    let levels = config.samples.levels();
    let image: Vec<u8> = (0..size).map(|i| (i * i / 7 % levels) as u8).collect();
    let part = match Form::of(device) {
        Form::Fused => 1,
        Form::Composed => images,
    };
    let batch = ImageBatch::new(config, &vec![image.as_slice(); part], device)?;
    Ok(move || {
        for _ in 0..images / part {
            let store = network.code_lengths(&batch)?.mean_all()?.backward()?;
            finish(&store, &network.parameters())?;
        }
        Ok(())
    })
}

const PHOTO_CROPS: usize = 16;
const PHOTO_SIDE: usize = 32;

/// The gradients of a batch of crops, composed of Candle's operations.
fn photo_step(config: &PhotoConfig, device: &Device) -> Result<impl FnMut() -> Result<()> + use<>> {
    let network = PhotoNetwork::new(config, 1, device)?.with_form(Form::Composed);
    let channels = config.channels();
    let mut examples = Examples::new(channels);
    for seed in 0..PHOTO_CROPS {
        let samples = 0..PHOTO_SIDE.pow(2) * channels;
        let crop = Crop {
            width: PHOTO_SIDE,
            height: PHOTO_SIDE,
            channels,
            samples: samples.map(|i| (i * i / 7 + seed) as u8).collect(),
            margin: 0,
            top: 0,
        };
        examples.push_crop(&crop, config, &config.taps());
    }
    let batch = network.batch(&examples)?;
    Ok(move || {
        let lengths = network.code_lengths(&batch, None)?;
        let mut total = lengths[0].mean_all()?;
        for length in &lengths[1..] {
            total = (total + length.mean_all()?)?;
        }
        finish(&total.backward()?, &network.parameters())
    })
}

/// Waits for the last gradient.
fn finish(store: &candle_core::backprop::GradStore, parameters: &[(String, &Var)]) -> Result<()> {
    if let Some(gradient) = store.get(parameters[0].1) {
        gradient.sum_all()?.to_scalar::<f32>()?;
    }
    Ok(())
}
