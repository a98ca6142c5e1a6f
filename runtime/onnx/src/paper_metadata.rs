//! Metadata of version 2, the networks of the PixelRNN paper (`docs/model.md`, *Metadata of version 2*).

use serde::{Deserialize, Serialize};

use crate::contract::ModelMetadata;
use crate::error::Result;
use crate::map_metadata::{self, MapMetadata, Pass};
use crate::metadata_rules::{check_name, check_order, check_taps, expect_equal, refused};

/// The families of version 2.
pub const FAMILIES: [&str; 3] = ["pixelcnn", "row-lstm", "diagonal-bilstm"];
/// The largest legal shear.
pub const MAX_SHEAR: u32 = 64;
/// The largest legal width and height of a tile.
pub const MAX_TILE: u32 = 64;

/// What a network of the paper says about itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PaperMetadata {
    /// 2.
    pub version: u32,
    /// One of [`FAMILIES`].
    pub family: String,
    /// What `pxc models` prints: 1 to 64 characters of `a-z A-Z 0-9 . _ -`.
    pub name: String,
    /// `K`: 1 or 3.
    pub channels: usize,
    /// The values of a sample: 256, or 2 with one channel.
    pub levels: usize,
    /// `[width, height]` of the images that the model was trained for, each at most [`MAX_TILE`].
    pub tile: [u32; 2],
    /// `order[k]` is the image plane coded as channel `k`.
    pub order: Vec<usize>,
    /// The causal neighbours `[dy, dx]`, in the order of the features.
    pub taps: Vec<[i32; 2]>,
    /// `s` of the wavefront, at most [`MAX_SHEAR`]; raster order when it is at least the tile's width.
    pub shear: u32,
    /// The feature rule: `centred`.
    pub context: String,
    /// The symbol rule: `none`.
    pub prediction: String,
    /// The feature maps that the model keeps for every pixel.
    #[serde(default)]
    pub maps: Vec<MapMetadata>,
    /// Free-form provenance; readers ignore it.
    #[serde(default)]
    pub training: serde_json::Value,
}

impl PaperMetadata {
    /// `F`: context features per lane.
    pub fn features(&self) -> usize {
        self.channels * self.taps.len()
    }

    /// Whether rows are complete before the rows below them begin.
    pub fn is_raster(&self) -> bool {
        self.shear >= self.tile[0]
    }

    /// Whether some map is made in the row pass.
    pub fn has_row_pass(&self) -> bool {
        self.maps.iter().any(|map| map.pass == Pass::Row)
    }

    pub(crate) fn check(&self) -> Result<()> {
        expect_equal("version", &self.version, &2)?;
        if !FAMILIES.contains(&self.family.as_str()) {
            let expected = format!("one of {FAMILIES:?}");
            return Err(refused("family", expected, format!("{:?}", self.family)));
        }
        expect_equal("context", self.context.as_str(), "centred")?;
        expect_equal("prediction", self.prediction.as_str(), "none")?;
        check_name("name", &self.name)?;
        check_order(self.channels, &self.order)?;
        self.check_levels()?;
        self.check_tile()?;
        check_taps(&self.taps, self.shear, MAX_SHEAR)?;
        map_metadata::check_all(self)
    }

    fn check_levels(&self) -> Result<()> {
        let legal: &[usize] = if self.channels == 1 {
            &[2, 256]
        } else {
            &[256]
        };
        if legal.contains(&self.levels) {
            return Ok(());
        }
        let expected = format!("one of {legal:?} for {} channels", self.channels);
        Err(refused("levels", expected, self.levels))
    }

    fn check_tile(&self) -> Result<()> {
        if self.tile.iter().all(|side| (1..=MAX_TILE).contains(side)) {
            return Ok(());
        }
        let expected = format!("width and height of 1 to {MAX_TILE}");
        Err(refused("tile", expected, format!("{:?}", self.tile)))
    }
}

impl From<PaperMetadata> for ModelMetadata {
    fn from(metadata: PaperMetadata) -> Self {
        ModelMetadata::Paper(metadata)
    }
}
