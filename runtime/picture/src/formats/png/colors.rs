//! `PLTE` and `tRNS`: palette, transparency and suggested palette of a PNG file.

use pxc_codec::{ColorKey, ColorType, Image, MetadataChunk, Palette};

use crate::error::{Error, Result};
use crate::formats::png::chunks::{PngChunk, SUGGESTED_PALETTE, damaged};
use crate::formats::png::header::PngHeader;
use crate::ledger::Ledger;

/// The first `PLTE` and the first `tRNS`, if the file's colour type gives them a meaning.
#[derive(Default)]
pub(crate) struct Colors<'a> {
    palette: Option<&'a PngChunk<'a>>,
    transparency: Option<&'a PngChunk<'a>>,
    suggested: Option<&'a PngChunk<'a>>,
}

impl<'a> Colors<'a> {
    /// Looks for both chunks before the pixels.
    pub(crate) fn of(chunks: &'a [PngChunk<'a>], header: &PngHeader) -> Colors<'a> {
        let mut colors = Colors::default();
        for chunk in chunks.iter().take_while(|chunk| chunk.tag != *b"IDAT") {
            match (&chunk.tag, header.format.color) {
                (b"PLTE", ColorType::Palette) => colors.palette = colors.palette.or(Some(chunk)),
                (b"PLTE", ColorType::Rgb | ColorType::Rgba) if is_table(chunk.data) => {
                    colors.suggested = colors.suggested.or(Some(chunk));
                }
                (b"tRNS", _) if colors.takes_transparency(chunk, header) => {
                    colors.transparency = colors.transparency.or(Some(chunk));
                }
                _ => {}
            }
        }
        colors
    }

    /// Whether `tRNS` is legal: of the length that the colour type requires, and after the palette.
    fn takes_transparency(&self, chunk: &PngChunk<'_>, header: &PngHeader) -> bool {
        match header.format.color {
            ColorType::Gray => chunk.data.len() == 2,
            ColorType::Rgb => chunk.data.len() == 6,
            ColorType::Palette => {
                let entries = self.palette.map_or(0, |palette| palette.data.len() / 3);
                (1..=entries).contains(&chunk.data.len())
            }
            _ => false,
        }
    }

    /// Whether the chunk is the palette that the file suggests for its true colours.
    pub(crate) fn is_suggested_palette(&self, chunk: &PngChunk<'_>) -> bool {
        self.suggested
            .is_some_and(|suggested| suggested.start == chunk.start)
    }

    /// Makes the image of these samples and colours. Claims the chunks that it uses.
    pub(crate) fn image(
        &self,
        header: &PngHeader,
        samples: Vec<u8>,
        ledger: &mut Ledger,
    ) -> Result<Image> {
        let unsound = |error| Error::undecodable("PNG", "its image", error);
        let (width, height, format) = (header.width, header.height, header.format);
        let mut claim = |chunk: &PngChunk<'_>| ledger.claim(chunk.start..chunk.end);
        if format.color == ColorType::Palette {
            let palette = self.palette()?;
            self.palette
                .into_iter()
                .chain(self.transparency)
                .for_each(&mut claim);
            return Image::with_palette(width, height, format.depth, palette, samples)
                .map_err(unsound);
        }
        let image = Image::with_format(width, height, format, samples).map_err(unsound)?;
        let Some((chunk, key)) = self.color_key(format.depth.largest()) else {
            return Ok(image);
        };
        claim(chunk);
        image.with_color_key(key).map_err(unsound)
    }

    /// The transparent colour, unless no sample can have it.
    fn color_key(&self, largest: u16) -> Option<(&'a PngChunk<'a>, ColorKey)> {
        let chunk = self.transparency?;
        let is_in_depth = |value: &[u8; 2]| u16::from_be_bytes(*value) <= largest;
        let key = ColorKey::from_bytes(chunk.data)?;
        let is_legal = chunk.data.as_chunks::<2>().0.iter().all(is_in_depth);
        is_legal.then_some((chunk, key))
    }

    fn palette(&self) -> Result<Palette> {
        let damaged = |problem: String| damaged(format!("PLTE: {problem}"));
        let colors = self
            .palette
            .ok_or_else(|| damaged("missing before the pixels".into()))?
            .data;
        if !is_table(colors) {
            let found = colors.len();
            return Err(damaged(format!(
                "expected 1 to 256 entries of 3 bytes, found {found} bytes"
            )));
        }
        let alpha = self.transparency.map_or(&[][..], |chunk| chunk.data);
        Palette::new(colors.as_chunks().0.to_vec(), alpha.to_vec())
            .map_err(|error| Error::undecodable("PNG", "PLTE", error))
    }
}

/// Whether the data of `PLTE` has a legal length.
fn is_table(data: &[u8]) -> bool {
    data.len().is_multiple_of(3) && (1..=256).contains(&(data.len() / 3))
}

/// The data of `PLTE` and of `tRNS`.
#[derive(Debug, Default)]
pub(crate) struct ColorChunks {
    pub(crate) palette: Option<Vec<u8>>,
    pub(crate) transparency: Option<Vec<u8>>,
}

impl ColorChunks {
    /// The chunks of an image and its metadata.
    pub(crate) fn of(image: &Image, metadata: &[MetadataChunk]) -> ColorChunks {
        if let Some(palette) = image.palette() {
            let alpha = palette.alpha();
            return ColorChunks {
                palette: Some(palette.colors().as_flattened().to_vec()),
                transparency: (!alpha.is_empty()).then(|| alpha.to_vec()),
            };
        }
        let may_suggest = matches!(image.color(), ColorType::Rgb | ColorType::Rgba);
        let mut chunks = metadata.iter();
        let suggested = chunks.find(|chunk| may_suggest && chunk.tag == SUGGESTED_PALETTE);
        ColorChunks {
            palette: suggested.map(|chunk| chunk.data.clone()),
            transparency: image.color_key().map(|key| key.to_bytes()),
        }
    }
}
