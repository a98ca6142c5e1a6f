//! The paper's networks learn, resume where they were interrupted, and are read back unchanged.

use std::path::Path;

use candle_core::Device;
use pxc_trainer::Result;
use pxc_trainer::data::image_sets::ImageSet;
use pxc_trainer::data::samples::Samples;
use pxc_trainer::kernels::lstm::arithmetic::Arithmetic;
use pxc_trainer::paper::checkpoint::load;
use pxc_trainer::paper::config::{Family, PaperConfig, Scale};
use pxc_trainer::paper::evaluation::measure;
use pxc_trainer::paper::presets::{PRESETS, Preset};
use pxc_trainer::paper::sampling::draw;
use pxc_trainer::paper::training::{PaperRun, train, train_until};
use pxc_trainer::training::run::RunOptions;

const SIDE: usize = 8;

fn config(family: Family, samples: Samples) -> PaperConfig {
    let mut config = Preset::find("mnist-row").expect("a preset").network();
    config.name = "tiny".into();
    (config.family, config.samples) = (family, samples);
    (config.width, config.height) = (SIDE, SIDE);
    (config.layers, config.hidden, config.head) = (1, 6, 6);
    config
}

/// A sheet of 8×8 images, each with a bright square somewhere on a dark ground.
fn write_sheet(path: &Path) {
    let side = 8 * SIDE;
    let sheet = image::GrayImage::from_fn(side as u32, side as u32, |x, y| {
        let (x, y) = (x as usize, y as usize);
        let tile = y / SIDE * 8 + x / SIDE;
        let (left, top) = (tile % 4, tile / 4 % 4);
        let bright = (left..left + 4).contains(&(x % SIDE)) && (top..top + 4).contains(&(y % SIDE));
        image::Luma([if bright { 200 } else { 30 }])
    });
    sheet.save(path).expect("a sheet");
}

fn run(folder: &Path, out: &str, network: PaperConfig, steps: usize) -> PaperRun {
    let mut training = Preset::find("mnist-row").expect("a preset").training();
    training.steps = steps;
    training.batch = 8;
    training.learning_rate = 5e-3;
    let sheet = folder.join("sheet.png");
    let options = RunOptions::new(folder.join(out)).with_report_every(20.max(steps / 3));
    let mut run = PaperRun::new(network, training, sheet.clone(), sheet, options);
    run.valid_images = 64;
    run
}

#[test]
fn every_family_learns_squares() -> Result<()> {
    let folder = tempfile::tempdir().expect("a folder");
    write_sheet(&folder.path().join("sheet.png"));
    for (family, samples) in [
        (Family::PixelCnn, Samples::Bilevel),
        (Family::RowLstm, Samples::Bilevel),
        (Family::DiagonalBilstm, Samples::Bilevel),
        (Family::PixelCnn, Samples::Gray),
        (Family::DiagonalBilstm, Samples::Rgb),
    ] {
        let name = format!("{family:?}-{samples:?}");
        let run = run(folder.path(), &name, config(family, samples), 300);
        let measured = train(&run, &Device::Cpu)?;
        let untrained = (samples.levels() as f64).log2();
        let found = measured.bits_per_dimension();
        assert!(
            found < 0.8 * untrained,
            "{name}: {found} bits per dimension"
        );

        let (network, checkpoint) = load(&run.options.out, &Device::Cpu)?;
        assert_eq!(checkpoint.step, 300);
        let images = ImageSet::read(&run.valid, &network.config.image_shape())?;
        let again = measure(&network, &images, Arithmetic::Integer, |_| ())?;
        assert_eq!(again.bits, measured.bits, "{name}");
        let real = measure(&network, &images, Arithmetic::Real, |_| ())?;
        let gap = (again.nats_per_image() - real.nats_per_image()).abs();
        assert!(gap < 0.01 * real.nats_per_image(), "{name}: {gap} nats");
    }
    Ok(())
}

/// The presets that nobody has trained yet: with narrow layers, so that ten steps take seconds.
#[test]
fn presets_for_imagenet_take_ten_steps() -> Result<()> {
    let folder = tempfile::tempdir().expect("a folder");
    let sheet = folder.path().join("sheet.png");
    let image = image::RgbImage::from_fn(128, 64, |x, y| {
        image::Rgb([(x * 3) as u8, (y * 5) as u8, (x * y / 16) as u8])
    });
    image.save(&sheet).expect("a sheet");
    for preset in PRESETS.iter().filter(|p| p.name.contains("imagenet")) {
        let (mut network, mut training) = (preset.network(), preset.training());
        (network.hidden, network.head) = (6, 9);
        (training.steps, training.batch) = (10, 2);
        let options = RunOptions::new(folder.path().join(preset.name));
        let run = PaperRun::new(network, training, sheet.clone(), sheet.clone(), options);
        let bits = train(&run, &Device::Cpu)?.bits_per_dimension();
        assert!(bits < 8.1, "{}: {bits} bits per dimension", preset.name);
        let (_, checkpoint) = load(&run.options.out, &Device::Cpu)?;
        assert_eq!(checkpoint.step, 10, "{}", preset.name);
    }
    Ok(())
}

