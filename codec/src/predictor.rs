//! What the codec asks of a probability model.
//!
//! The codec knows no neural network. It gathers the integer features of a pixel's causal neighbourhood
//! (`docs/model.md`, *Context*), hands them to a [`Session`] and receives logits in sixteenths of a bit.

use std::fmt;

/// The number of values of a symbol, and of logits per channel and lane.
pub const SYMBOLS: usize = 256;

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

/// How a model sees an image (`docs/model.md`, *Metadata*): which planes in which order, which neighbours, which wavefront.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelSpec {
    /// Coding order: `order[k]` is the image plane coded as channel `k`. Its length is the number of channels `K`.
    pub order: Vec<usize>,
    /// The causal neighbours, in the order of the features.
    pub taps: Vec<Tap>,
    /// `s` of the wavefront: pixel (y, x) belongs to step `x + s·y`.
    pub shear: usize,
}

impl ModelSpec {
    /// The number of channels `K` that the model codes.
    pub fn channels(&self) -> usize {
        self.order.len()
    }

    /// The number of context features per pixel, `F`.
    pub fn features(&self) -> usize {
        self.channels() * (self.taps.len() + 1)
    }
}

/// A backend failed to evaluate its model. Says what failed, in the backend's words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct PredictorError {
    /// The backend's own message.
    pub message: String,
}

/// A probability model that can be evaluated from several threads, each with a [`Session`] of its own.
pub trait Predictor: Send + Sync {
    /// Which model this is.
    fn id(&self) -> ModelId;

    /// How the model sees an image.
    fn spec(&self) -> &ModelSpec;

    /// An upper bound of the bytes that the model and so many sessions take; counted against
    /// [`Limits::max_memory`](crate::Limits::max_memory) before the first session is made. A model without a network takes none.
    fn memory(&self, _sessions: usize) -> u64 {
        0
    }

    /// A new session: the buffers and plans of one thread.
    fn session(&self) -> Result<Box<dyn Session + '_>, PredictorError>;
}

/// One thread's evaluation of a [`Predictor`].
///
/// All tensors are channel-major: feature `f` of lane `i` of `lanes` is at `f * lanes + i`. Any number of lanes is legal;
/// the session cuts them to the sizes that its plans were built for. The logits of a lane never depend on the other lanes.
pub trait Session {
    /// Evaluates all channels of `lanes` pixels whose own channels are known (encoding).
    ///
    /// `context` has `F × lanes` features; `own` has `(K − 1) × lanes` differences `x_k − base_k`;
    /// `logits` receives `K × 256 × lanes` values.
    fn all_logits(
        &mut self,
        lanes: usize,
        context: &[i16],
        own: &[i16],
        logits: &mut [u8],
    ) -> Result<(), PredictorError>;

    /// Starts a step of `lanes` pixels and evaluates channel 0 (decoding). `logits` receives `256 × lanes` values.
    fn first_logits(
        &mut self,
        lanes: usize,
        context: &[i16],
        logits: &mut [u8],
    ) -> Result<(), PredictorError>;

    /// Evaluates the next channel of the step that [`first_logits`](Session::first_logits) started, given
    /// `own`: the differences `x_k − base_k` of the channel `k` decoded last, one per lane. `logits` receives `256 × lanes` values.
    fn next_logits(&mut self, own: &[i16], logits: &mut [u8]) -> Result<(), PredictorError>;
}
