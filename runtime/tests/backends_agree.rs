//! Do backends agree? Every backend, in every form, gives the logits of the portable reference and the same files, to
//! the last bit.

use std::process::Command;

use pxc_runtime::{
    ColorType, CompressOptions, DecompressOptions, Engine, Image, Model, Predictor, Registry, open,
};
#[cfg(feature = "onnxruntime")]
use pxc_test_networks::backends::onnxruntime;
use pxc_test_networks::backends::{
    Inputs, TestBackend, reference_logits, staged_logits, tract, whole_logits,
};
use pxc_test_networks::random_models::{self, Random};

type Outcome = Result<(), Box<dyn std::error::Error>>;

fn models() -> Vec<(&'static str, Vec<u8>)> {
    let bytes = |file: pxc_model::Result<pxc_model::ModelFile>| {
        file.and_then(|file| file.to_bytes()).unwrap()
    };
    vec![
        ("wide RGB", bytes(random_models::wide(1, 3, 32))),
        ("wide gray", bytes(random_models::wide(2, 1, 24))),
        ("int8 RGB", bytes(random_models::int8(3, 3, 40))),
        ("int8 gray, odd width", bytes(random_models::int8(4, 1, 37))),
    ]
}

fn predictor(backend: &TestBackend, bytes: &[u8]) -> Box<dyn Predictor> {
    open(
        &Model::from_bytes("random", bytes).unwrap(),
        &backend.options,
    )
    .unwrap()
}

/// Fails when logits are trivial, which would make every comparison below pass.
fn expect_variety(logits: &[u8]) {
    let mut seen = [false; 256];
    logits
        .iter()
        .for_each(|&logit| seen[usize::from(logit)] = true);
    let different = seen.iter().filter(|&&seen| seen).count();
    assert!(different > 100, "only {different} different logits");
}

#[test]
fn logits_agree() -> Outcome {
    check_logits(&tract())
}

#[cfg(feature = "onnxruntime")]
#[test]
#[ignore = "needs ONNX Runtime"]
fn logits_of_onnxruntime_agree() -> Outcome {
    check_logits(&onnxruntime())
}

fn check_logits(backends: &[TestBackend]) -> Outcome {
    for (name, bytes) in models() {
        let all: Vec<_> = backends
            .iter()
            .map(|backend| (backend.name, predictor(backend, &bytes)))
            .collect();
        for lanes in [1, 2, 15, 16, 17, 33, 100, 255, 256, 257, 300] {
            let inputs = Inputs::random(lanes as u64, lanes, &*all[0].1);
            let file = pxc_model::ModelFile::from_bytes(&bytes)?;
            let expected = reference_logits(&file, &inputs);
            if lanes == 300 {
                expect_variety(&expected);
            }
            for (backend, predictor) in &all {
                assert!(
                    whole_logits(&**predictor, &inputs)? == expected,
                    "{name}, {backend}, {lanes} lanes"
                );
                assert!(
                    staged_logits(&**predictor, &inputs)? == expected,
                    "{name}, {backend}, {lanes} lanes, staged"
                );
            }
        }
    }
    Ok(())
}

#[test]
fn lanes_are_independent() -> Outcome {
    for (name, bytes) in models() {
        let predictor = predictor(&tract()[0], &bytes);
        let all = Inputs::random(7, 300, &*predictor);
        let expected = whole_logits(&*predictor, &all)?;
        for lanes in 1..=300 {
            let first = |values: &[i16]| -> Vec<i16> {
                values
                    .chunks_exact(300)
                    .flat_map(|row| &row[..lanes])
                    .copied()
                    .collect()
            };
            let inputs = Inputs {
                lanes,
                context: first(&all.context),
                own: first(&all.own),
            };
            let logits = staged_logits(&*predictor, &inputs)?;
            let rows = logits.chunks_exact(lanes).zip(expected.chunks_exact(300));
            for (row, expected) in rows {
                assert!(row == &expected[..lanes], "{name}, {lanes} lanes");
            }
        }
    }
    Ok(())
}

/// A session is reused for steps of many sizes; nothing of a step may leak into the next.
#[test]
fn sessions_forget() -> Outcome {
    check_sessions(&tract())
}

#[cfg(feature = "onnxruntime")]
#[test]
#[ignore = "needs ONNX Runtime"]
fn sessions_of_onnxruntime_forget() -> Outcome {
    check_sessions(&onnxruntime())
}

fn check_sessions(backends: &[TestBackend]) -> Outcome {
    for backend in backends {
        let (_, bytes) = &models()[2];
        let predictor = predictor(backend, bytes);
        let mut session = predictor.session()?;
        for lanes in [40, 3, 256, 90, 17, 300, 1] {
            let inputs = Inputs::random(lanes as u64, lanes, &*predictor);
            let expected = whole_logits(&*predictor, &inputs)?;
            let (first, rest) = expected.split_at(256 * lanes);
            let mut logits = vec![0; 256 * lanes];
            session.first_logits(lanes, &inputs.context, &mut logits)?;
            assert!(logits == first, "{}", backend.name);
            for (own, expected) in inputs
                .own
                .chunks_exact(lanes)
                .zip(rest.chunks_exact(256 * lanes))
            {
                session.next_logits(own, &mut logits)?;
                assert!(logits == expected, "{}", backend.name);
            }
            assert!(
                session
                    .next_logits(&inputs.own[..lanes], &mut logits)
                    .is_err()
            );
        }
        assert!(session.all_logits(2, &[0; 3], &[], &mut []).is_err());
    }
    Ok(())
}

