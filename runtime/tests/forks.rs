//! May a process fork while another of its threads builds an engine? The child works or gets an error, and never hangs.

#![cfg(unix)]
#![allow(unsafe_code)] // `fork` has no safe form.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use pxc_runtime::{
    ColorType, CompressOptions, DecompressOptions, Engine, ErrorKind, Image, Registry,
};

/// Seconds after which a child counts as hung.
const PATIENCE: u32 = 60;
const WORKED: i32 = 0;
const REFUSED: i32 = 3;

fn image() -> Image {
    let samples = (0..40 * 30 * 3_u32).map(|n| ((n * n) >> 7) as u8).collect();
    Image::new(40, 30, ColorType::Rgb, samples).expect("it fits")
}

fn works(engine: &Engine, image: &Image) -> i32 {
    let options = CompressOptions::default().with_threads(2);
    let back = engine.compress(image, &options).and_then(|(file, _)| {
        let options = DecompressOptions::default().with_threads(2);
        engine.decompress(&file, &options)
    });
    match back {
        Ok(back) if back.image == *image => WORKED,
        Ok(_) => 4,
        Err(error) if error.kind() == ErrorKind::Backend => REFUSED,
        Err(_) => 5,
    }
}

/// The exit code of a child that does the work.
fn in_child(work: impl FnOnce() -> i32) -> i32 {
    // SAFETY: the child calls nothing of this process's but the library under test, and ends without its parent's
    // clean-up.
    let child = unsafe { libc::fork() };
    assert!(child >= 0, "no child");
    if child == 0 {
        // SAFETY: neither takes a pointer.
        unsafe {
            libc::alarm(PATIENCE);
            libc::_exit(work());
        }
    }
    let mut status = 0;
    // SAFETY: the child is ours, and the status has a place.
    let ended = unsafe { libc::waitpid(child, &mut status, 0) };
    assert_eq!(ended, child);
    assert!(
        libc::WIFEXITED(status),
        "hung or crashed: status {status:#x}"
    );
    libc::WEXITSTATUS(status)
}

/// One test, since the first use of a backend happens once in a process.
#[test]
fn children_work_or_are_refused() {
    let image = &image();
    let mut codes = [0; 6];
    for round in 0..40 {
        let engine = &Engine::new(Registry::with_directory(None), pxc_runtime::Backend::Tract);
        let stop = &AtomicBool::new(false);
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(move || {
                    while !stop.load(Ordering::Relaxed) {
                        assert_eq!(works(engine, image), WORKED);
                    }
                });
            }
            std::thread::sleep(Duration::from_micros(round * 700));
            let code = in_child(|| works(engine, image));
            codes[code as usize] += 1;
            let fresh = || {
                let engine =
                    Engine::new(Registry::with_directory(None), pxc_runtime::Backend::Tract);
                works(&engine, image)
            };
            codes[in_child(fresh) as usize] += 1;
            // A child's child has state of its own, too.
            let grandchild = in_child(|| match works(engine, image) {
                WORKED => in_child(|| works(engine, image)),
                other => other,
            });
            codes[grandchild as usize] += 1;
            stop.store(true, Ordering::Relaxed);
        });
    }
    println!("worked {}, refused {}", codes[0], codes[REFUSED as usize]);
    assert_eq!(codes[4..], [0, 0]);
    // Children are refused only while a backend is prepared for the first time.
    assert!(codes[0] > codes[REFUSED as usize], "{codes:?}");
}
