//! Will old files open? Every file in fixtures/golden decodes to the image beside it, on every backend at hand.
//!
//! `cargo test --test conformance -- --ignored` writes the golden files that are missing and changes none that is there.

mod harness;

use std::fs;
use std::path::{Path, PathBuf};

use harness::{
    PngFile, decode_png, files_with_suffix, fixtures, outcome, photo, succeed, write_png,
};
use pxc_codec::{CodingMethod, ColorType, Image, Limits, MetadataChunk, Tiling, read_header};
use pxc_runtime::{Backend, CompressOptions, Engine, Registry};
use tempfile::tempdir;

fn golden() -> PathBuf {
    fixtures().join("golden/v1")
}

fn decodes(file: &Path, arguments: &[&str]) {
    let directory = tempdir().expect("a directory");
    let file_name = file.display().to_string();
    let output = directory.path().join("decoded.png").display().to_string();
    succeed(
        directory.path(),
        &[&["decompress", &file_name, "-o", &output], arguments].concat(),
    );
    let decoded = decode_png(&fs::read(&output).expect("an image"));
    let expected = decode_png(&fs::read(file.with_extension("png")).expect("the golden image"));
    assert!(
        decoded == expected,
        "{}: other pixels than before",
        file.display()
    );
}

#[test]
fn golden_files_decode_to_their_images() {
    let files = files_with_suffix(&golden(), "pxc");
    assert!(files.len() >= CASES.len(), "golden files are missing");
    for file in &files {
        decodes(file, &[]);
        decodes(file, &["--threads", "7"]);
    }
    println!(
        "{} golden files decoded with tract, by one thread per core and by seven",
        files.len()
    );
}

#[test]
fn golden_files_decode_on_onnx_runtime() {
    let file = golden().join("rgb-network.pxc").display().to_string();
    let (code, _, stderr) = outcome(
        &golden(),
        &["test", "-q", "--backend", "onnxruntime", &file],
    );
    if code != 0 && stderr.contains("ONNX Runtime: ") {
        println!("skipped: {stderr}");
        return;
    }
    if code != 0 && stderr.contains("this build has no") {
        println!("skipped: {stderr}");
        return;
    }
    for file in files_with_suffix(&golden(), "pxc") {
        decodes(&file, &["--backend", "onnxruntime"]);
    }
}

/// How a golden file was made: name, size, colour, model, coder, tiling.
struct Case {
    name: &'static str,
    size: (u32, u32),
    color: ColorType,
    model: Option<&'static str>,
    method: Option<CodingMethod>,
    tiling: Option<Tiling>,
}

const fn tiles(width: u32, height: u32, per_group: u32) -> Option<Tiling> {
    Some(Tiling {
        tile_width: width,
        tile_height: height,
        tiles_per_group: per_group,
    })
}

