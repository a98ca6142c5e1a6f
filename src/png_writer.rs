//! [`Image`] and metadata → PNG bytes of the same colour type.

use std::io::Write;

use pxc_runtime::{Chunk, ColorType, Image};

/// Writes an image as a PNG file, its metadata before the pixels.
pub(crate) fn write_png(
    image: &Image,
    metadata: &[Chunk],
    out: impl Write,
) -> Result<(), png::EncodingError> {
    let mut encoder = png::Encoder::new(out, image.width(), image.height());
    encoder.set_color(png_color(image.color()));
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Fast);
    encoder.set_filter(png::Filter::Adaptive);
    let mut writer = encoder.write_header()?;
    for chunk in metadata {
        writer.write_chunk(png::chunk::ChunkType(chunk.tag), &chunk.data)?;
    }
    writer.write_image_data(image.samples())?;
    writer.finish()
}

fn png_color(color: ColorType) -> png::ColorType {
    match color {
        ColorType::Gray => png::ColorType::Grayscale,
        ColorType::GrayAlpha => png::ColorType::GrayscaleAlpha,
        ColorType::Rgb => png::ColorType::Rgb,
        _ => png::ColorType::Rgba,
    }
}
