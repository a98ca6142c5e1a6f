//! `PLTE` and `tRNS`: palette, transparency and suggested palette of a PNG file.

use pxc_codec::{ColorKey, ColorType, Image, MetadataChunk, Palette, SampleFormat};

use crate::error::{Error, Result};
use crate::formats::png::chunks::{PngChunk, SUGGESTED_PALETTE, png_chunks};

/// The data of `PLTE` and `tRNS`, if they come before the pixels.
#[derive(Default)]
pub(crate) struct Colors<'a> {
    palette: Option<&'a [u8]>,
    transparency: Option<&'a [u8]>,
}

impl<'a> Colors<'a> {
    /// Looks for both chunks.
    pub(crate) fn of(bytes: &'a [u8]) -> Colors<'a> {
        let mut colors = Colors::default();
        for PngChunk { tag, data, .. } in
            png_chunks(bytes).take_while(|chunk| chunk.tag != *b"IDAT")
        {
            match &tag {
                b"PLTE" => colors.palette = Some(data),
                b"tRNS" => colors.transparency = Some(data),
                _ => {}
            }
        }
        colors
    }

    /// The image of these samples and colours.
    pub(crate) fn image(
        &self,
        width: u32,
        height: u32,
        format: SampleFormat,
        samples: Vec<u8>,
    ) -> Result<Image> {
        let unsound = |error: pxc_codec::Error| damaged(error.to_string());
        if format.color == ColorType::Palette {
            let palette = self.palette()?;
            return Image::with_palette(width, height, format.depth, palette, samples)
                .map_err(unsound);
        }
        let image = Image::with_format(width, height, format, samples).map_err(unsound)?;
        match self.transparency.and_then(ColorKey::from_bytes) {
            Some(key) => image.with_color_key(key).map_err(unsound),
            None => Ok(image),
        }
    }

    fn palette(&self) -> Result<Palette> {
        let damaged = |problem: String| damaged(format!("PLTE: {problem}"));
        let colors = self.palette.ok_or_else(|| damaged("missing".into()))?;
        let (entries, rest) = colors.as_chunks();
        if !rest.is_empty() {
            let found = colors.len();
            return Err(damaged(format!(
                "expected 3 bytes per entry, found {found} bytes"
            )));
        }
        let alpha = self.transparency.unwrap_or_default();
        Palette::new(entries.to_vec(), alpha.to_vec()).map_err(|error| damaged(error.to_string()))
    }
}

/// The data of `PLTE` and of `tRNS`.
pub(crate) fn color_chunks(
    image: &Image,
    metadata: &[MetadataChunk],
) -> (Option<Vec<u8>>, Option<Vec<u8>>) {
    let (colors, key) = (image.color(), image.color_key());
    match image.palette() {
        Some(palette) => {
            let alpha = palette.alpha();
            (
                Some(palette.colors().as_flattened().to_vec()),
                (!alpha.is_empty()).then(|| alpha.to_vec()),
            )
        }
        None if matches!(colors, ColorType::Rgb | ColorType::Rgba) => {
            let mut chunks = metadata.iter();
            let suggested = chunks.find(|chunk| chunk.tag == SUGGESTED_PALETTE);
            (
                suggested.map(|chunk| chunk.data.clone()),
                key.map(|key| key.to_bytes()),
            )
        }
        None => (None, key.map(|key| key.to_bytes())),
    }
}

fn damaged(message: String) -> Error {
    Error::Damaged {
        format: "PNG",
        message,
    }
}
