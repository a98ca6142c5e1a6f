//! Golden files that pin every coding method at real sizes, and every form of the general coder's streams.
//!
//! All have at least two groups.

use std::fs;

use pxc_codec::{BitDepth, CodingMethod, ColorType, Image, Limits, Tiling, read_header};
use pxc_runtime::{Backend, CompressOptions, Engine, Registry};

use crate::golden;
use crate::harness::{decode_png, fixtures, write_png};
use crate::images::{blank, calm, coarse_chroma, drawing, palette, smooth, stepped, strokes};

/// How the general coder names what it codes: the first decisions of its stream (`docs/format.md`, *General coder*).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Alphabet {
    /// Samples as residuals.
    Samples,
    /// Samples as indices.
    SampleIndices,
    /// Positions in a list of values, as residuals.
    Values,
    /// Positions in a list of values, as indices.
    ValueIndices,
    /// Positions in a list of colours, as indices.
    ColorIndices,
}

/// How a golden file is made, and what is in it.
struct Case {
    name: &'static str,
    image: fn() -> Image,
    model: Option<&'static str>,
    method: CodingMethod,
    tiling: (u32, u32, u32),
    /// The general coder's alphabet, in the first group.
    alphabet: Option<Alphabet>,
    /// Whether colour and alpha are one stream.
    joint: bool,
}

/// A case of a method with a model.
const fn modelled(
    name: &'static str,
    model: &'static str,
    method: CodingMethod,
    tiling: (u32, u32, u32),
    image: fn() -> Image,
) -> Case {
    Case {
        name,
        image,
        model: Some(model),
        method,
        tiling,
        alphabet: None,
        joint: false,
    }
}

/// A case of the general coder, in two groups of a tile each.
const fn general(name: &'static str, alphabet: Alphabet, image: fn() -> Image) -> Case {
    Case {
        name,
        image,
        model: None,
        method: CodingMethod::General,
        tiling: (SIZE.0, SIZE.1 / 2, 1),
        alphabet: Some(alphabet),
        joint: false,
    }
}

/// As [`general`], with alpha in the same stream.
const fn joint(name: &'static str, alphabet: Alphabet, image: fn() -> Image) -> Case {
    Case {
        joint: true,
        ..general(name, alphabet, image)
    }
}

/// Of most images for the general coder.
const SIZE: (u32, u32) = (112, 88);
/// Of images for the methods with a model of photos.
const LARGE: (u32, u32) = (512, 400);

use Alphabet::{ColorIndices, SampleIndices, Samples, ValueIndices, Values};
use BitDepth::{Eight, Four, One, Sixteen, Two};
use CodingMethod::{Adaptive, General, Network, Refined};
use ColorType::{Gray, GrayAlpha, Rgb, Rgba};

const MODELLED: &[Case] = &[
    modelled(
        "large-rgb-network",
        "tiny-rgb",
        Network,
        (256, 200, 2),
        || calm(LARGE, Rgb),
    ),
    modelled(
        "large-rgb-int8",
        "tiny-int8",
        Network,
        (512, 200, 1),
        || calm(LARGE, Rgb),
    ),
    modelled(
        "large-gray-network",
        "tiny-gray",
        Network,
        (512, 200, 1),
        || calm(LARGE, Gray),
    ),
    modelled(
        "large-rgb-refined",
        "tiny-rgb",
        Refined,
        (512, 200, 1),
        || calm(LARGE, Rgb),
    ),
    modelled(
        "large-rgb-refined-lanes",
        "tiny-rgb",
        Refined,
        (256, 200, 2),
        || calm(LARGE, Rgb),
    ),
    modelled(
        "large-gray-refined",
        "tiny-gray",
        Refined,
        (512, 200, 1),
        || calm(LARGE, Gray),
    ),
    modelled(
        "large-rgba-refined",
        "tiny-rgb",
        Refined,
        (512, 200, 1),
        || calm(LARGE, Rgba),
    ),
    modelled(
        "large-gray-alpha-refined",
        "tiny-gray",
        Refined,
        (512, 200, 1),
        || calm(LARGE, GrayAlpha),
    ),
    modelled(
        "large-network-colors",
        "tiny-rgb",
        Network,
        (512, 200, 1),
        || coarse_chroma(LARGE),
    ),
    modelled(
        "large-refined-colors",
        "tiny-rgb",
        Refined,
        (512, 200, 1),
        || coarse_chroma(LARGE),
    ),
    modelled(
        "large-rgb-adaptive",
        "tiny-rgb",
        Adaptive,
        (512, 200, 1),
        || calm(LARGE, Rgb),
    ),
    modelled(
        "large-gray-adaptive",
        "tiny-gray",
        Adaptive,
        (512, 200, 1),
        || calm(LARGE, Gray),
    ),
    modelled(
        "large-few-colors-adaptive",
        "tiny-rgb",
        Adaptive,
        (512, 200, 1),
        || drawing(LARGE, Rgb, Eight, 9),
    ),
    modelled(
        "large-rgb-general",
        "tiny-rgb",
        General,
        (512, 200, 1),
        || calm(LARGE, Rgb),
    ),
    modelled(
        "large-drawing-general",
        "tiny-rgb",
        General,
        (512, 200, 1),
        || drawing(LARGE, Rgb, Eight, 9),
    ),
];

