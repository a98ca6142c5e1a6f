//! The network's frequencies, plain or refined, coded along the wavefront (`docs/format.md`, *Wavefront order*).

pub(crate) mod lanes;
pub(crate) mod encoder;
pub(crate) mod decoder;
