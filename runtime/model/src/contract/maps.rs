//! The feature maps that a model keeps for every pixel: fields, rules, tensor names (`docs/model.md`, *Maps*).

use serde::{Deserialize, Serialize};

use crate::contract::rules::{check_earlier_step, check_name, expect_tap, refused};
use crate::error::Result;

/// The largest legal number of maps of a model.
const MAX_MAPS: usize = 256;
/// The largest legal number of taps of a map, and of its row taps.
const MAX_MAP_TAPS: usize = 64;
/// Integers of this magnitude and above are not exact in float32 with every neighbour.
const EXACT_LIMIT: u32 = 1 << 24;

/// When a map is evaluated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Pass {
    /// Together with the pixel.
    Pixel,
    /// From right to left, when the pixel's row is complete.
    Row,
}

/// A tensor of integers per pixel that other pixels read at fixed offsets.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MapMetadata {
    /// The map's name in errors: 1 to 64 characters of `a-z A-Z 0-9 . _ -`, unique.
    pub name: String,
    /// Integers per pixel.
    pub channels: usize,
    /// The smallest value.
    pub low: i32,
    /// The largest value.
    pub high: i32,
    /// The values outside the tile, one per channel.
    pub initial: Vec<i32>,
    /// When the map is evaluated.
    pub pass: Pass,
    /// Where the pixel pass reads the map: `[dy, dx]` of input `map_{j}_tap_{i}`.
    #[serde(default)]
    pub taps: Vec<[i32; 2]>,
    /// Where the row pass reads the map: `[dy, dx]` of input `map_{j}_row_tap_{i}`.
    #[serde(default)]
    pub row_taps: Vec<[i32; 2]>,
}

impl MapMetadata {
    fn check(&self, shear: u32, has_row_pass: bool) -> Result<()> {
        self.check_values()?;
        let field = |name: &str| self.field(name);
        for (name, taps) in [("taps", &self.taps), ("row_taps", &self.row_taps)] {
            if taps.len() > MAX_MAP_TAPS {
                let expected = format!("at most {MAX_MAP_TAPS}");
                return Err(refused(field(name), expected, taps.len()));
            }
        }
        self.taps
            .iter()
            .try_for_each(|&tap| self.check_tap(&field("taps"), tap, shear))?;
        if !self.row_taps.is_empty() && !has_row_pass {
            let expected = "none without a map of the row pass";
            return Err(refused(field("row_taps"), expected, self.row_taps.len()));
        }
        self.row_taps
            .iter()
            .try_for_each(|&tap| self.check_row_tap(&field("row_taps"), tap))
    }

    fn field(&self, name: &str) -> String {
        format!("map {}, {name}", self.name)
    }

    fn check_values(&self) -> Result<()> {
        let field = |name: &str| self.field(name);
        if self.channels == 0 {
            return Err(refused(field("channels"), "at least 1", 0));
        }
        let exact = |value: i32| value.unsigned_abs() < EXACT_LIMIT;
        if !(self.low <= self.high && exact(self.low) && exact(self.high)) {
            let expected = format!("low ≤ high, magnitudes below {EXACT_LIMIT}");
            let found = format!("{} and {}", self.low, self.high);
            return Err(refused(field("low and high"), expected, found));
        }
        if self.initial.len() != self.channels {
            let expected = format!("{} values", self.channels);
            return Err(refused(field("initial"), expected, self.initial.len()));
        }
        let range = self.low..=self.high;
        if let Some(value) = self.initial.iter().find(|value| !range.contains(value)) {
            return Err(refused(field("initial"), format!("{range:?}"), value));
        }
        Ok(())
    }

    fn check_tap(&self, field: &str, [dy, dx]: [i32; 2], shear: u32) -> Result<()> {
        match self.pass {
            Pass::Pixel => check_earlier_step(field, [dy, dx], shear),
            Pass::Row => {
                let rule = || "dy < 0, since the row is made when it is complete".to_owned();
                expect_tap(field, [dy, dx], dy < 0, rule)
            }
        }
    }

    fn check_row_tap(&self, field: &str, [dy, dx]: [i32; 2]) -> Result<()> {
        match self.pass {
            Pass::Pixel => expect_tap(field, [dy, dx], dy <= 0, || "dy ≤ 0".to_owned()),
            Pass::Row => {
                let earlier = dy < 0 || (dy == 0 && dx > 0);
                expect_tap(field, [dy, dx], earlier, || {
                    "dy = 0, dx > 0 or dy < 0".to_owned()
                })
            }
        }
    }
}

/// Whether a map is made in the row pass.
pub(crate) fn has_row_pass(maps: &[MapMetadata]) -> bool {
    maps.iter().any(|map| map.pass == Pass::Row)
}

/// Checks the maps of a model whose wavefront has a shear and whose tiles have a width.
pub(crate) fn check_all(maps: &[MapMetadata], shear: u32, tile_width: u32) -> Result<()> {
    if maps.len() > MAX_MAPS {
        let expected = format!("at most {MAX_MAPS}");
        return Err(refused("maps", expected, maps.len()));
    }
    let has_row_pass = has_row_pass(maps);
    if has_row_pass && shear < tile_width {
        let expected = format!("at least the tile's width {tile_width} for a row pass");
        return Err(refused("shear", expected, shear));
    }
    for (index, map) in maps.iter().enumerate() {
        check_name("name of a map", &map.name)?;
        if maps[..index].iter().any(|other| other.name == map.name) {
            let expected = "unique names";
            return Err(refused("maps", expected, format!("two of {:?}", map.name)));
        }
        map.check(shear, has_row_pass)?;
    }
    Ok(())
}
