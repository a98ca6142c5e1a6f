//! Every network of the paper, for every kind of image, is exact in Python's ONNX Runtime, pixel by pixel with its
//! maps.

use std::path::PathBuf;

use candle_core::{Device, Tensor};
use pxc_export::paper::{model, parity};
use pxc_model::ModelFile;
use pxc_trainer::data::digest::DataDigest;
use pxc_trainer::data::samples::Samples;
use pxc_trainer::paper::checkpoint::PaperCheckpoint;
use pxc_trainer::paper::config::{Family, Scale};
use pxc_trainer::paper::network::PaperNetwork;
use pxc_trainer::paper::presets::Preset;

mod onnxruntime_check;

use onnxruntime_check::check_with_python;

fn network(family: Family, samples: Samples, scale: Option<Scale>) -> PaperNetwork {
    let (width, height) = match scale {
        Some(Scale::Coarse { ratio }) => (7_usize.div_ceil(ratio), 6_usize.div_ceil(ratio)),
        _ => (7, 6),
    };
    let mut config = Preset::find("mnist-row").expect("a preset").network();
    config.name = "random".into();
    (config.family, config.samples, config.scale) = (family, samples, scale);
    (config.width, config.height) = (width, height);
    (config.layers, config.hidden, config.head) = (2, 7, 5);
    config.skip = family == Family::RowLstm;
    config.residual = samples != Samples::Rgb;
    let network = PaperNetwork::new(&config, 11, &Device::Cpu).expect("a network");
    for (name, parameter) in network.parameters() {
        if name.ends_with(".initial") {
            // Values other than 0, which fresh networks have.
            let values = (0..parameter.elem_count()).map(|i| (i * 7 % 19) as f32 / 10.0 - 0.9);
            let values = Tensor::from_iter(values, &Device::Cpu).expect("values");
            let values = values.reshape(parameter.shape()).expect("values");
            parameter.set(&values).expect("initial states");
        }
    }
    network
}

fn checkpoint(network: &PaperNetwork) -> PaperCheckpoint {
    PaperCheckpoint {
        version: 1,
        network: network.config.clone(),
        training: Preset::find("mnist-row").expect("a preset").training(),
        data: DataDigest {
            files: 0,
            pixels: 0,
            digest: String::new(),
        },
        commit: "unknown".into(),
        step: 0,
        minutes: 0.0,
        validation: None,
    }
}

/// Proves a model, writes it to `path` and its parity vectors beside it.
fn write_proven(
    model: &ModelFile,
    network: &PaperNetwork,
    coarse: Option<&PaperNetwork>,
    path: PathBuf,
) -> (PathBuf, PathBuf) {
    let bounds = model.prove().expect("proof");
    assert!(bounds.iter().all(|bound| bound.fraction() < 1.0));
    let bytes = model.to_bytes().expect("bytes");
    assert_eq!(&ModelFile::from_bytes(&bytes).expect("model"), model);

    let vectors = path.with_extension("safetensors");
    std::fs::write(&path, bytes).expect("model file");
    parity::write(network, coarse, &vectors).expect("vectors");
    (path, vectors)
}

#[test]
#[ignore = "needs Python's onnx, onnxruntime, numpy and safetensors"]
fn networks_are_exact_in_onnxruntime() {
    let directory = tempfile::tempdir().expect("directory");
    let mut pairs = Vec::new();
    for family in [Family::PixelCnn, Family::RowLstm, Family::DiagonalBilstm] {
        for samples in [Samples::Bilevel, Samples::Gray, Samples::Rgb] {
            let network = network(family, samples, None);
            let model = model::export(&network, &checkpoint(&network)).expect("export");
            let path = directory
                .path()
                .join(format!("{family:?}-{samples:?}.onnx"));
            pairs.push(write_proven(&model, &network, None, path));
        }
    }
    check_with_python(&pairs);
}

#[test]
#[ignore = "needs Python's onnx, onnxruntime, numpy and safetensors"]
fn networks_of_multi_scale_are_exact_in_onnxruntime() {
    let directory = tempfile::tempdir().expect("directory");
    let mut pairs = Vec::new();
    for family in [Family::PixelCnn, Family::RowLstm, Family::DiagonalBilstm] {
        for (samples, ratio) in [(Samples::Bilevel, 3), (Samples::Gray, 2), (Samples::Rgb, 2)] {
            let network = |scale| network(family, samples, Some(scale));
            let fine = network(Scale::Fine { ratio, maps: 5 });
            let coarse = network(Scale::Coarse { ratio });
            let (of_fine, of_coarse) = (checkpoint(&fine), checkpoint(&coarse));
            let model = model::export_multi_scale(&fine, &of_fine, &coarse, &of_coarse);
            let model = model.expect("export");
            let path = directory
                .path()
                .join(format!("{family:?}-{samples:?}.onnx"));
            pairs.push(write_proven(&model, &fine, Some(&coarse), path));
        }
    }
    check_with_python(&pairs);
}

#[test]
fn networks_that_do_not_fit_together_are_refused() {
    let network = |samples, scale| network(Family::RowLstm, samples, scale);
    let fine = network(Samples::Gray, Some(Scale::Fine { ratio: 2, maps: 5 }));
    let alone = network(Samples::Gray, None);
    let refused = model::export(&fine, &checkpoint(&fine)).unwrap_err();
    assert!(refused.to_string().contains("--coarse"), "{refused}");
    for (fine, coarse) in [
        (&fine, &alone),
        (&fine, &fine),
        (&alone, &alone),
        (
            &fine,
            &network(Samples::Gray, Some(Scale::Coarse { ratio: 3 })),
        ),
        (
            &fine,
            &network(Samples::Rgb, Some(Scale::Coarse { ratio: 2 })),
        ),
    ] {
        let (of_fine, of_coarse) = (checkpoint(fine), checkpoint(coarse));
        let refused = model::export_multi_scale(fine, &of_fine, coarse, &of_coarse);
        let refused = refused.unwrap_err().to_string();
        assert!(refused.starts_with("the coarse network: "), "{refused}");
    }
}
