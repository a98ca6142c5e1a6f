//! Measures how fast a model is on this machine: `predictor_speed MODEL.onnx [tract|onnxruntime|cuda] [integer|float]`.
//!
//! Prints, for a few numbers of lanes, the microseconds of the first call (plans are built and tested) and of the
//! fastest later one.

use std::time::Instant;

use pxc_runtime::{Arithmetic, Backend, BackendOptions, Model, Predictor, Result, open};

fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments
        .next()
        .ok_or("usage: predictor_speed MODEL.onnx [BACKEND] [integer|float]")?;
    let mut options = BackendOptions::from(match arguments.next().as_deref() {
        None | Some("tract") => Backend::Tract,
        Some("onnxruntime") => Backend::OnnxRuntime,
        Some("cuda") => Backend::Cuda,
        Some(other) => return Err(format!("unknown backend {other}").into()),
    });
    options.arithmetic = match arguments.next().as_deref() {
        None => Arithmetic::Auto,
        Some("integer") => Arithmetic::Integer,
        Some("float") => Arithmetic::Float,
        Some(other) => return Err(format!("integer or float, not {other}").into()),
    };
    let start = Instant::now();
    let model = Model::from_bytes(&path, &std::fs::read(&path)?)?;
    println!("read and proven    {:>8} µs", start.elapsed().as_micros());
    let predictor = open_timed(&model, &options)?;
    println!(
        "{:>5} {:>12} {:>10} {:>12} {:>10}",
        "lanes", "whole: first", "later", "staged: first", "later"
    );
    for lanes in [1, 16, 32, 64, 100, 128, 256] {
        let (whole_first, whole) = times(&mut || whole(&*predictor, lanes));
        let (staged_first, staged) = session_times(&*predictor, lanes)?;
        println!("{lanes:>5} {whole_first:>12} {whole:>10} {staged_first:>12} {staged:>10}");
    }
    Ok(())
}

fn open_timed(model: &Model, options: &BackendOptions) -> Result<Box<dyn Predictor>> {
    let start = Instant::now();
    let predictor = open(model, options)?;
    println!("opened             {:>8} µs", start.elapsed().as_micros());
    Ok(predictor)
}

/// Microseconds of the first call and of the fastest of 50 later ones.
fn times(call: &mut dyn FnMut()) -> (u128, u128) {
    let mut timed = || {
        let start = Instant::now();
        call();
        start.elapsed().as_micros()
    };
    let first = timed();
    let fastest = (0..50).map(|_| timed()).min().unwrap_or(first);
    (first, fastest)
}

fn whole(predictor: &dyn Predictor, lanes: usize) {
    let spec = predictor.spec();
    let context = vec![0; spec.features() * lanes];
    let own = vec![0; (spec.channels() - 1) * lanes];
    let mut logits = vec![0; spec.channels() * 256 * lanes];
    let session = predictor.session();
    let outcome =
        session.and_then(|mut session| session.all_logits(lanes, &context, &own, &mut logits));
    outcome.unwrap_or_else(|error| panic!("{error}"));
}

fn session_times(
    predictor: &dyn Predictor,
    lanes: usize,
) -> std::result::Result<(u128, u128), Box<dyn std::error::Error>> {
    let spec = predictor.spec();
    let context = vec![0; spec.features() * lanes];
    let own = vec![0; lanes];
    let mut logits = vec![0; 256 * lanes];
    let mut session = predictor.session()?;
    Ok(times(&mut || {
        let mut step = || {
            session.first_logits(lanes, &context, &mut logits)?;
            (1..spec.channels()).try_for_each(|_| session.next_logits(&own, &mut logits))
        };
        step().unwrap_or_else(|error| panic!("{error}"));
    }))
}
