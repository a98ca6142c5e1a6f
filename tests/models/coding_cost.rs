//! Is the coder honest? Payload bytes against the network's own cross-entropy.

use crate::pixel::Pixel;
use pxc_codec::{CodingMethod, ColorType, EXP2, Image, Predictor, Tiling};
use pxc_runtime::{Backend, CompressOptions, Engine, Registry};
use pxc_test_harness::{fixtures, photo};

/// Largest part of the payload that may be overhead, in thousandths.
const OVERHEAD_PER_MILLE: f64 = 1.0;

#[test]
fn payload_is_the_cross_entropy_of_the_network() {
    let engine = Engine::new(
        Registry::with_directory(Some(fixtures().join("models"))),
        Backend::Tract,
    );
    for (name, color) in [
        ("tiny-gray", ColorType::Gray),
        ("tiny-rgb", ColorType::Rgb),
        ("tiny-int8", ColorType::Rgb),
    ] {
        let model = engine.registry().by_name(name).expect("a fixture model");
        let predictor = engine.predictor(&model).expect("a backend");
        let image = photo(230, 170, color);
        let options = CompressOptions::default()
            .with_model(name)
            .with_tiling(Tiling::whole(image.width(), image.height()))
            .with_method(CodingMethod::Network);
        let (_, stats) = engine
            .compress(&image, &options)
            .expect("a compressed image");
        let payload = stats.groups[0].color_bytes as f64;
        let ideal = cross_entropy(predictor.as_ref(), &image) / 8.0;
        let overhead = (payload - ideal) / ideal * 1000.0;
        println!(
            "{name}: payload {payload} bytes, cross-entropy {ideal:.1} bytes, overhead {overhead:+.3} ‰"
        );
        assert!(
            overhead.abs() <= OVERHEAD_PER_MILLE,
            "{name}: overhead {overhead:.3} ‰"
        );
    }
}

/// Bits that the network's distributions need for the whole image as one tile.
fn cross_entropy(predictor: &dyn Predictor, image: &Image) -> f64 {
    let spec = predictor.spec();
    let channels = spec.channels();
    let mut session = predictor.session().expect("a session");
    let mut bits = 0.0;
    for y in 0..image.height() as i32 {
        let lanes = image.width() as usize;
        let mut context = vec![0i16; spec.features() * lanes];
        let mut own = vec![0i16; (channels - 1) * lanes];
        let mut symbols = vec![0u8; channels * lanes];
        for x in 0..lanes {
            let pixel = Pixel::new(image, spec, y, x as i32);
            scatter(&pixel.features(), &mut context, lanes, x);
            scatter(&pixel.own(), &mut own, lanes, x);
            scatter(&pixel.symbols(), &mut symbols, lanes, x);
        }
        let mut logits = vec![0u8; channels * 256 * lanes];
        session
            .all_logits(lanes, &context, &own, &mut logits)
            .expect("logits");
        for (channel, logits) in logits.chunks_exact(256 * lanes).enumerate() {
            for lane in 0..lanes {
                bits += cost(logits, lanes, lane, symbols[channel * lanes + lane]);
            }
        }
    }
    bits
}

fn scatter<T: Copy>(values: &[T], rows: &mut [T], lanes: usize, lane: usize) {
    for (row, &value) in values.iter().enumerate() {
        rows[row * lanes + lane] = value;
    }
}

/// Bits of a symbol of frequency `EXP2[logit]`.
fn cost(logits: &[u8], lanes: usize, lane: usize, symbol: u8) -> f64 {
    let frequency = |value: usize| f64::from(EXP2[usize::from(logits[value * lanes + lane])]);
    let total: f64 = (0..256).map(frequency).sum();
    (total / frequency(usize::from(symbol))).log2()
}
