//! What the codec requires of a probability model.
//!
//! The codec contains no neural network. It gathers the integer features of a pixel's causal neighbourhood
//! (`docs/model.md`, *Context*), hands them to a [`Session`] and receives logits in sixteenths of a bit.

use std::fmt;

use crate::image::sample_format::{BitDepth, ColorType, SampleFormat};

/// The largest number of values of a symbol, and of logits per channel and lane: [`ModelSpec::levels`].
pub(crate) const SYMBOLS: usize = 256;

/// Identity of a model: the first 8 bytes of the BLAKE3 digest of its ONNX file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ModelId(pub [u8; 8]);

impl fmt::Display for ModelId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// A causal neighbour, relative to the pixel being coded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tap {
    /// Rows above: 0 or negative.
    pub dy: i32,
    /// Columns to the right; negative when `dy` is 0, at most `shear · |dy| − 1` otherwise.
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

/// Columns and rows of a tile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TileSize {
    /// Columns, at least 1.
    pub width: usize,
    /// Rows, at least 1.
    pub height: usize,
}

impl TileSize {
    /// The most pixels that a step of a wavefront of this shear can have.
    pub fn most_lanes(self, shear: usize) -> usize {
        self.height.min(self.width.div_ceil(shear))
    }
}

/// Which pixel a lane is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LanePosition {
    /// Index of the tile in the component.
    pub tile: usize,
    /// Row in the tile.
    pub y: usize,
    /// Column in the tile.
    pub x: usize,
}

/// How a model sees an image (`docs/model.md`, *Metadata*): which planes in which order, which neighbours, which
/// wavefront.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelSpec {
    /// Coding order: `order[k]` is the image plane coded as channel `k`. Its length is the number of channels `K`.
    pub order: Vec<usize>,
    /// The causal neighbours, in the order of the features.
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

/// Pixels of the coarse image that a model with a [`ratio`](ModelSpec::ratio) reads: rows and columns from the pixel's
/// block.
pub const COARSE_TAPS: [(i32, i32); 9] = [
    (-1, -1),
    (-1, 0),
    (-1, 1),
    (0, -1),
    (0, 0),
    (0, 1),
    (1, -1),
    (1, 0),
    (1, 1),
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

/// Why a model cannot be found, prepared or evaluated: the error of whoever implements [`Predictor`] or looks for one.
///
/// Displays like that error, and has its sources. [`downcast`](PredictorError::downcast) returns the error itself.
#[derive(Debug)]
pub struct PredictorError {
    source: Box<dyn std::error::Error + Send + Sync>,
}

impl PredictorError {
    /// Wraps an error, or a message.
    pub fn new(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> PredictorError {
        PredictorError {
            source: source.into(),
        }
    }

    /// The wrapped error when it has that type; else this error, unchanged.
    pub fn downcast<E: std::error::Error + 'static>(self) -> Result<E, PredictorError> {
        let found = self.source.downcast::<E>();
        found.map_or_else(|source| Err(PredictorError { source }), |error| Ok(*error))
    }
}

impl fmt::Display for PredictorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.source, f)
    }
}

impl std::error::Error for PredictorError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.source()
    }
}

/// Errors with the same message are equal.
impl PartialEq for PredictorError {
    fn eq(&self, other: &PredictorError) -> bool {
        self.to_string() == other.to_string()
    }
}

impl Eq for PredictorError {}

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

/// One thread's evaluation of a [`Predictor`].
///
/// All tensors are channel-major: feature `f` of lane `i` of `lanes` is at `f * lanes + i`. Any number of lanes is
/// legal; the session cuts them to the sizes that its plans were built for. The logits of a lane never depend on the
/// other lanes.
///
/// If the model keeps maps, the caller says which pixels the lanes are: [`begin`](Session::begin) when a component
/// begins, [`locate`](Session::locate) before each step, whose lanes belong to one step of the wavefront, and
/// [`finish_row`](Session::finish_row). Other models may ignore all three.
pub trait Session {
    /// Begins a component of tiles of these sizes, none of whose pixels are known.
    fn begin(&mut self, _tiles: &[TileSize]) -> Result<(), PredictorError> {
        Ok(())
    }

    /// Sets which pixels the lanes of the next step are, in order.
    fn locate(&mut self, _positions: &[LanePosition]) -> Result<(), PredictorError> {
        Ok(())
    }

    /// Called when row `y` is complete in all tiles that have it, so that the row pass can run.
    fn finish_row(&mut self, _y: usize) -> Result<(), PredictorError> {
        Ok(())
    }

    /// Evaluates all channels of `lanes` pixels whose own channels are known (encoding).
    ///
    /// `context` has [`ModelSpec::features`]` × lanes` features; `own` has `(K − 1) × lanes` values: differences
    /// `x_k − base_k`, or centred samples; `logits` receives `K × levels × lanes` values.
    fn all_logits(
        &mut self,
        lanes: usize,
        context: &[i16],
        own: &[i16],
        logits: &mut [u8],
    ) -> Result<(), PredictorError>;

    /// Starts a step of `lanes` pixels and evaluates channel 0 (decoding). `logits` receives `levels × lanes` values.
    fn first_logits(
        &mut self,
        lanes: usize,
        context: &[i16],
        logits: &mut [u8],
    ) -> Result<(), PredictorError>;

    /// Evaluates the next channel of the step that [`first_logits`](Session::first_logits) started, given
    /// `own` of the channel `k` decoded last, one per lane. `logits` receives `levels × lanes` values.
    fn next_logits(&mut self, own: &[i16], logits: &mut [u8]) -> Result<(), PredictorError>;
}
