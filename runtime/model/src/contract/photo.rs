//! Metadata of version 1, the family `photo` (`docs/model.md`, *Metadata*).

use serde::{Deserialize, Serialize};

use crate::contract::rules::{check_name, check_order, check_taps, expect_equal};
use crate::error::Result;

/// The largest legal shear.
const MAX_SHEAR: u32 = 16;

/// What a model of photos says about itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PhotoMetadata {
    /// 1.
    pub version: u32,
    /// `photo`.
    pub family: String,
    /// What `pxc models` prints: 1 to 64 characters of `a-z A-Z 0-9 . _ -`.
    pub name: String,
    /// `K`: 1 or 3.
    pub channels: usize,
    /// `order[k]` is the image plane coded as channel `k`.
    pub order: Vec<usize>,
    /// The causal neighbours `[dy, dx]`, in the order of the features.
    pub taps: Vec<[i32; 2]>,
    /// `s` of the wavefront: 1 to 16.
    pub shear: u32,
    /// The feature rule: `median-differences`.
    pub context: String,
    /// The symbol rule: `carry`.
    pub prediction: String,
    /// Free-form provenance; readers ignore it.
    #[serde(default)]
    pub training: serde_json::Value,
}

impl PhotoMetadata {
    /// `F`: context features per lane.
    pub fn features(&self) -> usize {
        self.channels * (self.taps.len() + 1)
    }

    pub(crate) fn check(&self) -> Result<()> {
        expect_equal("version", &self.version, &1)?;
        expect_equal("family", self.family.as_str(), "photo")?;
        expect_equal("context", self.context.as_str(), "median-differences")?;
        expect_equal("prediction", self.prediction.as_str(), "carry")?;
        check_name("name", &self.name)?;
        check_order(self.channels, &self.order)?;
        check_taps(&self.taps, self.shear, MAX_SHEAR)
    }
}
