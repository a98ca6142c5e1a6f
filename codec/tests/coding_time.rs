//! What does the codec itself cost? Prints nanoseconds per symbol with a model that costs nothing.
//!
//! Run with `cargo test --release -p pxc-codec --test coding_time -- --ignored --nocapture`.

mod hashing_model;

use std::sync::Arc;
use std::time::Duration;

use hashing_model::draw;
use pxc_codec::{
    Coder, ColorType, DecodeOptions, EncodeOptions, ModelId, ModelSpec, Predictor, PredictorError,
    Session, Times, decode, encode,
};

/// One distribution for every pixel, 24 taps.
struct FreeModel {
    spec: ModelSpec,
}

impl FreeModel {
    fn new() -> FreeModel {
        let mut spec = hashing_model::HashingModel::new(3).spec().clone();
        spec.taps.truncate(24);
        FreeModel { spec }
    }
}

impl Predictor for FreeModel {
    fn id(&self) -> ModelId {
        ModelId([9; 8])
    }

    fn spec(&self) -> &ModelSpec {
        &self.spec
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
            .chunks_exact_mut(256 * lanes)
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

fn print(what: &str, symbols: u128, times: Times) {
    let per_symbol = |time: Duration| time.as_nanos() / symbols;
    println!(
        "{what}: model {} frequencies {} entropy coder {} rest {} ns per symbol",
        per_symbol(times.network),
        per_symbol(times.frequencies),
        per_symbol(times.entropy_coder),
        per_symbol(times.rest)
    );
}

#[test]
#[ignore = "prints timings"]
fn nanoseconds_per_symbol() {
    let mut state = 1u64;
    let image = draw(768, 512, ColorType::Rgb, |x, y, c| {
        state = state
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        ((x + 2 * y + 9 * c) / 4) as u8 ^ (state >> 61) as u8
    });
    let symbols = image.samples().len() as u128;
    for coder in [
        Coder::Network,
        Coder::Refined,
        Coder::Adaptive,
        Coder::Stored,
    ] {
        let options = EncodeOptions {
            coder: Some(coder),
            ..Default::default()
        };
        for _ in 0..8 {
            let (bytes, encoded) =
                encode(&image, &[], Some(&FreeModel::new()), &options).expect("encodes");
            let resolve = |_| Ok(Some(Arc::new(FreeModel::new()) as Arc<dyn Predictor>));
            let decoded = decode(&bytes, &resolve, &DecodeOptions::default()).expect("decodes");
            print(&format!("encode {}", coder.name()), symbols, encoded.times);
            print(
                &format!("decode {}", coder.name()),
                symbols,
                decoded.stats.times,
            );
        }
    }
}
