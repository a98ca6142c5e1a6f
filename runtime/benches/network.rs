//! What does a network cost on tract? The embedded models, evaluated as the encoder and as the decoder do; and what the
//! portable reference calculates for their self-test, once in a process.
//!
//! Run with `cargo bench --workspace --bench network`.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use pxc_model::ModelFile;
use pxc_model::reference::Reference;
use pxc_runtime::{Backend, Engine, Registry};

/// Lanes of a step of the wavefront, and of the encoder's chunks.
const LANES: [usize; 2] = [64, 384];

fn networks(criterion: &mut Criterion) {
    let engine = Engine::new(Registry::with_directory(None), Backend::Tract);
    for name in ["photo-rgb", "photo-gray"] {
        let model = engine.registry().by_name(name).expect("an embedded model");
        let predictor = engine.predictor(&model).expect("a predictor");
        let spec = predictor.spec();
        let (channels, features) = (spec.channels(), spec.features());
        let mut group = criterion.benchmark_group(name);
        group.sample_size(20);
        for lanes in LANES {
            group.throughput(Throughput::Elements(lanes as u64));
            let mut session = predictor.session().expect("a session");
            let context = vec![3; features * lanes];
            let own = vec![-2; (channels - 1) * lanes];
            let mut logits = vec![0; channels * 256 * lanes];
            group.bench_function(format!("all channels/{lanes}"), |bencher| {
                bencher.iter(|| session.all_logits(lanes, &context, &own, &mut logits));
            });
            let logits = &mut logits[..256 * lanes];
            group.bench_function(format!("channel by channel/{lanes}"), |bencher| {
                bencher.iter(|| {
                    session.first_logits(lanes, &context, logits)?;
                    own.chunks_exact(lanes)
                        .try_for_each(|own| session.next_logits(own, logits))
                });
            });
        }
    }
}

fn references(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("reference");
    for name in ["photo-rgb", "photo-rgb-int8", "photo-gray"] {
        let path = format!("{}/models/{name}.onnx", env!("CARGO_MANIFEST_DIR"));
        let bytes = std::fs::read(path).expect("an embedded model");
        let file = ModelFile::from_bytes(&bytes).expect("a model");
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let reference = Reference::new(file.graph(), file.metadata())?;
                reference.evaluate(&reference.pinned_inputs())
            });
        });
    }
}

criterion_group!(benches, networks, references);
criterion_main!(benches);
