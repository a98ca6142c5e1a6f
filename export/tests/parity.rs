//! Trains on images and exports a model, for which Python's ONNX Runtime computes exactly the trainer's logits.

use std::path::Path;

use candle_core::Device;
use image::{Rgb, RgbImage};
use pxc_export::photo::model::export;
use pxc_export::photo::parity;
use pxc_model::ModelFile;
use pxc_trainer::photo::checkpoint;
use pxc_trainer::photo::config::{PhotoConfig, PhotoTrainingConfig, Precision};
use pxc_trainer::photo::training::{PhotoRun, train, train_until};
use pxc_trainer::training::run::RunOptions;

mod onnxruntime_check;

use onnxruntime_check::check_with_python;

fn write_images(directory: &Path) {
    std::fs::create_dir_all(directory).expect("directory");
    for index in 0..3_u32 {
        let image = RgbImage::from_fn(40, 40, |x, y| {
            let shade = (x * (3 + index) + y * 2 + (x * y + index) % 7) as u8;
            Rgb([shade, shade.wrapping_add(20), (x * y / 4) as u8])
        });
        image
            .save(directory.join(format!("{index}.png")))
            .expect("image");
    }
}

fn run(directory: &Path, trunk: Precision, channels: usize, steps: usize) -> PhotoRun {
    let mut network = PhotoConfig::photo(channels);
    (network.width, network.blocks, network.reach) = (8, 1, 2);
    (network.head_width, network.basis) = (8, 16);
    network.trunk = trunk;
    let mut training = PhotoTrainingConfig::new(steps);
    training.integer_steps = steps / 2;
    (training.batch, training.crop, training.ema) = (2, 16, 0.9);
    let images = directory.join("images");
    let options = RunOptions::new(directory.join("checkpoint")).with_report_every(5);
    PhotoRun::new(network, training, images.clone(), images, options)
}

#[test]
#[ignore = "needs Python's onnx, onnxruntime, numpy and safetensors"]
fn a_trained_network_is_exact_in_onnxruntime() {
    for (trunk, channels) in [
        (Precision::Wide, 3),
        (Precision::Int8, 3),
        (Precision::Wide, 1),
    ] {
        let directory = tempfile::tempdir().expect("directory");
        write_images(&directory.path().join("images"));
        let run = run(directory.path(), trunk, channels, 20);
        train(&run, &Device::Cpu).expect("training");

        let (network, config) =
            checkpoint::load(&run.options.out, &Device::Cpu).expect("checkpoint");
        let model = export(&network, &config).expect("export");
        assert!(
            model
                .prove()
                .expect("proof")
                .iter()
                .all(|bound| bound.fraction() < 1.0)
        );
        let bytes = model.to_bytes().expect("bytes");
        assert_eq!(ModelFile::from_bytes(&bytes).expect("model"), model);

        let (path, vectors) = (
            directory.path().join("model.onnx"),
            directory.path().join("vectors.safetensors"),
        );
        std::fs::write(&path, bytes).expect("model file");
        parity::write(&network, &vectors).expect("vectors");
        check_with_python(&[(path, vectors)]);
    }
}

#[test]
fn a_resumed_run_ends_where_an_uninterrupted_one_does() {
    let directory = tempfile::tempdir().expect("directory");
    write_images(&directory.path().join("images"));
    let whole = run(directory.path(), Precision::Wide, 3, 10);
    let expected = train(&whole, &Device::Cpu).expect("training").bits;

    // An interruption after step 5 leaves its checkpoint behind.
    let mut interrupted = run(directory.path(), Precision::Wide, 3, 10);
    interrupted.options.out = directory.path().join("interrupted");
    train_until(&interrupted, &Device::Cpu, 5).expect("training");
    let resumed = train(&interrupted, &Device::Cpu).expect("training");
    assert_eq!(resumed.bits.to_bits(), expected.to_bits());
}

#[test]
#[ignore = "needs Python's onnx, onnxruntime, numpy and safetensors"]
fn fixture_models_are_exact_in_onnxruntime() {
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/models");
    let families = ["pixelcnn", "row", "diagonal"];
    let paper = families.iter().flat_map(|family| {
        ["bilevel", "gray", "rgb"].map(|samples| format!("tiny-{family}-{samples}"))
    });
    let photo = ["tiny-rgb", "tiny-gray", "tiny-int8"].map(str::to_owned);
    let pairs: Vec<_> = photo
        .into_iter()
        .chain(paper)
        .map(|name| {
            (
                models.join(format!("{name}.onnx")),
                models.join(format!("{name}.safetensors")),
            )
        })
        .collect();
    assert!(
        pairs
            .iter()
            .all(|(model, vectors)| model.exists() && vectors.exists())
    );
    check_with_python(&pairs);
}
