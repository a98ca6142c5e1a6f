//! Does an image file come back? Formats, bit depths, metadata, files byte for byte, collections of real images.

mod samples;
mod standard_output;
mod formats;
mod metadata;
mod exact_files;
mod descriptions;
mod collections;
