//! What does the codec itself cost? Each method with a model that costs nothing, and the frequencies alone.
//!
//! Run with `cargo bench -p pxc-codec --features benchable`.

use std::hint::black_box;
use std::sync::Arc;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use pxc_codec::entropy::frequencies::Frequencies;
use pxc_codec::simd::InstructionSet;
use pxc_codec::{
    CodingMethod, ColorType, DecodeOptions, EncodeOptions, Image, ModelId, ModelSpec, Predictor,
    PredictorError, Session, Tap, decode, encode,
};

const WIDTH: u32 = 384;
const HEIGHT: u32 = 256;
const LANES: usize = 64;
const SYMBOLS: usize = 256;

/// One distribution for every pixel, 24 taps.
struct FreeModel(ModelSpec);

impl FreeModel {
    fn new() -> FreeModel {
        let west = (1..=4).map(|dx| Tap { dy: 0, dx: -dx });
        let above = (1..=4).flat_map(|dy| (-2..=2).map(move |dx| Tap { dy: -dy, dx }));
        FreeModel(ModelSpec::photo(
            vec![1, 0, 2],
            west.chain(above).collect(),
            3,
        ))
    }
}

impl Predictor for FreeModel {
    fn id(&self) -> ModelId {
        ModelId([9; 8])
    }

    fn spec(&self) -> &ModelSpec {
        &self.0
    }

    fn session(&self) -> Result<Box<dyn Session + '_>, PredictorError> {
        Ok(Box::new(FreeSession(0)))
    }
}

struct FreeSession(usize);

fn fill(lanes: usize, logits: &mut [u8]) {
    for (symbol, row) in logits.chunks_exact_mut(lanes).enumerate() {
        row.fill(250 - 3 * (symbol as u8 as i8).unsigned_abs().min(80));
    }
}

impl Session for FreeSession {
    fn all_logits(
        &mut self,
        lanes: usize,
        _: &[i16],
        _: &[i16],
        logits: &mut [u8],
    ) -> Result<(), PredictorError> {
        logits
            .chunks_exact_mut(SYMBOLS * lanes)
            .for_each(|logits| fill(lanes, logits));
        Ok(())
    }

    fn first_logits(
        &mut self,
        lanes: usize,
        _: &[i16],
        logits: &mut [u8],
    ) -> Result<(), PredictorError> {
        self.0 = lanes;
        fill(lanes, logits);
        Ok(())
    }

    fn next_logits(&mut self, _: &[i16], logits: &mut [u8]) -> Result<(), PredictorError> {
        fill(self.0, logits);
        Ok(())
    }
}

/// A slope with noise of three bits.
fn image() -> Image {
    let mut state = 1u64;
    let samples = (0..3 * WIDTH * HEIGHT).map(|index| {
        state = state
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        let (x, y, c) = (index / 3 % WIDTH, index / 3 / WIDTH, index % 3);
        ((x + 2 * y + 9 * c) / 4) as u8 ^ (state >> 61) as u8
    });
    Image::new(WIDTH, HEIGHT, ColorType::Rgb, samples.collect()).expect("a legal image")
}

fn methods(criterion: &mut Criterion) {
    let image = image();
    let model = FreeModel::new();
    let mut group = criterion.benchmark_group("method");
    group.throughput(Throughput::Elements(image.samples().len() as u64));
    group.sample_size(10);
    for method in [
        CodingMethod::Network,
        CodingMethod::Refined,
        CodingMethod::Thorough,
        CodingMethod::General,
        CodingMethod::Adaptive,
        CodingMethod::Stored,
    ] {
        let options = EncodeOptions::default().with_method(method);
        let encoded = || {
            encode(&image, &[], Some(&model), &options)
                .expect("encodes")
                .0
        };
        group.bench_function(format!("{}/encode", method.name()), |bencher| {
            bencher.iter(encoded);
        });
        let bytes = encoded();
        let resolve = |_| Ok(Some(Arc::new(FreeModel::new()) as Arc<dyn Predictor>));
        group.bench_function(format!("{}/decode", method.name()), |bencher| {
            bencher.iter(|| {
                decode(black_box(&bytes), &resolve, &DecodeOptions::default()).expect("decodes")
            });
        });
    }
}

fn frequencies(criterion: &mut Criterion) {
    let mut logits = vec![0; SYMBOLS * LANES];
    fill(LANES, &mut logits);
    let symbols: Vec<u8> = (0..LANES).map(|lane| lane as u8).collect();
    let mut group = criterion.benchmark_group("frequencies");
    group.throughput(Throughput::Elements(LANES as u64));
    for instructions in [InstructionSet::Portable, InstructionSet::detect()] {
        let mut frequencies = Frequencies::new(instructions);
        let mut intervals = Vec::with_capacity(LANES);
        group.bench_function(format!("{instructions:?}"), |bencher| {
            bencher.iter(|| {
                intervals.clear();
                frequencies.intervals(black_box(&logits), black_box(&symbols), &mut intervals);
            });
        });
    }
}

criterion_group!(benches, frequencies, methods);
criterion_main!(benches);
