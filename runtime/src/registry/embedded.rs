//! The models in the library itself.

use pxc_codec::Effort;

/// A model file in the library.
pub(crate) struct EmbeddedModel {
    /// The model's name, as in its metadata.
    pub(crate) name: &'static str,
    /// The number of channels that it codes, as in its metadata.
    pub(crate) channels: usize,
    /// What it is the default for.
    pub(crate) efforts: &'static [Effort],
    /// The ONNX file.
    pub(crate) bytes: &'static [u8],
}

/// All embedded models.
pub(crate) const EMBEDDED: &[EmbeddedModel] = &[
    EmbeddedModel {
        name: "photo-rgb",
        channels: 3,
        efforts: &[Effort::Max],
        bytes: include_bytes!("../../models/photo-rgb.onnx"),
    },
    EmbeddedModel {
        name: "photo-rgb-int8",
        channels: 3,
        efforts: &[Effort::Fast, Effort::Default],
        bytes: include_bytes!("../../models/photo-rgb-int8.onnx"),
    },
    EmbeddedModel {
        name: "photo-gray",
        channels: 1,
        efforts: &[Effort::Fast, Effort::Default, Effort::Max],
        bytes: include_bytes!("../../models/photo-gray.onnx"),
    },
];
