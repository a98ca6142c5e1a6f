//! The two forms of the operations agree in whole networks and in whole training runs: the fast one of the CPU, and the
//! one composed of Candle's operations, with which a GPU trains.

use candle_core::{Device, Tensor, Var};
use pxc_trainer::Result;
use pxc_trainer::data::crop::Crop;
use pxc_trainer::data::samples::Samples;
use pxc_trainer::kernels::form::Form;
use pxc_trainer::optim::update::Rule;
use pxc_trainer::paper::config::{Family, PaperConfig, Scale};
use pxc_trainer::paper::network::{ImageBatch, PaperNetwork};
use pxc_trainer::paper::presets::Preset;
use pxc_trainer::paper::training::{self as paper, PaperRun};
use pxc_trainer::photo::config::{PhotoConfig, PhotoTrainingConfig, Precision};
use pxc_trainer::photo::features::Examples;
use pxc_trainer::photo::network::PhotoNetwork;
use pxc_trainer::photo::training::{self as photo, PhotoRun};
use pxc_trainer::training::run::RunOptions;

/// The largest difference between the forms, relative to the largest value of a tensor.
const TOLERANCE: f32 = 1e-5;

fn config(family: Family, samples: Samples) -> PaperConfig {
    let mut config = Preset::find("mnist-row").expect("a preset").network();
    config.name = "tiny".into();
    (config.family, config.samples) = (family, samples);
    (config.width, config.height) = (9, 7);
    (config.layers, config.hidden, config.head) = (2, 6, 10);
    config
}

/// Every family, every kind of samples, skip connections, and both networks of Multi-Scale.
fn configs() -> Vec<PaperConfig> {
    let mut configs = vec![
        config(Family::PixelCnn, Samples::Rgb),
        config(Family::PixelCnn, Samples::Bilevel),
        config(Family::RowLstm, Samples::Gray),
        config(Family::DiagonalBilstm, Samples::Rgb),
        config(Family::DiagonalBilstm, Samples::Bilevel),
    ];
    for family in [Family::PixelCnn, Family::RowLstm, Family::DiagonalBilstm] {
        let skip = &mut config(family, Samples::Rgb);
        (skip.skip, skip.residual) = (true, false);
        configs.push(skip.clone());
        let fine = &mut config(family, Samples::Gray);
        fine.scale = Some(Scale::Fine { ratio: 2, maps: 5 });
        configs.push(fine.clone());
    }
    let coarse = &mut config(Family::RowLstm, Samples::Rgb);
    coarse.scale = Some(Scale::Coarse { ratio: 2 });
    configs.push(coarse.clone());
    configs
}

fn images(config: &PaperConfig) -> [Vec<u8>; 2] {
    let levels = config.samples.levels();
    let samples = config.width * config.height * config.channels();
    [3, 5].map(|seed| {
        (0..samples)
            .map(|i| ((i * i * seed / 7 + i) % levels) as u8)
            .collect()
    })
}

fn values(tensor: &Tensor) -> Result<Vec<f32>> {
    Ok(tensor.flatten_all()?.to_vec1()?)
}

fn assert_close(name: &str, found: &[f32], expected: &[f32]) {
    assert_eq!(found.len(), expected.len(), "{name}");
    let largest = expected.iter().fold(0.0_f32, |m, v| m.max(v.abs()));
    assert!(largest > 0.0, "{name} is 0");
    let pairs = found.iter().zip(expected);
    let worst = pairs.fold(0.0_f32, |m, (f, e)| m.max((f - e).abs()));
    assert!(
        worst <= TOLERANCE * largest,
        "{name}: {worst} of {largest} apart"
    );
}

/// What a network calculates: the sum of all code lengths and the gradient of each parameter, by name; and the integer
/// logits of each channel.
struct Calculated {
    reals: Vec<(String, Vec<f32>)>,
    integers: Vec<Vec<u8>>,
}