/// Models of versions 2 and 3: row, diagonal (with row passes), without maps, and of two scales.
const PAPER: &[Case] = &[
    modelled(
        "row-bilevel",
        "tiny-row-bilevel",
        Network,
        PAPER_TILES,
        sheet,
    ),
    modelled("row-gray", "tiny-row-gray", Network, PAPER_TILES, || {
        calm(PAPER_SIZE, Gray)
    }),
    modelled("row-rgb", "tiny-row-rgb", Network, PAPER_TILES, || {
        calm(PAPER_SIZE, Rgb)
    }),
    modelled(
        "diagonal-bilevel",
        "tiny-diagonal-bilevel",
        Network,
        PAPER_TILES,
        sheet,
    ),
    modelled(
        "diagonal-gray",
        "tiny-diagonal-gray",
        Network,
        PAPER_TILES,
        || calm(PAPER_SIZE, Gray),
    ),
    modelled(
        "diagonal-rgb",
        "tiny-diagonal-rgb",
        Network,
        PAPER_TILES,
        || calm(PAPER_SIZE, Rgb),
    ),
    modelled(
        "pixelcnn-bilevel",
        "tiny-pixelcnn-bilevel",
        Network,
        PAPER_TILES,
        sheet,
    ),
    modelled(
        "pixelcnn-gray",
        "tiny-pixelcnn-gray",
        Network,
        PAPER_TILES,
        || calm(PAPER_SIZE, Gray),
    ),
    modelled(
        "pixelcnn-rgb",
        "tiny-pixelcnn-rgb",
        Network,
        PAPER_TILES,
        || calm(PAPER_SIZE, Rgb),
    ),
    modelled(
        "multiscale-bilevel",
        "tiny-multiscale-bilevel",
        Network,
        PAPER_TILES,
        sheet,
    ),
    modelled(
        "multiscale-gray",
        "tiny-multiscale-gray",
        Network,
        PAPER_TILES,
        || calm(PAPER_SIZE, Gray),
    ),
    modelled(
        "multiscale-rgb",
        "tiny-multiscale-rgb",
        Network,
        PAPER_TILES,
        || calm(PAPER_SIZE, Rgb),
    ),
    modelled(
        "multiscale-rgba",
        "tiny-multiscale-rgb",
        Network,
        PAPER_TILES,
        || calm(PAPER_SIZE, Rgba),
    ),
];

const PAPER_SIZE: (u32, u32) = (61, 45);
const PAPER_TILES: (u32, u32, u32) = (8, 8, 10);

fn sheet() -> Image {
    strokes(PAPER_SIZE, One, 1, 0)
}

