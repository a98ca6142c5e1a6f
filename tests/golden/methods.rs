//! Golden files that pin every coding method at real sizes, and every form of the general method's streams.
//!
//! All have at least two groups.

use std::fs;

use pxc_codec::{Image, Limits, Tiling, read_header};
use pxc_runtime::{Backend, CompressOptions, Engine, Registry};

use crate::golden;
use crate::method_cases::{Alphabet, Case, cases};
use pxc_test_harness::{decode_png, fixtures, write_png};

fn compressed(engine: &Engine, case: &Case, image: &Image) -> Vec<u8> {
    let (tile_width, tile_height, tiles_per_group) = case.tiling;
    let tiling = Tiling {
        tile_width,
        tile_height,
        tiles_per_group,
    };
    let options = CompressOptions::default()
        .with_model(case.model)
        .with_tiling(tiling)
        .with_method(case.method)
        .with_threads(1);
    let (bytes, _) = engine
        .compress(image, &options)
        .expect("a compressed image");
    bytes
}

#[test]
#[ignore = "writes golden files"]
fn write_missing_golden_methods() {
    let registry = Registry::with_directory(Some(fixtures().join("models")));
    let engine = Engine::new(registry, Backend::Tract);
    for case in cases() {
        let path = golden().join(format!("{}.pxc", case.name));
        if !path.exists() {
            let image = (case.image)();
            fs::write(&path, compressed(&engine, case, &image)).expect("a written file");
            write_png(&path.with_extension("png"), &image);
            println!("written: {}", path.display());
        }
    }
}

/// Writers may change, but the images stay those that the golden files hold.
#[test]
fn golden_images_are_as_described() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("img.png");
    for case in cases() {
        write_png(&path, &(case.image)());
        let described = fs::read(&path).expect("an image");
        let kept = fs::read(golden().join(format!("{}.png", case.name))).expect("the golden image");
        assert!(decode_png(&kept) == decode_png(&described), "{}", case.name);
    }
}

#[test]
fn golden_files_have_their_methods_and_groups() {
    for case in cases() {
        let bytes = fs::read(golden().join(format!("{}.pxc", case.name))).expect("a golden file");
        let header = read_header(&bytes, &Limits::default()).expect("a header");
        assert!(header.groups.len() >= 2, "{}", case.name);
        for group in &header.groups {
            assert_eq!(group.color_method, Some(case.method), "{}", case.name);
        }
        let listed = case.name.ends_with("-colors");
        assert_eq!(header.color_set.is_some(), listed, "{}", case.name);
        let is_mapped = case.name.starts_with("mapped");
        assert!(header.sample_map.is_some() >= is_mapped, "{}", case.name);
        if let Some(alphabet) = case.alphabet {
            let payload = &bytes[header.groups[0].offset as usize..];
            assert_eq!((payload[0] == 5), case.joint, "{}", case.name);
            let has_length = header.color.has_alpha() && !case.joint;
            let start = if has_length {
                1 + varint_length(&payload[1..])
            } else {
                1
            };
            let planes =
                header.color.channels() - usize::from(header.color.has_alpha() && !case.joint);
            assert_eq!(
                alphabet_of(payload[start], planes),
                alphabet,
                "{}",
                case.name
            );
        }
    }
}

fn varint_length(bytes: &[u8]) -> usize {
    1 + bytes.iter().take_while(|byte| **byte >= 0x80).count()
}

/// The alphabet that follows from the first bits of a stream, which are even decisions: indexed, listed, colours.
fn alphabet_of(first: u8, planes: usize) -> Alphabet {
    match (first >> 7 & 1, first >> 6 & 1, first >> 5 & 1) {
        (0, 0, _) => Alphabet::Samples,
        (1, 0, _) => Alphabet::SampleIndices,
        (_, 1, 1) if planes > 1 => Alphabet::ColorIndices,
        (0, 1, _) => Alphabet::Values,
        _ => Alphabet::ValueIndices,
    }
}
