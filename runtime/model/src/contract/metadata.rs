//! The metadata of a model file: JSON in, a checked [`ModelMetadata`] out (`docs/model.md`, *Metadata*).

use serde::{Deserialize, Serialize};

use crate::contract::maps::MapMetadata;
use crate::contract::names::{COARSE_TAP_COUNT, MAX_METADATA_BYTES, map_row_tap, map_tap};
use crate::contract::paper::{CoarseMetadata, PaperMetadata};
use crate::contract::photo::PhotoMetadata;
use crate::contract::rules::refused;
use crate::error::{Error, Result};

/// What a model file says about itself (`docs/model.md`). The version decides which fields it has.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum ModelMetadata {
    /// Version 1.
    Photo(PhotoMetadata),
    /// Versions 2 and 3.
    Paper(PaperMetadata),
}

/// The field that decides which others follow.
#[derive(Deserialize)]
struct VersionOnly {
    version: u32,
}

impl ModelMetadata {
    /// Parses and checks the JSON of the metadata entry.
    pub fn from_json(json: &str) -> Result<Self> {
        if json.len() > MAX_METADATA_BYTES {
            return Err(Error::Limit {
                what: "bytes of metadata pxc.model".into(),
                limit: MAX_METADATA_BYTES as u64,
                found: json.len() as u64,
            });
        }
        let VersionOnly { version } = parse(json)?;
        let metadata = match version {
            1 => Self::Photo(parse(json)?),
            2 | 3 => Self::Paper(parse(json)?),
            other => return Err(refused("version", "1, 2 or 3", other)),
        };
        metadata.check()?;
        Ok(metadata)
    }

    /// The JSON of the metadata entry, checked.
    pub fn to_json(&self) -> Result<String> {
        self.check()?;
        serde_json::to_string(self).map_err(not_json)
    }

    /// Checks every rule of `docs/model.md`, *Metadata*.
    pub fn check(&self) -> Result<()> {
        match self {
            Self::Photo(photo) => photo.check(),
            Self::Paper(paper) => paper.check(),
        }
    }

    /// `photo`, `pixelcnn`, `row-lstm` or `diagonal-bilstm`.
    pub fn family(&self) -> &str {
        match self {
            Self::Photo(photo) => &photo.family,
            Self::Paper(paper) => &paper.family,
        }
    }

    /// What `pxc models` prints.
    pub fn name(&self) -> &str {
        match self {
            Self::Photo(photo) => &photo.name,
            Self::Paper(paper) => &paper.name,
        }
    }

    /// `K`: 1 or 3.
    pub fn channels(&self) -> usize {
        match self {
            Self::Photo(photo) => photo.channels,
            Self::Paper(paper) => paper.channels,
        }
    }

    /// `order[k]` is the image plane coded as channel `k`.
    pub fn order(&self) -> &[usize] {
        match self {
            Self::Photo(photo) => &photo.order,
            Self::Paper(paper) => &paper.order,
        }
    }

    /// The causal neighbours `[dy, dx]`, in the order of the features.
    pub fn taps(&self) -> &[[i32; 2]] {
        match self {
            Self::Photo(photo) => &photo.taps,
            Self::Paper(paper) => &paper.taps,
        }
    }

    /// `s` of the wavefront.
    pub fn shear(&self) -> u32 {
        match self {
            Self::Photo(photo) => photo.shear,
            Self::Paper(paper) => paper.shear,
        }
    }

    /// The values of a sample, which are the logits per channel and lane: 256 or 2.
    pub fn levels(&self) -> usize {
        match self {
            Self::Photo(_) => 256,
            Self::Paper(paper) => paper.levels,
        }
    }

    /// Free-form provenance.
    pub fn training(&self) -> &serde_json::Value {
        match self {
            Self::Photo(photo) => &photo.training,
            Self::Paper(paper) => &paper.training,
        }
    }

    /// The feature maps that the model keeps.
    pub fn maps(&self) -> &[MapMetadata] {
        match self {
            Self::Photo(_) => &[],
            Self::Paper(paper) => &paper.maps,
        }
    }

    /// The network of the coarse image, in a model of version 3.
    pub fn coarse(&self) -> Option<&CoarseMetadata> {
        match self {
            Self::Photo(_) => None,
            Self::Paper(paper) => paper.coarse.as_deref(),
        }
    }

    /// The features of the coarse image per lane: `9 · K · r²`, or 0.
    pub fn coarse_features(&self) -> usize {
        self.coarse().map_or(0, |coarse| {
            COARSE_TAP_COUNT * self.channels() * coarse.block_pixels()
        })
    }

    /// The features at the end of the context that are bases, one per channel.
    pub(crate) fn base_features(&self) -> usize {
        match self {
            Self::Photo(photo) => photo.channels,
            Self::Paper(_) => 0,
        }
    }

    /// `F`: context features per lane.
    pub fn features(&self) -> usize {
        self.channels() * self.taps().len() + self.base_features()
    }

    /// The inputs that carry maps, in the order of the file: name and map.
    pub(crate) fn map_inputs(&self) -> impl Iterator<Item = (String, &MapMetadata)> {
        self.maps().iter().enumerate().flat_map(|(index, map)| {
            let taps = (0..map.taps.len()).map(move |tap| map_tap(index, tap));
            let row_taps = (0..map.row_taps.len()).map(move |tap| map_row_tap(index, tap));
            taps.chain(row_taps).map(move |name| (name, map))
        })
    }
}

fn parse<'de, T: Deserialize<'de>>(json: &'de str) -> Result<T> {
    serde_json::from_str(json).map_err(not_json)
}

fn not_json(error: serde_json::Error) -> Error {
    Error::Json {
        source: error.into(),
    }
}

impl From<PhotoMetadata> for ModelMetadata {
    fn from(metadata: PhotoMetadata) -> Self {
        ModelMetadata::Photo(metadata)
    }
}

impl From<PaperMetadata> for ModelMetadata {
    fn from(metadata: PaperMetadata) -> Self {
        ModelMetadata::Paper(metadata)
    }
}
