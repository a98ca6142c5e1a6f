//! `pxc compress --model FILE.onnx` with the fixtures' models of the paper: images of their kind come back, others are
//! refused.

use std::fs;
use std::path::Path;

use pxc_codec::ColorType;
use pxc_test_harness::{PngFile, decode_png, fixtures, names, outcome, photo, succeed, write_png};

/// Strokes and slopes of 33 × 21 pixels.
fn png(samples: &str) -> PngFile {
    let (width, height) = (33, 21);
    let gray = photo(width, height, ColorType::Gray);
    match samples {
        "rgb" => PngFile::of(&photo(width, height, ColorType::Rgb)),
        "gray" => PngFile::of(&gray),
        _ => PngFile {
            depth: png::BitDepth::One,
            rows: gray
                .samples()
                .chunks_exact(width as usize)
                .flat_map(|row| row.chunks(8).map(packed))
                .collect(),
            ..PngFile::of(&gray)
        },
    }
}

fn packed(samples: &[u8]) -> u8 {
    let bits = samples.iter().enumerate();
    bits.fold(0, |byte, (at, &sample)| byte | (sample >> 7) << (7 - at))
}

fn info(directory: &Path, file: &str) -> serde_json::Value {
    let text = succeed(directory, &["info", "--json", file]);
    serde_json::from_str(&text).expect("JSON")
}

#[test]
fn images_come_back() {
    let directory = tempfile::tempdir().expect("a directory");
    let at = directory.path();
    for family in ["pixelcnn", "row", "diagonal", "multiscale"] {
        for samples in ["bilevel", "gray", "rgb"] {
            let model = fixtures().join(format!("models/tiny-{family}-{samples}.onnx"));
            let model = model.to_str().expect("UTF-8");
            let original = png(samples).bytes();
            fs::write(at.join("img.png"), &original).expect("written");
            succeed(
                at,
                &[
                    "compress", "-q", "--force", "--verify", "--model", model, "img.png",
                ],
            );
            let tile = &info(at, "img.pxc")["tile_width"];
            let listed = succeed(at, &["models", "--json"]);
            let of_model = |line: &str| {
                let object: serde_json::Value = serde_json::from_str(line).expect("JSON");
                let place = object["where"].as_str().expect("a place").to_owned();
                (place == model).then(|| object["tile"][0].clone())
            };
            let expected = listed
                .lines()
                .find_map(of_model)
                .expect("the model is listed");
            assert_eq!(*tile, expected, "{model}");
            succeed(at, &["decompress", "--force", "img.pxc", "-o", "out.png"]);
            let found = fs::read(at.join("out.png")).expect("an image");
            assert!(decode_png(&found) == decode_png(&original), "{model}");
        }
    }
}

#[test]
fn other_images_are_refused() {
    let directory = tempfile::tempdir().expect("a directory");
    let at = directory.path();
    write_png(&at.join("gray.png"), &photo(9, 9, ColorType::Gray));
    let model = fixtures().join("models/tiny-row-bilevel.onnx");
    let model = model.to_str().expect("UTF-8");
    let (code, _, stderr) = outcome(at, &["compress", "--model", model, "gray.png"]);
    assert_eq!(code, 2);
    let expected = "codes 1-bit gray images, but this one is 8-bit gray";
    assert!(
        stderr.contains("gray.png: model ") && stderr.contains(expected),
        "{stderr}"
    );
    assert_eq!(names(at), ["gray.png"]);
}