/// A photo-like image: smooth, with noise and an edge.
fn image(width: u32, height: u32, color: ColorType) -> Image {
    let mut random = Random(u64::from(width));
    let mut samples = Vec::new();
    for y in 0..height {
        for x in 0..width {
            for c in 0..color.channels() as u32 {
                let edge = if x + y > width { 60 } else { 0 };
                let value = (x + 2 * y + 30 * c) / 3 + edge + random.within(0, 6) as u32;
                samples.push(value as u8);
            }
        }
    }
    Image::new(width, height, color, samples).unwrap()
}

/// All counts for one backend; the others have to agree with it.
fn thread_counts(backend: &str) -> &'static [usize] {
    if backend == "tract" { &[1, 2, 7] } else { &[2] }
}

#[test]
fn files_agree() -> Outcome {
    check_files(tract)
}

#[cfg(feature = "onnxruntime")]
#[test]
#[ignore = "needs ONNX Runtime"]
fn files_of_both_backends_agree() -> Outcome {
    check_files(|| tract().into_iter().chain(onnxruntime()).collect())
}

fn check_files(backends: impl Fn() -> Vec<TestBackend>) -> Outcome {
    for (name, bytes) in models() {
        let color = if name.contains("RGB") {
            ColorType::Rgb
        } else {
            ColorType::GrayAlpha
        };
        let image = image(301, 260, color);
        let mut files: Vec<Vec<u8>> = Vec::new();
        let engines: Vec<(&str, Engine)> = backends()
            .into_iter()
            .map(|backend| {
                (
                    backend.name,
                    Engine::new(Registry::with_directory(None), backend.options),
                )
            })
            .collect();
        for (backend, engine) in &engines {
            let id = engine.registry().add_bytes(&bytes)?.id().to_string();
            for &threads in thread_counts(backend) {
                let options = CompressOptions::default()
                    .with_model(&*id)
                    .with_method(pxc_runtime::CodingMethod::Network)
                    .with_threads(threads);
                files.push(engine.compress(&image, &options)?.0);
                assert!(
                    files.last() == files.first(),
                    "{name}, {backend}, {threads} threads"
                );
            }
        }
        for (backend, engine) in &engines {
            for &threads in thread_counts(backend) {
                let options = DecompressOptions::default().with_threads(threads);
                let decoded = engine.decompress(&files[0], &options)?.image;
                assert!(decoded == image, "{name}, {backend}, {threads} threads");
            }
        }
    }
    Ok(())
}

const DIGEST_WANTED: &str = "PXC_TEST_DIGEST_WANTED";

/// Prints a digest of logits when `instruction_sets_agree` runs it.
#[test]
fn digest_of_logits() -> Outcome {
    if std::env::var_os(DIGEST_WANTED).is_none() {
        return Ok(());
    }
    let mut hasher = blake3::Hasher::new();
    for (_, bytes) in models() {
        for backend in tract() {
            let predictor = predictor(&backend, &bytes);
            for lanes in [1, 40, 300] {
                let inputs = Inputs::random(9, lanes, &*predictor);
                hasher.update(&whole_logits(&*predictor, &inputs)?);
                hasher.update(&staged_logits(&*predictor, &inputs)?);
            }
        }
    }
    println!("digest {}", hasher.finalize());
    Ok(())
}

#[test]
fn instruction_sets_agree() {
    let levels = [
        "",
        "-avx512f,-avx512vnni,-avx512fp16",
        "-avx512f,-avx512vnni,-avx512fp16,-avxvnni",
        "-avx512f,-avx512vnni,-avx512fp16,-avxvnni,-fma,-avx2,-f16c",
        "-avx512f,-avx512vnni,-avx512fp16,-avxvnni,-fma,-avx2,-f16c,-avx",
    ];
    let digests = levels.map(|level| {
        let mut child = Command::new(std::env::current_exe().unwrap());
        child
            .args(["--exact", "digest_of_logits", "--nocapture"])
            .env(DIGEST_WANTED, "1");
        if !level.is_empty() {
            child.env("TRACT_CPU_ISA", level);
        }
        let output = child.output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let digest = text.lines().find_map(|line| line.split("digest ").nth(1));
        let digest = digest.unwrap_or_else(|| panic!("{level}: {output:?}"));
        digest[..64].to_owned()
    });
    for (digest, level) in digests.iter().zip(levels) {
        println!("{digest} {level}");
        assert_eq!(digest, &digests[0], "{level}");
    }
}

#[test]
fn inexact_arithmetic_is_refused() -> Outcome {
    let child = Command::new(std::env::current_exe()?)
        .args(["--exact", "digest_of_logits", "--nocapture"])
        .env(DIGEST_WANTED, "1")
        .env("TRACT_AMX_BF16", "1")
        .output()?;
    assert!(!child.status.success());
    let said = String::from_utf8_lossy(&child.stderr) + String::from_utf8_lossy(&child.stdout);
    assert!(said.contains("TRACT_AMX_BF16"), "{said}");
    Ok(())
}
