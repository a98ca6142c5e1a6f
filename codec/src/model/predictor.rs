//! What the codec requires of a probability model.
//!
//! The codec contains no neural network. It gathers the integer features of a pixel's causal neighbourhood
//! (`docs/model.md`, *Context*), hands them to a [`Session`] and receives logits in sixteenths of a bit.

use crate::image::sample_format::{BitDepth, ColorType, SampleFormat};
use crate::model::error::PredictorError;
use crate::model::id::ModelId;
use crate::model::session::{Session, TileSize};

/// The largest number of values of a symbol, and of logits per channel and lane: [`ModelSpec::levels`].
pub(crate) const SYMBOLS: usize = 256;

/// A pixel or block, seen from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tap {
    /// Rows below; negative above.
    pub dy: i32,
    /// Columns to the right; negative to the left.
    pub dx: i32,
}

/// How features and symbols follow from samples (`docs/model.md`, *Context* and *Prediction*).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SymbolRule {
    /// `median-differences` and `carry`: differences to a base, then one base per channel.
    Differences,
    /// `centred` and `none`: `2·x − (levels − 1)`; the symbol is the sample.
    Centred,
}

/// Which maps a model keeps for every pixel (`docs/model.md`, *Maps*).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeptMaps {
    /// None: the logits follow from the context.
    None,
    /// Maps made with the pixel.
    Pixel,
    /// Also maps made when a row is complete.
    PixelAndRow,
}

/// How a model sees an image (`docs/model.md`, *Metadata*): which planes in which order, which neighbours, which
/// wavefront.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelSpec {
    /// Coding order: `order[k]` is the image plane coded as channel `k`. Its length is the number of channels `K`.
    pub order: Vec<usize>,
    /// The causal neighbours, in the order of the features: above, with `dx` at most `shear · |dy| − 1`, or in the same
    /// row to the left.
    pub taps: Vec<Tap>,
    /// `s` of the wavefront: pixel (y, x) belongs to step `x + s·y`.
    pub shear: usize,
    /// How features and symbols follow from samples.
    pub rule: SymbolRule,
    /// Values of a sample, and logits per channel and lane: 256, or 2 for bilevel images.
    pub levels: usize,
    /// The largest tile, which is also the best; `None` for tiles of any size.
    pub tile: Option<TileSize>,
    /// Which maps the model keeps.
    pub maps: KeptMaps,
    /// Side of the blocks whose first pixels are coded before the others, with [`Predictor::coarse`]; `None` for one
    /// scale.
    pub ratio: Option<usize>,
}

/// The blocks whose pixels of the coarse image a model with a [`ratio`](ModelSpec::ratio) reads, seen from the block of
/// the pixel being coded.
pub const COARSE_TAPS: [Tap; 9] = [
    Tap { dy: -1, dx: -1 },
    Tap { dy: -1, dx: 0 },
    Tap { dy: -1, dx: 1 },
    Tap { dy: 0, dx: -1 },
    Tap { dy: 0, dx: 0 },
    Tap { dy: 0, dx: 1 },
    Tap { dy: 1, dx: -1 },
    Tap { dy: 1, dx: 0 },
    Tap { dy: 1, dx: 1 },
];

impl ModelSpec {
    /// Describes a model of 8-bit photos: differences to a base, tiles of any size, no maps.
    pub fn photo(order: Vec<usize>, taps: Vec<Tap>, shear: usize) -> ModelSpec {
        ModelSpec {
            order,
            taps,
            shear,
            rule: SymbolRule::Differences,
            levels: SYMBOLS,
            tile: None,
            maps: KeptMaps::None,
            ratio: None,
        }
    }

    /// Whether the model codes the colour planes of images of a format.
    pub fn codes(&self, format: SampleFormat) -> bool {
        self.codes_depth(format) && format.color.color_planes() == self.channels()
    }

    pub(crate) fn codes_depth(&self, format: SampleFormat) -> bool {
        let levels = match format.depth {
            BitDepth::One => 2,
            BitDepth::Eight => SYMBOLS,
            _ => return false,
        };
        format.color != ColorType::Palette && self.levels == levels
    }

    /// Whether a pixel of a tile is known before the others.
    pub(crate) fn knows(&self, y: usize, x: usize) -> bool {
        let first = |ratio| y.is_multiple_of(ratio) && x.is_multiple_of(ratio);
        self.ratio.is_some_and(first)
    }

    /// The number of channels `K` that the model codes.
    pub fn channels(&self) -> usize {
        self.order.len()
    }

    /// The number of context features per pixel: those of the neighbourhood, then those of the coarse image.
    pub fn features(&self) -> usize {
        self.neighbour_features() + self.coarse_features()
    }

    /// The features of the causal neighbourhood, `F`.
    pub fn neighbour_features(&self) -> usize {
        let bases = usize::from(self.rule == SymbolRule::Differences);
        self.channels() * (self.taps.len() + bases)
    }

    /// The features of the coarse image: one for each position in a block, channel and neighbouring block.
    pub fn coarse_features(&self) -> usize {
        let positions = self.ratio.map_or(0, |ratio| ratio * ratio);
        self.channels() * COARSE_TAPS.len() * positions
    }
}

/// A probability model that can be evaluated from several threads, each with a [`Session`] of its own.
pub trait Predictor: Send + Sync {
    /// Which model this is.
    fn id(&self) -> ModelId;

    /// How the model sees an image.
    fn spec(&self) -> &ModelSpec;

    /// The name that files store for readers without the model: 1 to 64 characters of `a-z A-Z 0-9 . _ -`. `None` for a
    /// model that every reader has.
    fn name(&self) -> Option<&str> {
        None
    }

    /// The model of the coarse image, if the [`spec`](Predictor::spec) has a ratio.
    fn coarse(&self) -> Option<&dyn Predictor> {
        None
    }

    /// An upper bound of the bytes that the model and this many sessions take; counted against
    /// [`Limits::max_memory`](crate::Limits::max_memory) before the first session is made. A model without a network
    /// takes none.
    fn memory(&self, _sessions: usize) -> u64 {
        0
    }

    /// Multiplications for a pixel, with its share of the coarse image; counted against
    /// [`Limits::max_work`](crate::Limits::max_work) before anything is coded. A model without a network needs none.
    fn work_per_pixel(&self) -> u64 {
        0
    }

    /// An upper bound of the bytes that a session keeps for a tile of this size until the next component begins;
    /// counted like [`memory`](Predictor::memory). A model without maps keeps none.
    fn tile_memory(&self, _tile: TileSize) -> u64 {
        0
    }

    /// Opens a session: the buffers and plans of one thread.
    fn session(&self) -> Result<Box<dyn Session + '_>, PredictorError>;
}