impl Calculated {
    fn new(
        lengths: &[Tensor],
        parameters: &[(String, &Var)],
        integers: &[Tensor],
    ) -> Result<Calculated> {
        let integers = integers.iter();
        let integers = integers.map(|map| map.flatten_all()?.to_vec1::<u8>());
        Ok(Calculated {
            reals: loss_and_gradients(lengths, parameters)?,
            integers: integers.collect::<std::result::Result<_, _>>()?,
        })
    }
}

/// Compares the composed form on `device` with the fast one on the CPU.
fn assert_agree(
    name: &str,
    device: &Device,
    run: impl Fn(Form, &Device) -> Result<Calculated>,
) -> Result<()> {
    let (expected, found) = (
        run(Form::Fused, &Device::Cpu)?,
        run(Form::Composed, device)?,
    );
    for ((part, expected), (_, found)) in expected.reals.iter().zip(&found.reals) {
        assert_close(&format!("{name}: {part}"), found, expected);
    }
    assert_eq!(found.integers, expected.integers, "{name}");
    Ok(())
}

fn loss_and_gradients(
    lengths: &[Tensor],
    parameters: &[(String, &Var)],
) -> Result<Vec<(String, Vec<f32>)>> {
    let mut total = lengths[0].sum_all()?;
    for length in &lengths[1..] {
        total = (total + length.sum_all()?)?;
    }
    let store = total.backward()?;
    let mut all = vec![("loss".to_owned(), values(&total)?)];
    for (name, parameter) in parameters {
        all.push((
            name.clone(),
            values(store.get(parameter).expect("a gradient"))?,
        ));
    }
    Ok(all)
}

#[test]
fn paper_networks_have_equal_losses_gradients_and_integers() -> Result<()> {
    paper_networks_agree(&Device::Cpu)
}

fn paper_networks_agree(device: &Device) -> Result<()> {
    for config in configs() {
        assert_agree(&format!("{config:?}"), device, |form, device| {
            let network = PaperNetwork::new(&config, 7, device)?.with_form(form);
            let images = images(&config);
            let images = [images[0].as_slice(), images[1].as_slice()];
            let batch = ImageBatch::new(&config, &images, device)?;
            let lengths = network.code_lengths(&batch)?;
            let integers = network.integer_logits(&batch, &network.rounded()?)?;
            Calculated::new(&[lengths], &network.parameters(), &integers)
        })?;
    }
    Ok(())
}

/// A photo network whose weights are all other than 0.
fn photo_network(trunk: Precision, device: &Device) -> Result<PhotoNetwork> {
    let mut config = PhotoConfig::photo(3);
    (config.width, config.head_width, config.basis) = (23, 18, 17);
    (config.blocks, config.reach, config.trunk) = (2, 2, trunk);
    let network = PhotoNetwork::new(&config, 1, device)?;
    for (seed, (name, var)) in network.parameters().into_iter().enumerate() {
        let scale = if name.ends_with("weight") { 0.3 } else { 1.0 };
        let centre = if name.ends_with(".basis.bias") {
            8.0
        } else {
            0.0
        };
        let values = (0..var.elem_count())
            .map(|i| centre + (((i + seed * 977) * 7919 % 1009) as f32 / 504.5 - 1.0) * scale);
        let values = Tensor::from_vec(values.collect::<Vec<_>>(), var.shape(), device)?;
        var.set(&values)?;
    }
    Ok(network)
}

#[test]
fn photo_networks_have_equal_losses_gradients_and_integers() -> Result<()> {
    photo_networks_agree(&Device::Cpu)
}

#[cfg(feature = "cuda")]
#[test]
#[ignore = "needs an NVIDIA GPU; trainer/gpu_check runs it"]
fn networks_have_equal_losses_gradients_and_integers_on_a_gpu() -> Result<()> {
    let device = Device::new_cuda(0)?;
    paper_networks_agree(&device)?;
    photo_networks_agree(&device)
}

