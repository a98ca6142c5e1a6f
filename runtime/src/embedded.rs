//! The models that are part of the library.

/// A model file in the library.
pub(crate) struct EmbeddedModel {
    /// The model's name, as in its metadata.
    pub(crate) name: &'static str,
    /// The number of channels that it codes, as in its metadata.
    pub(crate) channels: usize,
    /// The ONNX file.
    pub(crate) bytes: &'static [u8],
}

/// All embedded models; the first with an image's channels is the default for it.
pub(crate) const EMBEDDED: &[EmbeddedModel] = &[
    EmbeddedModel {
        name: "photo-rgb",
        channels: 3,
        bytes: include_bytes!("../models/photo-rgb.onnx"),
    },
    EmbeddedModel {
        name: "photo-gray",
        channels: 1,
        bytes: include_bytes!("../models/photo-gray.onnx"),
    },
];