const CASES: [Case; 19] = [
    Case {
        name: "gray-1x1",
        size: (1, 1),
        color: ColorType::Gray,
        model: None,
        method: None,
        tiling: None,
    },
    Case {
        name: "gray-network",
        size: (33, 21),
        color: ColorType::Gray,
        model: Some("tiny-gray"),
        method: Some(CodingMethod::Network),
        tiling: None,
    },
    Case {
        name: "gray-alpha",
        size: (30, 17),
        color: ColorType::GrayAlpha,
        model: Some("tiny-gray"),
        method: Some(CodingMethod::Network),
        tiling: None,
    },
    Case {
        name: "gray-stored",
        size: (7, 5),
        color: ColorType::Gray,
        model: None,
        method: Some(CodingMethod::Stored),
        tiling: None,
    },
    Case {
        name: "rgb-network",
        size: (40, 30),
        color: ColorType::Rgb,
        model: Some("tiny-rgb"),
        method: Some(CodingMethod::Network),
        tiling: None,
    },
    Case {
        name: "rgb-int8",
        size: (31, 9),
        color: ColorType::Rgb,
        model: Some("tiny-int8"),
        method: Some(CodingMethod::Network),
        tiling: None,
    },
    Case {
        name: "rgb-row",
        size: (64, 1),
        color: ColorType::Rgb,
        model: Some("tiny-rgb"),
        method: Some(CodingMethod::Network),
        tiling: None,
    },
    Case {
        name: "rgb-column",
        size: (1, 64),
        color: ColorType::Rgb,
        model: Some("tiny-rgb"),
        method: Some(CodingMethod::Network),
        tiling: None,
    },
    Case {
        name: "rgb-tiles",
        size: (50, 40),
        color: ColorType::Rgb,
        model: Some("tiny-rgb"),
        method: Some(CodingMethod::Network),
        tiling: tiles(20, 16, 1),
    },
    Case {
        name: "rgb-lanes",
        size: (50, 40),
        color: ColorType::Rgb,
        model: Some("tiny-rgb"),
        method: Some(CodingMethod::Network),
        tiling: tiles(20, 16, 4),
    },
    Case {
        name: "rgb-adaptive",
        size: (24, 18),
        color: ColorType::Rgb,
        model: None,
        method: Some(CodingMethod::Adaptive),
        tiling: None,
    },
    Case {
        name: "gray-refined",
        size: (33, 41),
        color: ColorType::Gray,
        model: Some("tiny-gray"),
        method: Some(CodingMethod::Refined),
        tiling: None,
    },
    Case {
        name: "rgb-refined",
        size: (60, 50),
        color: ColorType::Rgb,
        model: Some("tiny-rgb"),
        method: Some(CodingMethod::Refined),
        tiling: None,
    },
    Case {
        name: "rgb-refined-lanes",
        size: (50, 40),
        color: ColorType::Rgb,
        model: Some("tiny-rgb"),
        method: Some(CodingMethod::Refined),
        tiling: tiles(20, 16, 4),
    },
    Case {
        name: "rgb-network-colors",
        size: (96, 80),
        color: ColorType::Rgb,
        model: Some("tiny-rgb"),
        method: Some(CodingMethod::Network),
        tiling: tiles(96, 40, 1),
    },
    Case {
        name: "rgb-refined-colors",
        size: (96, 80),
        color: ColorType::Rgb,
        model: Some("tiny-rgb"),
        method: Some(CodingMethod::Refined),
        tiling: None,
    },
    Case {
        name: "gray-two-scales",
        size: (19, 13),
        color: ColorType::Gray,
        model: Some("tiny-multiscale-gray"),
        method: Some(CodingMethod::Network),
        tiling: None,
    },
    Case {
        name: "rgb-two-scales",
        size: (20, 17),
        color: ColorType::Rgb,
        model: Some("tiny-multiscale-rgb"),
        method: Some(CodingMethod::Network),
        tiling: tiles(7, 8, 4),
    },
    Case {
        name: "rgba-network",
        size: (26, 26),
        color: ColorType::Rgba,
        model: Some("tiny-rgb"),
        method: Some(CodingMethod::Network),
        tiling: tiles(13, 26, 1),
    },
];

#[test]
#[ignore = "writes golden files"]
fn write_missing_golden_files() {
    let registry = Registry::with_directory(Some(fixtures().join("models")));
    let engine = Engine::new(registry, Backend::Tract);
    for case in &CASES {
        let path = golden().join(format!("{}.pxc", case.name));
        if path.exists() {
            continue;
        }
        let mut image = photo(case.size.0, case.size.1, case.color);
        if case.name.ends_with("-colors") {
            image = with_coarse_chroma(&image);
        }
        fs::write(&path, encode(&engine, case, &image)).expect("a written file");
        write_png(&path.with_extension("png"), &image);
        println!("written: {}", path.display());
    }
}

/// Golden files of the other sample formats: name, colour type, bit depth, bytes of palette and of transparency.
const FORMATS: [(&str, png::ColorType, png::BitDepth, usize, usize); 14] = {
    use png::{BitDepth::*, ColorType::*};
    [
        ("format-gray-1", Grayscale, One, 0, 0),
        ("format-gray-2", Grayscale, Two, 0, 2),
        ("format-gray-4", Grayscale, Four, 0, 0),
        ("format-gray-8", Grayscale, Eight, 0, 2),
        ("format-gray-16", Grayscale, Sixteen, 0, 0),
        ("format-gray-alpha-16", GrayscaleAlpha, Sixteen, 0, 0),
        ("format-rgb-8", Rgb, Eight, 0, 6),
        ("format-rgb-16", Rgb, Sixteen, 0, 6),
        ("format-rgba-8", Rgba, Eight, 0, 0),
        ("format-rgba-16", Rgba, Sixteen, 0, 0),
        ("format-palette-1", Indexed, One, 6, 0),
        ("format-palette-2", Indexed, Two, 9, 1),
        ("format-palette-4", Indexed, Four, 48, 16),
        ("format-palette-8", Indexed, Eight, 300, 7),
    ]
};

