//! Metadata of versions 2 and 3, the networks of the PixelRNN paper (`docs/model.md`, *Metadata of version 2*
//! and *Metadata of version 3*).

use serde::{Deserialize, Serialize};

use crate::contract::maps::{self, MapMetadata};
use crate::contract::rules::{check_name, check_order, check_taps, expect_equal, refused};
use crate::error::{Error, Result};

/// The families of versions 2 and 3.
const FAMILIES: [&str; 3] = ["pixelcnn", "row-lstm", "diagonal-bilstm"];
/// The largest legal shear.
const MAX_SHEAR: u32 = 64;
/// The largest legal width and height of a tile.
const MAX_TILE: u32 = 64;
/// The largest legal side of a block.
const MAX_RATIO: u32 = 16;

/// What a network of the paper says about itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PaperMetadata {
    /// 2, or 3 with the network of a coarse image.
    pub version: u32,
    /// `pixelcnn`, `row-lstm` or `diagonal-bilstm`.
    pub family: String,
    /// What `pxc models` prints: 1 to 64 characters of `a-z A-Z 0-9 . _ -`.
    pub name: String,
    /// `K`: 1 or 3.
    pub channels: usize,
    /// The values of a sample: 256, or 2 with one channel.
    pub levels: usize,
    /// `[width, height]` of the images that the model was trained for, each at most 64.
    pub tile: [u32; 2],
    /// `order[k]` is the image plane coded as channel `k`.
    pub order: Vec<usize>,
    /// The causal neighbours `[dy, dx]`, in the order of the features.
    pub taps: Vec<[i32; 2]>,
    /// `s` of the wavefront, at most 64; raster order when it is at least the tile's width.
    pub shear: u32,
    /// The feature rule: `centred`.
    pub context: String,
    /// The symbol rule: `none`.
    pub prediction: String,
    /// The feature maps that the model keeps for every pixel.
    #[serde(default)]
    pub maps: Vec<MapMetadata>,
    /// The network of the coarse image, in a model of version 3.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coarse: Option<Box<CoarseMetadata>>,
    /// Free-form provenance; readers ignore it.
    #[serde(default)]
    pub training: serde_json::Value,
}

/// The network of the coarse image, which has the first pixel of each block of `r × r` pixels (`docs/model.md`,
/// *Coarse images*).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CoarseMetadata {
    /// `r`: 2 to 16.
    pub ratio: u32,
    /// The network's own metadata, of version 2, for the same kind of samples.
    pub model: PaperMetadata,
}

impl CoarseMetadata {
    /// Pixels of a block: `r²`.
    pub fn block_pixels(&self) -> usize {
        self.ratio as usize * self.ratio as usize
    }

    fn check(&self, fine: &PaperMetadata) -> Result<()> {
        if !(2..=MAX_RATIO).contains(&self.ratio) {
            let expected = format!("2 to {MAX_RATIO}");
            return Err(refused("coarse, ratio", expected, self.ratio));
        }
        if self.model.coarse.is_some() {
            return Err(refused(
                "coarse, model",
                "no coarse network inside a coarse network",
                "one",
            ));
        }
        self.model.check().map_err(Error::in_coarse)?;
        let (model, tile) = (&self.model, fine.tile.map(|side| side.div_ceil(self.ratio)));
        expect_equal("coarse, channels", &model.channels, &fine.channels)?;
        expect_equal("coarse, levels", &model.levels, &fine.levels)?;
        expect_equal("coarse, order", &model.order, &fine.order)?;
        expect_equal("coarse, tile", &model.tile, &tile)
    }
}

impl PaperMetadata {
    /// `F`: context features per lane.
    pub fn features(&self) -> usize {
        self.channels * self.taps.len()
    }

    /// Whether some map is made in the row pass.
    pub fn has_row_pass(&self) -> bool {
        maps::has_row_pass(&self.maps)
    }

    pub(crate) fn check(&self) -> Result<()> {
        expect_equal(
            "version",
            &self.version,
            &if self.coarse.is_some() { 3 } else { 2 },
        )?;
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
        maps::check_all(&self.maps, self.shear, self.tile[0])?;
        self.coarse.iter().try_for_each(|coarse| coarse.check(self))
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
