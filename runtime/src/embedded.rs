//! The models that are part of the library.

/// A model file in the library.
pub(crate) struct EmbeddedModel {
    /// The model's name, as in its metadata.
    pub(crate) name: &'static str,
    /// The ONNX file.
    pub(crate) bytes: &'static [u8],
}

/// All embedded models; the first with an image's channels is the default for it.
pub(crate) const EMBEDDED: &[EmbeddedModel] = &[
    EmbeddedModel {
        name: "photo-rgb",
        bytes: include_bytes!("../models/photo-rgb.onnx"),
    },
    EmbeddedModel {
        name: "photo-gray",
        bytes: include_bytes!("../models/photo-gray.onnx"),
    },
];
