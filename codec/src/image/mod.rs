//! The image in memory: samples with a size, a format, and a palette or a transparent colour.

pub(crate) mod sample_format;
pub(crate) mod palette;
pub(crate) mod raster;
pub(crate) mod crop;
pub(crate) mod expand;
pub(crate) mod digest;