#[test]
fn an_interrupted_run_goes_on() -> Result<()> {
    let folder = tempfile::tempdir().expect("a folder");
    write_sheet(&folder.path().join("sheet.png"));
    let network = config(Family::RowLstm, Samples::Bilevel);
    let whole = train(
        &run(folder.path(), "whole", network.clone(), 40),
        &Device::Cpu,
    )?;
    let parted = run(folder.path(), "parted", network, 40);
    train_until(&parted, &Device::Cpu, 20)?;
    let (_, half) = load(&parted.options.out, &Device::Cpu)?;
    assert_eq!(half.step, 20);
    let resumed = train(&parted, &Device::Cpu)?;
    assert_eq!(resumed.bits, whole.bits);
    let lines = std::fs::read_to_string(parted.options.out.join("log.tsv")).expect("a log");
    assert_eq!(lines.lines().count(), 3, "a heading and two reports");
    Ok(())
}

#[test]
fn further_blocks_begin_as_identities() -> Result<()> {
    let folder = tempfile::tempdir().expect("a folder");
    write_sheet(&folder.path().join("sheet.png"));
    for family in [Family::PixelCnn, Family::DiagonalBilstm] {
        let small = config(family, Samples::Gray);
        let name = format!("{family:?}");
        let trained = train(&run(folder.path(), &name, small.clone(), 30), &Device::Cpu)?;
        let deep = |layers, hidden| {
            let mut network = small.clone();
            network.name = "deep".into();
            (network.layers, network.hidden) = (layers, hidden);
            let mut run = run(folder.path(), &format!("{name}-{layers}"), network, 1);
            run.training.learning_rate = 0.0;
            run.options.initial = Some(folder.path().join(&name));
            train(&run, &Device::Cpu)
        };
        assert_eq!(deep(3, small.hidden)?.bits, trained.bits, "{name}");
        let error = deep(4, small.hidden + 1).expect_err("another width");
        assert!(error.to_string().contains("hidden: 7"), "{error}");
    }
    Ok(())
}

#[test]
fn the_number_of_threads_changes_no_bit() -> Result<()> {
    let folder = tempfile::tempdir().expect("a folder");
    write_sheet(&folder.path().join("sheet.png"));
    let with = |threads: usize| {
        let network = config(Family::PixelCnn, Samples::Gray);
        let run = run(folder.path(), &threads.to_string(), network, 10);
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        pool.expect("threads").install(|| train(&run, &Device::Cpu))
    };
    assert_eq!(with(1)?.bits, with(3)?.bits);
    Ok(())
}

#[test]
fn drawn_images_keep_what_is_known_and_follow_the_seed() -> Result<()> {
    let folder = tempfile::tempdir().expect("a folder");
    write_sheet(&folder.path().join("sheet.png"));
    let run = run(
        folder.path(),
        "drawn",
        config(Family::PixelCnn, Samples::Bilevel),
        60,
    );
    train(&run, &Device::Cpu)?;
    let (network, _) = load(&run.options.out, &Device::Cpu)?;
    let images = ImageSet::read(&run.data, &network.config.image_shape())?;
    let known = 4 * SIDE;
    let drawn = |seed| {
        let mut drawn: Vec<Vec<u8>> = (0..8).map(|i| images.get(i).to_vec()).collect();
        let mut pixels = 0;
        draw(&network, &mut drawn, 4, seed, || pixels += 1)?;
        assert_eq!(pixels, 4 * SIDE);
        Ok::<_, pxc_trainer::Error>(drawn)
    };
    let (one, same, other) = (drawn(1)?, drawn(1)?, drawn(2)?);
    for (index, image) in one.iter().enumerate() {
        assert_eq!(image[..known], images.get(index)[..known]);
        assert!(image.iter().all(|&sample| sample < 2));
    }
    assert_eq!(one, same);
    assert_ne!(one, other);
    Ok(())
}

#[test]
fn multi_scale_learns_and_draws_what_is_left() -> Result<()> {
    let folder = tempfile::tempdir().expect("a folder");
    write_sheet(&folder.path().join("sheet.png"));
    let ratio = 2;
    let mut coarse = config(Family::RowLstm, Samples::Bilevel);
    (coarse.width, coarse.height) = (SIDE / ratio, SIDE / ratio);
    coarse.scale = Some(Scale::Coarse { ratio });
    let mut fine = config(Family::RowLstm, Samples::Bilevel);
    fine.scale = Some(Scale::Fine { ratio, maps: 6 });
    let coarse = run(folder.path(), "coarse", coarse, 300);
    let fine = run(folder.path(), "fine", fine, 300);
    let few = train(&coarse, &Device::Cpu)?;
    let rest = train(&fine, &Device::Cpu)?;
    assert_eq!(few.dimensions, 64 * SIDE * SIDE / 4);
    assert_eq!(few.dimensions + rest.dimensions, 64 * SIDE * SIDE);

    let (few, rest) = (few.bits_per_dimension(), rest.bits_per_dimension());
    assert!(
        few < 0.8 && rest < 0.5,
        "{few} and {rest} bits per dimension"
    );

    let (network, _) = load(&fine.options.out, &Device::Cpu)?;
    let images = ImageSet::read(&fine.data, &network.config.image_shape())?;
    let mut drawn = vec![images.get(9).to_vec(); 3];
    draw(&network, &mut drawn, 0, 1, || ())?;
    for (index, sample) in drawn.iter().flat_map(|image| image.iter().enumerate()) {
        let (y, x) = (index / SIDE, index % SIDE);
        assert!(*sample < 2);
        if y % ratio == 0 && x % ratio == 0 {
            assert_eq!(*sample, images.get(9)[index], "a known pixel changed");
        }
    }
    Ok(())
}
