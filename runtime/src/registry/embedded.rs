//! The models in the library itself: those whose features are on.

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
    #[cfg(feature = "models-rgb")]
    EmbeddedModel {
        name: "photo-rgb",
        channels: 3,
        efforts: &[Effort::Max],
        bytes: include_bytes!("../../models/photo-rgb.onnx"),
    },
    #[cfg(feature = "models-rgb")]
    EmbeddedModel {
        name: "photo-rgb-int8",
        channels: 3,
        efforts: &[Effort::Fast, Effort::Default],
        bytes: include_bytes!("../../models/photo-rgb-int8.onnx"),
    },
    #[cfg(feature = "models-gray")]
    EmbeddedModel {
        name: "photo-gray",
        channels: 1,
        efforts: &[Effort::Fast, Effort::Default, Effort::Max],
        bytes: include_bytes!("../../models/photo-gray.onnx"),
    },
];
