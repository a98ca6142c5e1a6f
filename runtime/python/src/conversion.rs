//! Images and headers in the form that Python sees.

use pxc_runtime::{
    BitDepth, ColorKey, ColorType, Error, Header, Image, Palette, SampleFormat, has_original,
};
use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyBytes, PyDict, PyList, PyTuple};

/// Everything about an image except its samples.
#[derive(FromPyObject)]
pub(crate) struct Parts {
    #[pyo3(item)]
    width: u32,
    #[pyo3(item)]
    height: u32,
    /// PNG's code of the colour type.
    #[pyo3(item)]
    color: u8,
    #[pyo3(item)]
    bit_depth: u8,
    /// Red, green, blue of each entry.
    #[pyo3(item, default)]
    palette: Option<Vec<[u8; 3]>>,
    /// Alpha of the first entries.
    #[pyo3(item, default)]
    palette_alpha: Option<Vec<u8>>,
    /// The samples of the transparent colour.
    #[pyo3(item, default)]
    color_key: Option<Vec<u16>>,
}

impl Parts {
    /// Makes the image with these samples; 16-bit ones are big-endian.
    pub(crate) fn image(self, samples: Vec<u8>) -> Result<Image, Error> {
        let legal = ColorType::from_code(self.color).zip(BitDepth::from_bits(self.bit_depth));
        // Python code of this package chooses both; gray with too few bits for its samples is refused by the codec.
        let (color, depth) = legal.unwrap_or((ColorType::Gray, BitDepth::One));
        let image = match self.palette {
            Some(colors) => {
                let palette = Palette::new(colors, self.palette_alpha.unwrap_or_default())?;
                Image::with_palette(self.width, self.height, depth, palette, samples)?
            }
            None => {
                let format = SampleFormat { color, depth };
                Image::with_format(self.width, self.height, format, samples)?
            }
        };
        Ok(match self.color_key.as_deref() {
            Some(&[red, green, blue]) => image.with_color_key(ColorKey::Rgb([red, green, blue]))?,
            Some(&[gray]) => image.with_color_key(ColorKey::Gray(gray))?,
            _ => image,
        })
    }
}

/// The samples of a decoded image and what they are.
pub(crate) fn samples<'py>(
    py: Python<'py>,
    image: &Image,
    header: &Header,
) -> PyResult<(Bound<'py, PyByteArray>, Bound<'py, PyDict>)> {
    let description = describe(py, header, image.format())?;
    description.set_item("width", image.width())?;
    description.set_item("height", image.height())?;
    Ok((PyByteArray::new(py, image.samples()), description))
}

/// What a file says about itself; `color` and `bit_depth` are those of `format`.
pub(crate) fn describe<'py>(
    py: Python<'py>,
    header: &Header,
    format: SampleFormat,
) -> PyResult<Bound<'py, PyDict>> {
    let description = PyDict::new(py);
    description.set_item("width", header.width)?;
    description.set_item("height", header.height)?;
    description.set_item("color", format.color.code())?;
    description.set_item("bit_depth", format.depth.bits())?;
    description.set_item("stored_color", header.color.name())?;
    description.set_item("stored_bit_depth", header.bit_depth.bits())?;
    description.set_item("model", header.model.map(|id| id.to_string()))?;
    description.set_item("has_preview", header.preview.is_some())?;
    description.set_item("has_original", has_original(header))?;
    description.set_item("holds_jpeg", header.holds_jpeg)?;
    description.set_item("file_bytes", header.file_bytes())?;
    if let Some(palette) = &header.palette {
        let colors = PyBytes::new(py, palette.colors().as_flattened());
        description.set_item("palette", colors)?;
        description.set_item("palette_alpha", PyBytes::new(py, palette.alpha()))?;
    }
    if let Some(key) = &header.color_key {
        description.set_item("color_key", PyTuple::new(py, key.samples())?)?;
    }
    let chunks = header
        .metadata
        .iter()
        .map(|chunk| (PyBytes::new(py, &chunk.tag), PyBytes::new(py, &chunk.data)));
    description.set_item("chunks", PyList::new(py, chunks.collect::<Vec<_>>())?)?;
    Ok(description)
}
