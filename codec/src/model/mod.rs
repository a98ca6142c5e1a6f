//! What a model is to the codec: the [`Predictor`](predictor::Predictor) trait, and a model fitted to an image.

pub(crate) mod id;
pub(crate) mod error;
pub(crate) mod session;
pub(crate) mod predictor;
pub mod prediction;
pub(crate) mod fitted;
