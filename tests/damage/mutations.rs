//! Golden files that are changed although their checksums are right: no panic, no loop, and all ways of decoding agree.
//!
//! `PXC_SEED=N` repeats a run.

use std::fs;

use pxc_runtime::{Backend, DecompressOptions, Engine, Limits, Registry, read_header};
use pxc_test_requirements::seed;

use pxc_test_harness::{files_with_suffix, fixtures};
use pxc_test_hostile::{Random, change};

/// Changed files for each golden file.
const CHANGES: u64 = 3;
/// Larger images take too long.
const MOST_PIXELS: u32 = 1 << 12;

const LIMITS: Limits = Limits::DEFAULT
    .with_max_pixels(1 << 14)
    .with_max_memory(1 << 27)
    .with_max_metadata(1 << 20);

#[test]
fn changed_golden_files_end_politely() {
    let seed = seed();
    let registry = Registry::with_directory(Some(fixtures().join("models")));
    let engine = Engine::new(registry, Backend::Tract);
    let options = DecompressOptions::default()
        .with_limits(LIMITS)
        .with_threads(1);
    let (mut files, mut decoded) = (0_u64, 0_u64);
    for path in files_with_suffix(&fixtures().join("golden/v1"), "pxc") {
        let bytes = fs::read(&path).expect("a golden file");
        let header = read_header(&bytes, &LIMITS).ok();
        if header.is_none_or(|header| header.width * header.height > MOST_PIXELS) {
            continue;
        }
        for number in 0..CHANGES {
            println!("{}, change {number}", path.display());
            let changed = change(&bytes, &mut Random::new(seed ^ number << 48 ^ files << 32));
            let whole = engine.decompress(&changed, &options);
            let partial = engine.decompress_partial(&changed, &options);
            files += 1;
            if let Ok(partial) = partial {
                decoded += u64::from(partial.damaged.is_empty());
                let whole = whole.map(|whole| whole.image);
                assert!(whole.is_err() || whole.is_ok_and(|image| image == partial.image));
            } else {
                assert!(whole.is_err());
            }
        }
    }
    println!("{decoded} of {files} changed files have sound groups");
    // A change behind the checksums is seldom seen before the pixels.
    assert!(decoded * 8 > files, "{decoded} of {files}");
}
