//! Images to learn from: folders of photos ([`dataset`]) with their random crops, and sets of images of one size
//! ([`image_sets`]).

pub mod photo;
pub mod digest;
pub mod dataset;
pub mod crop;
pub(crate) mod plain_crop;
pub(crate) mod disturbance;
mod color_conversion;
pub mod samples;
pub mod image_sets;
