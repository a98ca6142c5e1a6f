//! Shows the progress of long work, and stops it: every thread calls the callback again and again.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicU64, Ordering};

use pxc_runtime::{
    ColorType, CompressOptions, DecompressOptions, ErrorKind, Image, Progress, compress, decompress,
};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (width, height) = (300, 200);
    let samples = (0..width * height).map(|at| (at / 3 % 256) as u8).collect();
    let image = Image::new(width, height, ColorType::Gray, samples)?;

    let furthest = AtomicU64::new(0);
    let watch = |progress: Progress| {
        furthest.fetch_max(progress.done, Ordering::Relaxed);
        ControlFlow::Continue(())
    };
    let options = CompressOptions::default().with_progress(&watch);
    let bytes = compress(&image, &options)?;
    assert_eq!(furthest.into_inner(), image.pixels());

    // The user presses "stop" when half is done.
    let stop = |progress: Progress| match progress.done * 2 < progress.total {
        true => ControlFlow::Continue(()),
        false => ControlFlow::Break(()),
    };
    let options = DecompressOptions::default().with_progress(&stop);
    let error = decompress(&bytes, &options).expect_err("it was stopped");
    assert_eq!(error.kind(), ErrorKind::Cancelled);
    println!("{error}");
    Ok(())
}

#[test]
fn runs() -> Result<(), Box<dyn std::error::Error>> {
    main()
}
