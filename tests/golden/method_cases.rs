//! The golden files of [`methods`](crate::methods): how each is made, and what is in it.

use pxc_codec::{BitDepth, CodingMethod, ColorType, Image};

use crate::images::{
    blank, calm, coarse_chroma, drawing, palette, smooth, stepped, strokes, widened,
};

/// How the general method names what it codes: the first decisions of its stream (`docs/format.md`, *General method*).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Alphabet {
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
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) image: fn() -> Image,
    pub(crate) model: Option<&'static str>,
    pub(crate) method: CodingMethod,
    pub(crate) tiling: (u32, u32, u32),
    /// The general method's alphabet, in the first group: of indices where the file has a sample map.
    pub(crate) alphabet: Option<Alphabet>,
    /// Whether colour and alpha are one stream.
    pub(crate) joint: bool,
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

/// A case of the general method, in two groups of a tile each.
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

/// Like [`general`], with alpha in the same stream.
const fn joint(name: &'static str, alphabet: Alphabet, image: fn() -> Image) -> Case {
    Case {
        joint: true,
        ..general(name, alphabet, image)
    }
}

/// The size of most images for the general method.
const SIZE: (u32, u32) = (112, 88);
/// The size of images for the adaptive method and for int8 models.
const MEDIUM: (u32, u32) = (208, 120);
/// The size of images for the methods with a model of photos.
const LARGE: (u32, u32) = (512, 400);

use Alphabet::{ColorIndices, SampleIndices, Samples, ValueIndices, Values};
use BitDepth::{Eight, Four, One, Sixteen, Two};
use CodingMethod::{Adaptive, Deep, General, Network, Refined, Thorough};
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
        "medium-rgb-int8",
        "tiny-int8",
        Network,
        (208, 60, 1),
        || calm(MEDIUM, Rgb),
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
        "large-rgb-thorough",
        "tiny-rgb",
        Thorough,
        (512, 200, 1),
        || calm(LARGE, Rgb),
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
        "medium-rgb-adaptive",
        "tiny-rgb",
        Adaptive,
        (208, 60, 1),
        || calm(MEDIUM, Rgb),
    ),
    modelled(
        "medium-gray-adaptive",
        "tiny-gray",
        Adaptive,
        (208, 60, 1),
        || calm(MEDIUM, Gray),
    ),
    modelled(
        "medium-few-colors-adaptive",
        "tiny-rgb",
        Adaptive,
        (208, 60, 1),
        || drawing(MEDIUM, Rgb, Eight, 9),
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
    general("general-gray-values", Samples, || {
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
    general("general-gray-16-values", Samples, || {
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
    general("general-rgb-color-indices-two", ColorIndices, || {
        drawing(SIZE, Rgb, Eight, 2)
    }),
    general("general-rgb-16", Values, || smooth(SIZE, Rgb, Sixteen)),
    general("general-rgb-16-values", Values, || {
        stepped(SIZE, Rgb, Sixteen, 1009)
    }),
    general("general-rgb-16-color-indices", ColorIndices, || {
        drawing(SIZE, Rgb, Sixteen, 20)
    }),
    general("general-palette-2", SampleIndices, || palette(SIZE, Two)),
    general("general-palette-8", ValueIndices, || palette(SIZE, Eight)),
    joint("general-gray-alpha-samples", Samples, || {
        smooth(SIZE, GrayAlpha, Eight)
    }),
    joint("general-gray-alpha-values", Values, || {
        stepped(SIZE, GrayAlpha, Eight, 6)
    }),
    joint("general-gray-alpha-color-indices", ColorIndices, || {
        drawing(SIZE, GrayAlpha, Eight, 5)
    }),
    general("general-gray-alpha-16", Samples, || {
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
    general("general-rgba-16", Values, || smooth(SIZE, Rgba, Sixteen)),
    joint("general-rgba-16-color-indices", ColorIndices, || {
        drawing(SIZE, Rgba, Sixteen, 200)
    }),
    general("general-rgba-apart", ColorIndices, || calm(SIZE, Rgba)),
];

/// A case of the deep method, in two groups of a tile each.
const fn deep(name: &'static str, image: fn() -> Image) -> Case {
    Case {
        name,
        image,
        model: None,
        method: Deep,
        tiling: (SIZE.0, SIZE.1 / 2, 1),
        alphabet: None,
        joint: false,
    }
}

const DEEP: &[Case] = &[
    deep("deep-gray-16", || smooth(SIZE, Gray, Sixteen)),
    deep("deep-gray-16-noise", || stepped(SIZE, Gray, Sixteen, 7)),
    deep("deep-rgb-16", || smooth(SIZE, Rgb, Sixteen)),
    deep("deep-gray-alpha-16", || smooth(SIZE, GrayAlpha, Sixteen)),
    Case {
        method: General,
        ..deep("mapped-gray-16-general", || widened(&calm(SIZE, Gray)))
    },
    Case {
        method: General,
        ..deep("mapped-rgb-16-general", || widened(&calm(SIZE, Rgb)))
    },
    Case {
        method: Adaptive,
        ..deep("mapped-gray-16-adaptive", || widened(&calm(SIZE, Gray)))
    },
    deep("mapped-gray-16-deep", || stepped(SIZE, Gray, Sixteen, 101)),
];

pub(crate) fn cases() -> impl Iterator<Item = &'static Case> {
    let all = MODELLED.iter().chain(PAPER).chain(GENERAL);
    all.chain(DEEP)
}
