//! Does every coding method report its progress, and does it stop within 100 ms when the caller asks?

use std::ops::ControlFlow;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use pxc_runtime::{
    BitDepth, CodingMethod, ColorType, CompressOptions, DecompressOptions, Engine, ErrorKind,
    Image, Progress, Result, SampleFormat,
};

const SOON: Duration = Duration::from_millis(100);
/// How often a measurement is repeated, since other work on the machine may delay it.
const ATTEMPTS: usize = 5;

fn picture(color: ColorType, depth: BitDepth, side: u32) -> Image {
    let format = SampleFormat { color, depth };
    let mut state = 1_u32;
    let bytes = side as usize * side as usize * format.pixel_bytes();
    let samples = (0..bytes).map(|at| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        ((at / 900) as u32 + (state >> 28)) as u8
    });
    Image::with_format(side, side, format, samples.collect()).expect("it fits")
}

/// The longest time between two calls of the callback, and between the request to stop and the end.
fn waits<T>(
    stop_at: Option<u32>,
    work: impl Fn(&(dyn Fn(Progress) -> ControlFlow<()> + Sync)) -> Result<T>,
) -> (Duration, Duration, Result<T>) {
    let begin = Instant::now();
    let state = Mutex::new((begin, Duration::ZERO, None));
    let calls = AtomicU32::new(0);
    let listen = |progress: Progress| {
        assert!(progress.done <= progress.total);
        let mut state = state.lock().expect("no panic");
        let now = Instant::now();
        state.1 = state.1.max(now - state.0);
        state.0 = now;
        let call = calls.fetch_add(1, Ordering::Relaxed);
        match stop_at.is_some_and(|at| call >= at) {
            true => {
                state.2.get_or_insert(now);
                ControlFlow::Break(())
            }
            false => ControlFlow::Continue(()),
        }
    };
    let result = work(&listen);
    let (last, longest, stopped) = *state.lock().expect("no panic");
    let longest = longest.max(last.elapsed());
    (
        longest,
        stopped.map_or(Duration::ZERO, |at| at.elapsed()),
        result,
    )
}

fn check<T>(what: &str, work: impl Fn(&(dyn Fn(Progress) -> ControlFlow<()> + Sync)) -> Result<T>) {
    let mut best = (Duration::MAX, Duration::MAX);
    for _ in 0..ATTEMPTS {
        let (silent, _, result) = waits(None, &work);
        assert!(result.is_ok(), "{what}: {:?}", result.err());
        let (_, late, stopped) = waits(Some(2), &work);
        let kind = stopped.err().map(|error| error.kind());
        assert_eq!(kind, Some(ErrorKind::Cancelled), "{what}");
        best = (best.0.min(silent), best.1.min(late));
        if best.0 < SOON && best.1 < SOON {
            break;
        }
    }
    println!(
        "{what}: silent for {:?} at most, stopped after {:?}",
        best.0, best.1
    );
    assert!(best.0 < SOON && best.1 < SOON, "{what}: {best:?}");
}

#[test]
fn every_method_is_heard_and_stops() {
    let engine = Engine::default();
    for (method, color, depth, side) in [
        (CodingMethod::Stored, ColorType::Rgb, BitDepth::Eight, 2500),
        (CodingMethod::Adaptive, ColorType::Rgb, BitDepth::Eight, 700),
        (CodingMethod::General, ColorType::Rgb, BitDepth::Eight, 300),
        (
            CodingMethod::General,
            ColorType::Rgba,
            BitDepth::Sixteen,
            300,
        ),
        (CodingMethod::General, ColorType::Gray, BitDepth::One, 900),
        (CodingMethod::Deep, ColorType::Gray, BitDepth::Sixteen, 500),
        (CodingMethod::Deep, ColorType::Rgb, BitDepth::Sixteen, 300),
        (CodingMethod::Network, ColorType::Rgb, BitDepth::Eight, 300),
        (CodingMethod::Refined, ColorType::Rgb, BitDepth::Eight, 300),
        (CodingMethod::Refined, ColorType::Gray, BitDepth::Eight, 500),
        (CodingMethod::Thorough, ColorType::Rgb, BitDepth::Eight, 300),
    ] {
        let image = match depth {
            BitDepth::One => {
                let samples = picture(color, BitDepth::Eight, side).into_samples();
                let bits = samples.iter().map(|sample| sample & 1).collect();
                let format = SampleFormat { color, depth };
                Image::with_format(side, side, format, bits).expect("it fits")
            }
            _ => picture(color, depth, side),
        };
        for threads in [1, 2] {
            let options = CompressOptions::default()
                .with_method(method)
                .with_threads(threads);
            let what = format!("{method:?}, {color:?} of {depth:?}, {threads} threads");
            check(&format!("compress {what}"), |progress| {
                engine.compress(&image, &options.with_progress(progress))
            });
            let (file, _) = engine.compress(&image, &options).expect("it codes");
            let options = DecompressOptions::default().with_threads(threads);
            check(&format!("decompress {what}"), |progress| {
                engine.decompress(&file, &options.with_progress(progress))
            });
        }
    }
}
