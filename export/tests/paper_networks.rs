//! Every network of the paper, for every kind of image, is exact in Python's ONNX Runtime, pixel by pixel with its maps.

use std::path::PathBuf;

use candle_core::{Device, Tensor};
use pxc_export::{paper_model, paper_parity};
use pxc_model::ModelFile;
use pxc_trainer::dataset::DataDigest;
use pxc_trainer::systems::presets::Preset;
use pxc_trainer::systems::system::System;
use pxc_trainer::systems::system_config::{Family, Samples, Scale, SystemConfig};
use pxc_trainer::systems::system_training::SystemCheckpoint;

mod onnxruntime_check;

use onnxruntime_check::check_with_python;

fn system(family: Family, samples: Samples, scale: Option<Scale>) -> System {
    let (width, height) = match scale {
        Some(Scale::Coarse { ratio }) => (7_usize.div_ceil(ratio), 6_usize.div_ceil(ratio)),
        _ => (7, 6),
    };
    let config = SystemConfig {
        name: "random".into(),
        family,
        samples,
        width,
        height,
        layers: 2,
        hidden: 7,
        head: 5,
        skip: family == Family::RowLstm,
        scale,
    };
    let system = System::new(&config, 11, &Device::Cpu).expect("a network");
    for (name, parameter) in system.parameters() {
        if name.ends_with(".initial") {
            let values = Tensor::rand(-0.9_f32, 0.9, parameter.shape(), &Device::Cpu);
            parameter
                .set(&values.expect("values"))
                .expect("initial states");
        }
    }
    system
}

fn checkpoint(system: &System) -> SystemCheckpoint {
    SystemCheckpoint {
        version: 1,
        system: system.config.clone(),
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
    system: &System,
    coarse: Option<&System>,
    path: PathBuf,
) -> (PathBuf, PathBuf) {
    let bounds = model.prove().expect("proof");
    assert!(bounds.iter().all(|bound| bound.fraction() < 1.0));
    let bytes = model.to_bytes().expect("bytes");
    assert_eq!(&ModelFile::from_bytes(&bytes).expect("model"), model);

    let vectors = path.with_extension("safetensors");
    std::fs::write(&path, bytes).expect("model file");
    paper_parity::write(system, coarse, &vectors).expect("vectors");
    (path, vectors)
}

#[test]
fn networks_are_exact_in_onnxruntime() {
    let directory = tempfile::tempdir().expect("directory");
    let mut pairs = Vec::new();
    for family in [Family::PixelCnn, Family::RowLstm, Family::DiagonalBilstm] {
        for samples in [Samples::Bilevel, Samples::Gray, Samples::Rgb] {
            let system = system(family, samples, None);
            let model = paper_model::export(&system, &checkpoint(&system)).expect("export");
            let path = directory
                .path()
                .join(format!("{family:?}-{samples:?}.onnx"));
            pairs.push(write_proven(&model, &system, None, path));
        }
    }
    check_with_python(&pairs);
}

#[test]
fn networks_of_multi_scale_are_exact_in_onnxruntime() {
    let directory = tempfile::tempdir().expect("directory");
    let mut pairs = Vec::new();
    for family in [Family::PixelCnn, Family::RowLstm, Family::DiagonalBilstm] {
        for (samples, ratio) in [(Samples::Bilevel, 3), (Samples::Gray, 2), (Samples::Rgb, 2)] {
            let system = |scale| system(family, samples, Some(scale));
            let fine = system(Scale::Fine { ratio, maps: 5 });
            let coarse = system(Scale::Coarse { ratio });
            let (of_fine, of_coarse) = (checkpoint(&fine), checkpoint(&coarse));
            let model = paper_model::export_multi_scale(&fine, &of_fine, &coarse, &of_coarse);
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
fn networks_that_do_not_belong_together_are_refused() {
    let system = |samples, scale| system(Family::RowLstm, samples, scale);
    let fine = system(Samples::Gray, Some(Scale::Fine { ratio: 2, maps: 5 }));
    let alone = system(Samples::Gray, None);
    let refused = paper_model::export(&fine, &checkpoint(&fine)).unwrap_err();
    assert!(refused.to_string().contains("--coarse"), "{refused}");
    for (fine, coarse) in [
        (&fine, &alone),
        (&fine, &fine),
        (&alone, &alone),
        (
            &fine,
            &system(Samples::Gray, Some(Scale::Coarse { ratio: 3 })),
        ),
        (
            &fine,
            &system(Samples::Rgb, Some(Scale::Coarse { ratio: 2 })),
        ),
    ] {
        let (of_fine, of_coarse) = (checkpoint(fine), checkpoint(coarse));
        let refused = paper_model::export_multi_scale(fine, &of_fine, coarse, &of_coarse);
        let refused = refused.unwrap_err().to_string();
        assert!(refused.starts_with("the coarse network: "), "{refused}");
    }
}
