//! The metadata of a model file: JSON in, a checked [`ModelMetadata`] out (`docs/model.md`, *Metadata*).

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// The key of the `metadata_props` entry that makes an ONNX file a pxc model.
pub const KEY: &str = "pxc.model";
/// The ONNX operator set of a model file.
pub const OPSET: i64 = 17;
/// The ONNX IR version of a model file.
pub const IR_VERSION: i64 = 8;
/// Logits per channel and lane.
pub const LOGITS: usize = 256;
/// The name of the context input.
pub const CONTEXT: &str = "context";

/// The largest legal number of taps.
pub const MAX_TAPS: usize = 1024;
/// The furthest legal row or column of a tap.
pub const MAX_TAP_DISTANCE: i32 = 64;
/// The largest legal shear.
pub const MAX_SHEAR: u32 = 16;
/// The largest legal length of the JSON, in bytes.
pub const MAX_METADATA_BYTES: usize = 1 << 20;
const MAX_NAME_BYTES: usize = 64;

/// What a model file says about itself, in the words of `docs/model.md`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelMetadata {
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
    /// `s` of the wavefront.
    pub shear: u32,
    /// The feature rule: `median-differences`.
    pub context: String,
    /// The symbol rule: `carry`.
    pub prediction: String,
    /// Free-form provenance; readers ignore it.
    #[serde(default)]
    pub training: serde_json::Value,
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
        let metadata: Self = serde_json::from_str(json)
            .map_err(|error| refused("JSON", "an object of docs/model.md", error))?;
        metadata.check()?;
        Ok(metadata)
    }

    /// The JSON of the metadata entry, checked.
    pub fn to_json(&self) -> Result<String> {
        self.check()?;
        serde_json::to_string(self).map_err(|error| refused("JSON", "serializable values", error))
    }

    /// `F`: context features per lane.
    pub fn features(&self) -> usize {
        self.channels * (self.taps.len() + 1)
    }

    /// Checks every rule of `docs/model.md`, *Metadata*.
    pub fn check(&self) -> Result<()> {
        expect_equal("version", &self.version, &1)?;
        expect_equal("family", self.family.as_str(), "photo")?;
        expect_equal("context", self.context.as_str(), "median-differences")?;
        expect_equal("prediction", self.prediction.as_str(), "carry")?;
        self.check_name()?;
        self.check_order()?;
        self.check_taps()
    }

    fn check_name(&self) -> Result<()> {
        let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        let length = 1..=MAX_NAME_BYTES;
        if length.contains(&self.name.len()) && self.name.bytes().all(legal) {
            return Ok(());
        }
        let expected = format!("1 to {MAX_NAME_BYTES} characters of a-z A-Z 0-9 . _ -");
        Err(refused("name", expected, format!("{:?}", self.name)))
    }

    fn check_order(&self) -> Result<()> {
        if ![1, 3].contains(&self.channels) {
            return Err(refused("channels", "1 or 3", self.channels));
        }
        let mut sorted = self.order.clone();
        sorted.sort_unstable();
        if !sorted.iter().copied().eq(0..self.channels) {
            let expected = format!("a permutation of 0..{}", self.channels);
            return Err(refused("order", expected, format!("{:?}", self.order)));
        }
        Ok(())
    }

    fn check_taps(&self) -> Result<()> {
        if !(1..=MAX_SHEAR).contains(&self.shear) {
            return Err(refused("shear", format!("1 to {MAX_SHEAR}"), self.shear));
        }
        if !(1..=MAX_TAPS).contains(&self.taps.len()) {
            return Err(refused(
                "taps",
                format!("1 to {MAX_TAPS} taps"),
                self.taps.len(),
            ));
        }
        self.taps.iter().try_for_each(|&tap| self.check_tap(tap))
    }

    fn check_tap(&self, [dy, dx]: [i32; 2]) -> Result<()> {
        let near = |distance: i32| (-MAX_TAP_DISTANCE..=MAX_TAP_DISTANCE).contains(&distance);
        let causal = || (dy == 0 && dx < 0) || (dy < 0 && dx < self.shear as i32 * -dy);
        if near(dy) && near(dx) && causal() {
            return Ok(());
        }
        let expected = format!(
            "dy = 0, dx < 0 or dy < 0, dx ≤ {}·|dy| − 1, no further than {MAX_TAP_DISTANCE}",
            self.shear
        );
        Err(refused("taps", expected, format!("[{dy}, {dx}]")))
    }
}

fn refused(field: &'static str, expected: impl ToString, found: impl ToString) -> Error {
    Error::Metadata {
        field,
        expected: expected.to_string(),
        found: found.to_string(),
    }
}

fn expect_equal<T>(field: &'static str, found: &T, expected: &T) -> Result<()>
where
    T: PartialEq + std::fmt::Debug + ?Sized,
{
    if found == expected {
        return Ok(());
    }
    Err(refused(
        field,
        format!("{expected:?}"),
        format!("{found:?}"),
    ))
}

/// The name of the input that carries channel `k`'s difference.
pub fn own_input(channel: usize) -> String {
    format!("own_{channel}")
}

/// The name of the output that carries channel `k`'s logits.
pub fn logits_output(channel: usize) -> String {
    format!("logits_{channel}")
}
