//! The fuzz targets: each takes any bytes, and panics where something does not hold that must.

mod exact_file;
mod model;
mod payload;
mod picture;
mod png_image;

pub use crate::soundness::check as decode;
pub use exact_file::exact_file;
pub use model::model;
pub use payload::payload;
pub use picture::picture;
pub use png_image::png_image;
