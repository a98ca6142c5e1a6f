//! Does a `.pxc` file that is damaged although its checksums are right cause a clear error? Decodes the corpus of the
//! fuzz target `decode`, as it is and changed at random, for every coding method, with hashes instead of networks.
//!
//! `PXC_SEED=N` repeats a run. `cargo test -p pxc-picture --test hostile -- --ignored write_missing` writes the seeds
//! of the corpus that are missing.

mod seeds;

use std::fs;
use std::path::PathBuf;

use pxc_codec::{CodingMethod, Limits, read_header};
use pxc_test_hostile::{Parts, Random, change, check};
use pxc_test_requirements::seed;

/// Changed files for each file of the corpus.
const CHANGES: usize = 12;

fn corpus() -> PathBuf {
    PathBuf::from(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../fuzz/corpus/decode"
    ))
}

/// The names and bytes of the corpus.
fn files() -> Vec<(String, Vec<u8>)> {
    let entries = fs::read_dir(corpus()).expect("the corpus");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let read = |path: PathBuf| {
        let bytes = fs::read(&path).expect("a file");
        (path.display().to_string(), bytes)
    };
    let mut files: Vec<_> = paths.map(read).collect();
    files.sort();
    files
}

#[test]
fn the_corpus_has_every_coding_method() {
    let headers = files()
        .into_iter()
        .filter_map(|(_, bytes)| read_header(&bytes, &Limits::default()).ok());
    let methods: Vec<CodingMethod> = headers
        .flat_map(|header| header.groups)
        .flat_map(|group| [group.color_method, group.alpha_method])
        .flatten()
        .collect();
    for method in [
        CodingMethod::Stored,
        CodingMethod::Network,
        CodingMethod::Adaptive,
        CodingMethod::Refined,
        CodingMethod::Thorough,
        CodingMethod::General,
        CodingMethod::Deep,
        CodingMethod::Jpeg,
    ] {
        assert!(methods.contains(&method), "{method:?}");
    }
}

#[test]
fn the_corpus_ends_politely() {
    for (name, bytes) in files() {
        println!("{name}");
        check(&bytes);
    }
}

#[test]
fn changed_files_end_politely() {
    let seed = seed();
    for (name, bytes) in files() {
        for change_seed in 0..CHANGES as u64 {
            let mut random = Random::new(seed ^ change_seed << 48);
            println!("{name}, change {change_seed}");
            check(&change(&bytes, &mut random));
        }
    }
}

/// A file that was taken apart and put together again is the same, and all seeds are valid.
#[test]
fn parts_make_the_file_again() {
    for (name, bytes) in seeds::all() {
        let parts = Parts::of(&bytes).expect("a sound file");
        assert!(parts.file() == bytes, "{name}");
        check(&bytes);
    }
}

#[test]
#[ignore = "writes the corpus"]
fn write_missing_seeds() {
    fs::create_dir_all(corpus()).expect("a folder");
    for (name, bytes) in seeds::all() {
        let path = corpus().join(format!("{name}.pxc"));
        if !path.exists() {
            fs::write(path, bytes).expect("a written file");
        }
    }
}
