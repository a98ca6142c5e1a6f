//! The coding methods by name (`docs/format.md`, *Groups*).

use crate::image::sample_format::{BitDepth, SampleFormat};

/// The method that codes a component of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CodingMethod {
    /// Samples as they are.
    Stored,
    /// Range coder with a model's frequencies.
    Network,
    /// Range coder with adaptive binary decisions.
    Adaptive,
    /// Range coder with a model's frequencies, refined by what was coded before.
    Refined,
    /// As refined, by many more statistics, which takes several times as long.
    Thorough,
    /// Range coder with binary decisions mixed from many contexts.
    General,
    /// Range coder with binary decisions mixed from linear predictors and contexts, for more than 8 bits.
    Deep,
    /// The JPEG file as a whole, see [`JpegFile`](crate::JpegFile). This crate does not decode it.
    Jpeg,
}

impl CodingMethod {
    /// Whether the method can code the colour planes of a format.
    pub fn codes(self, format: SampleFormat) -> bool {
        match self {
            CodingMethod::Stored | CodingMethod::General => true,
            CodingMethod::Network => format.suits_a_model(),
            CodingMethod::Refined | CodingMethod::Thorough => format.suits_photo_models(),
            CodingMethod::Adaptive => format.depth <= BitDepth::Eight,
            CodingMethod::Deep => format.depth == BitDepth::Sixteen,
            CodingMethod::Jpeg => false,
        }
    }

    /// Whether the method needs the file's model.
    pub fn needs_model(self) -> bool {
        matches!(
            self,
            CodingMethod::Network | CodingMethod::Refined | CodingMethod::Thorough
        )
    }

    /// The name that `pxc info` prints.
    pub fn name(self) -> &'static str {
        match self {
            CodingMethod::Stored => "stored",
            CodingMethod::Network => "network",
            CodingMethod::Adaptive => "adaptive",
            CodingMethod::Refined => "refined",
            CodingMethod::Thorough => "thorough",
            CodingMethod::General => "general",
            CodingMethod::Deep => "deep",
            CodingMethod::Jpeg => "jpeg",
        }
    }
}