/// Flat areas, slopes and some noise, as packed rows.
fn picture(
    color: png::ColorType,
    depth: png::BitDepth,
    palette: usize,
    transparency: usize,
) -> PngFile {
    let (width, height) = (40, 30);
    let row_bytes = (color.samples() * depth as usize * width as usize).div_ceil(8);
    let unused = row_bytes * 8 - color.samples() * depth as usize * width as usize;
    let mut state = 1_u32;
    let mut rows = Vec::new();
    for y in 0..height as usize {
        for x in 0..row_bytes {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let byte = match (x * 3 / row_bytes, y / 10) {
                (0, _) => 0x3c,
                (1, 0) => (x * 5 + y * 3) as u8,
                (_, 1) => (x / 4 * 17) as u8,
                _ => (x * 2 + y) as u8 ^ (state >> 30) as u8,
            };
            let last = x + 1 == row_bytes;
            rows.push(if last { byte >> unused << unused } else { byte });
        }
    }
    let bytes = |count: usize| (0..count).map(|index| (index * 83 + 5) as u8).collect();
    PngFile {
        width,
        height,
        color,
        depth,
        palette: (palette > 0).then(|| bytes(palette)),
        transparency: (transparency > 0).then(|| bytes(transparency)),
        rows,
        chunks: Vec::new(),
    }
}

#[test]
fn every_sample_format_has_a_golden_file() {
    for (name, color, depth, palette, transparency) in FORMATS {
        let png = picture(color, depth, palette, transparency).bytes();
        let kept = fs::read(golden().join(format!("{name}.png"))).expect("the golden image");
        assert!(decode_png(&kept) == decode_png(&png), "{name}");
    }
}

#[test]
#[ignore = "writes golden files"]
fn write_missing_golden_formats() {
    for (name, color, depth, palette, transparency) in FORMATS {
        let path = golden().join(format!("{name}.png"));
        if !path.exists() {
            let png = picture(color, depth, palette, transparency).bytes();
            fs::write(&path, png).expect("a written file");
            let compressed = format!("{name}.pxc");
            // A model that stays, should the embedded ones change.
            let model = match color.samples() {
                1 | 2 => "tiny-gray",
                _ => "tiny-rgb",
            };
            let original = format!("{name}.png");
            succeed(
                &golden(),
                &[
                    "compress",
                    "-q",
                    "--model",
                    model,
                    &original,
                    "-o",
                    &compressed,
                ],
            );
            println!("written: {}", path.display());
        }
    }
}

#[test]
#[ignore = "writes images"]
fn write_missing_images() {
    for (name, size, color) in [
        ("photo-rgb", (240, 160), ColorType::Rgb),
        ("photo-gray", (160, 120), ColorType::Gray),
        ("photo-rgba", (64, 48), ColorType::Rgba),
        ("photo-gray-alpha", (48, 64), ColorType::GrayAlpha),
    ] {
        let path = fixtures().join("images").join(format!("{name}.png"));
        if !path.exists() {
            write_png(&path, &photo(size.0, size.1, color));
        }
    }
}

/// The differences of red and blue to green in steps of sixteen: few colours, which a file lists.
fn with_coarse_chroma(image: &Image) -> Image {
    let samples = image.samples().chunks_exact(3).flat_map(|pixel| {
        let green = pixel[1];
        let coarse = |sample: u8| {
            green.saturating_add_signed(((i16::from(sample) - i16::from(green)) / 16 * 16) as i8)
        };
        [coarse(pixel[0]), green, coarse(pixel[2])]
    });
    Image::new(
        image.width(),
        image.height(),
        image.color(),
        samples.collect(),
    )
    .expect("an image")
}

#[test]
fn some_golden_files_list_their_colors() {
    for name in ["rgb-network-colors.pxc", "rgb-refined-colors.pxc"] {
        let bytes = fs::read(golden().join(name)).expect("a golden file");
        let header = read_header(&bytes, &Limits::default()).expect("a header");
        assert!(header.color_set.is_some(), "{name}");
    }
}

fn encode(engine: &Engine, case: &Case, image: &Image) -> Vec<u8> {
    let metadata = [MetadataChunk {
        tag: *b"tEXt",
        data: b"Title\0golden".to_vec(),
    }];
    let has_metadata = case.name == "rgba-network";
    let options = CompressOptions::default()
        .with_model(case.model)
        .with_metadata(if has_metadata { &metadata } else { &[] })
        .with_tiling(case.tiling)
        .with_method(case.method)
        .with_threads(1);
    engine
        .compress(image, &options)
        .expect("a compressed image")
        .0
}