fn photo_networks_agree(device: &Device) -> Result<()> {
    for (trunk, rounds) in [
        (Precision::Wide, false),
        (Precision::Wide, true),
        (Precision::Int8, true),
    ] {
        assert_agree(&format!("{trunk:?}, {rounds}"), device, |form, device| {
            let network = photo_network(trunk, device)?.with_form(form);
            let samples = (0..17 * 9 * 3).map(|i| (i * i / 7 % 251) as u8).collect();
            let crop = Crop {
                width: 17,
                height: 9,
                channels: 3,
                samples,
                margin: 0,
                top: 0,
            };
            let mut examples = Examples::new(3);
            examples.push_crop(&crop, &network.config, &network.config.taps());
            let batch = network.batch(&examples)?;
            let rounded = network.rounded()?;
            let lengths = network.code_lengths(&batch, rounds.then_some(&rounded))?;
            let integers = network.integer_logits(&batch, &rounded)?;
            Calculated::new(&lengths, &network.parameters(), &integers)
        })?;
    }
    Ok(())
}

/// Two code lengths after some steps of training, of which rounding may have changed a little.
fn assert_same_training(name: &str, found: f64, expected: f64, untrained: f64) {
    assert!(expected < 0.995 * untrained, "{name} learns: {expected}");
    assert!(
        (found - expected).abs() < 1e-4 * expected,
        "{name}: {found} {expected}"
    );
}

#[test]
fn runs_of_the_paper_take_equal_steps() -> Result<()> {
    let folder = tempfile::tempdir().expect("a folder");
    let sheet = folder.path().join("sheet.png");
    let square = |x, y| if x / 9 % 2 == y / 7 % 2 { 40 } else { 41 };
    let image = image::GrayImage::from_fn(36, 28, |x, y| image::Luma([square(x, y)]));
    image.save(&sheet).expect("a sheet");
    for family in [Family::PixelCnn, Family::RowLstm, Family::DiagonalBilstm] {
        let length = |form| {
            let mut training = Preset::find("mnist-row").expect("a preset").training();
            (training.steps, training.batch, training.learning_rate) = (24, 3, 0.06);
            (training.ema, training.rule) = (0.0, Rule::AdamW);
            let options = RunOptions::new(folder.path().join(format!("{family:?}-{form:?}")));
            let (data, network) = (sheet.clone(), config(family, Samples::Gray));
            let options = options.with_form(form);
            let run = PaperRun::new(network, training, data.clone(), data, options);
            paper::train(&run, &Device::Cpu)
        };
        let (expected, found) = (length(Form::Fused)?, length(Form::Composed)?);
        let name = format!("{family:?}");
        let (found, expected) = (found.bits_per_dimension(), expected.bits_per_dimension());
        assert_same_training(&name, found, expected, 8.0);
    }
    Ok(())
}

#[test]
fn runs_on_photos_take_equal_steps() -> Result<()> {
    let folder = tempfile::tempdir().expect("a folder");
    let photos = folder.path().join("photos");
    std::fs::create_dir(&photos).expect("a folder");
    let wave = |x: u32, y: u32| (x * 3 + y * y / 7) as u8 % 97;
    let photo = image::RgbImage::from_fn(60, 50, |x, y| {
        image::Rgb([wave(x, y), wave(x, y) / 2 + 40, 200 - wave(x, y)])
    });
    photo.save(photos.join("waves.png")).expect("a photo");
    let length = |form| {
        let mut network = PhotoConfig::photo(3);
        (network.width, network.blocks, network.reach) = (20, 1, 2);
        (network.head_width, network.basis) = (16, 16);
        let training = serde_json::json!({
            "seed": 1, "steps": 6, "integer_steps": 3, "batch": 6, "crop": 40, "rule": "muon",
            "learning_rate": 0.02, "weight_decay": 1e-4, "ema": 0.9, "clip_norm": 1.0,
        });
        let training: PhotoTrainingConfig = serde_json::from_value(training).expect("a training");
        let options = RunOptions::new(folder.path().join(format!("{form:?}"))).with_form(form);
        let run = PhotoRun::new(network, training, photos.clone(), photos.clone(), options);
        photo::train(&run, &Device::Cpu)
    };
    let (expected, found) = (length(Form::Fused)?, length(Form::Composed)?);
    let (found, expected) = (found.per_sub_pixel(), expected.per_sub_pixel());
    assert_same_training("photo", found, expected, 8.0);
    Ok(())
}