const GENERAL: &[Case] = &[
    general("general-gray-samples", Samples, || {
        smooth(SIZE, Gray, Eight)
    }),
    general("general-gray-sample-indices", SampleIndices, || {
        drawing(SIZE, Gray, Eight, 700)
    }),
    general("general-gray-values", Values, || {
        stepped(SIZE, Gray, Eight, 5)
    }),
    general("general-gray-value-indices", ValueIndices, || {
        drawing(SIZE, Gray, Eight, 9)
    }),
    general("general-gray-two-values", ValueIndices, || {
        strokes(SIZE, Eight, 30, 200)
    }),
    general("general-gray-one-value", ValueIndices, || blank(SIZE)),
    general("general-gray-1", SampleIndices, || strokes(SIZE, One, 1, 0)),
    general("general-gray-2", SampleIndices, || {
        drawing(SIZE, Gray, Two, 9)
    }),
    general("general-gray-4", Samples, || smooth(SIZE, Gray, Four)),
    general("general-gray-16", Samples, || smooth(SIZE, Gray, Sixteen)),
    general("general-gray-16-values", Values, || {
        stepped(SIZE, Gray, Sixteen, 401)
    }),
    general("general-gray-16-value-indices", ValueIndices, || {
        drawing(SIZE, Gray, Sixteen, 30)
    }),
    general("general-rgb-samples", Samples, || smooth(SIZE, Rgb, Eight)),
    general("general-rgb-values", Values, || {
        stepped(SIZE, Rgb, Eight, 7)
    }),
    general("general-rgb-color-indices", ColorIndices, || {
        drawing(SIZE, Rgb, Eight, 12)
    }),
    general("general-rgb-two-colors", ColorIndices, || {
        drawing(SIZE, Rgb, Eight, 2)
    }),
    general("general-rgb-16", Samples, || smooth(SIZE, Rgb, Sixteen)),
    general("general-rgb-16-values", Values, || {
        stepped(SIZE, Rgb, Sixteen, 1009)
    }),
    general("general-rgb-16-color-indices", ColorIndices, || {
        drawing(SIZE, Rgb, Sixteen, 20)
    }),
    general("general-palette-2", SampleIndices, || palette(SIZE, Two)),
    general("general-palette-8", SampleIndices, || palette(SIZE, Eight)),
    joint("general-gray-alpha-samples", Samples, || {
        smooth(SIZE, GrayAlpha, Eight)
    }),
    joint("general-gray-alpha-values", Values, || {
        stepped(SIZE, GrayAlpha, Eight, 6)
    }),
    joint("general-gray-alpha-color-indices", ColorIndices, || {
        drawing(SIZE, GrayAlpha, Eight, 5)
    }),
    joint("general-gray-alpha-16", Samples, || {
        smooth(SIZE, GrayAlpha, Sixteen)
    }),
    joint("general-rgba-samples", Samples, || {
        smooth(SIZE, Rgba, Eight)
    }),
    joint("general-rgba-values", Values, || {
        stepped(SIZE, Rgba, Eight, 9)
    }),
    joint("general-rgba-color-indices", ColorIndices, || {
        drawing(SIZE, Rgba, Eight, 40)
    }),
    joint("general-rgba-16", Samples, || smooth(SIZE, Rgba, Sixteen)),
    joint("general-rgba-16-color-indices", ColorIndices, || {
        drawing(SIZE, Rgba, Sixteen, 200)
    }),
    general("general-rgba-apart", Samples, || calm(SIZE, Rgba)),
];

fn cases() -> impl Iterator<Item = &'static Case> {
    MODELLED.iter().chain(PAPER).chain(GENERAL)
}

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

/// Writers may change; the images are those that the kept files hold.
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

/// Decisions of even chances are the first bits of a stream: indexed, listed, colours.
fn alphabet_of(first: u8, planes: usize) -> Alphabet {
    match (first >> 7 & 1, first >> 6 & 1, first >> 5 & 1) {
        (0, 0, _) => Alphabet::Samples,
        (1, 0, _) => Alphabet::SampleIndices,
        (_, 1, 1) if planes > 1 => Alphabet::ColorIndices,
        (0, 1, _) => Alphabet::Values,
        _ => Alphabet::ValueIndices,
    }
}
