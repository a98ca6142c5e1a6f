//! The methods network, refined and thorough: a model's frequencies, coded along the wavefront (`docs/format.md`,
//! *Wavefront order*).

pub(crate) mod options;
mod refining;
pub(crate) mod lane_buffer;
pub(crate) mod memory;
pub(crate) mod session_steps;
pub(crate) mod encoder;
pub(crate) mod decoder;
