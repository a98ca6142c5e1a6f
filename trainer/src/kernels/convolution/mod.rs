//! Convolutions of maps: masked ones as a product per tap, and the deconvolution of a coarse image.

pub(crate) mod tap_conv;
pub(crate) mod deconvolution;
