//! How golden files are made from generated images: colour, model, coding method, tiling.

use std::fs;

use pxc_codec::{CodingMethod, ColorType, Image, MetadataChunk, Tiling};
use pxc_runtime::{Backend, CompressOptions, Engine, Registry};

use crate::golden;
use pxc_test_harness::{fixtures, photo, write_png};

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

const CASES: [Case; 21] = [
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
        name: "gray-thorough",
        size: (33, 41),
        color: ColorType::Gray,
        model: Some("tiny-gray"),
        method: Some(CodingMethod::Thorough),
        tiling: None,
    },
    Case {
        name: "rgb-thorough-lanes",
        size: (50, 40),
        color: ColorType::Rgb,
        model: Some("tiny-rgb"),
        method: Some(CodingMethod::Thorough),
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
