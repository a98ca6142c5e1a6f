//! The maps that a model keeps for every pixel: which inputs read them at which offsets, and the values themselves.

pub(crate) mod wiring;
pub(crate) mod store;
