//! The wavefront of a model: which step a pixel belongs to, and what the steps ahead still need of it
//! (`docs/format.md`, *Wavefront order*; `docs/model.md`, *Metadata*).
//!
//! In: a model's description of itself. Out: a [`Schedule`], checked.

use crate::error::Error;
use crate::model::id::ModelId;
use crate::model::predictor::{KeptMaps, ModelSpec, SYMBOLS, SymbolRule, Tap};
use crate::model::session::TileSize;

/// Largest shear, and largest distance of a tap in rows and in columns.
const FARTHEST: i64 = 64;

/// Largest side of a block.
const LARGEST_RATIO: usize = 16;

/// Where a tap points to in the skewed planes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SkewedTap {
    /// Steps earlier, at least 1.
    pub(crate) steps: usize,
    /// Rows above.
    pub(crate) rows: usize,
}

/// The wavefront of a model, checked.
#[derive(Clone, Debug)]
pub(crate) struct Schedule {
    pub(crate) channels: usize,
    pub(crate) rule: SymbolRule,
    pub(crate) levels: usize,
    pub(crate) shear: usize,
    pub(crate) taps: Vec<SkewedTap>,
    /// Steps that are kept, a power of two.
    pub(crate) kept: usize,
    /// Rows above the tile that a tap can reach.
    pub(crate) margin: usize,
}

impl Schedule {
    /// Checks a model's description against the rules of `docs/model.md` and the image's colour planes.
    pub(crate) fn new(id: ModelId, spec: &ModelSpec, planes: usize) -> Result<Schedule, Error> {
        if spec.channels() != planes {
            return Err(Error::ModelChannels {
                id,
                expected: planes,
                found: spec.channels(),
            });
        }
        check(spec).map_err(|problem| Error::ModelSpec { id, problem })?;
        let taps: Vec<SkewedTap> = spec
            .taps
            .iter()
            .map(|tap| skewed(spec.shear, tap.dy, tap.dx))
            .collect();
        let farthest = taps
            .iter()
            .map(|tap| tap.steps)
            .fold(spec.shear + 1, usize::max);
        Ok(Schedule {
            channels: planes,
            rule: spec.rule,
            levels: spec.levels,
            shear: spec.shear,
            kept: (farthest + 1).next_power_of_two(),
            margin: taps.iter().map(|tap| tap.rows).fold(1, usize::max),
            taps,
        })
    }

    /// Steps of a tile.
    pub(crate) fn steps(&self, width: usize, height: usize) -> usize {
        width + self.shear * (height - 1)
    }

    /// The most pixels that a step of a tile can have.
    pub(crate) fn most_lanes(&self, width: usize, height: usize) -> usize {
        TileSize { width, height }.most_lanes(self.shear)
    }
}

fn check(spec: &ModelSpec) -> Result<(), &'static str> {
    let mut planes = spec.order.clone();
    planes.sort_unstable();
    if !planes.iter().copied().eq(0..spec.order.len()) {
        return Err("order must name each colour plane once");
    }
    if !(1..=FARTHEST).contains(&(spec.shear as i64)) {
        return Err("shear must be in 1..=64");
    }
    match (spec.rule, spec.levels, spec.channels()) {
        (_, SYMBOLS, _) | (SymbolRule::Centred, 2, 1) => {}
        _ => return Err("levels must be 256, or 2 with one channel and centred features"),
    }
    match (spec.rule, spec.maps) {
        (_, KeptMaps::None) | (SymbolRule::Centred, _) => {}
        _ => return Err("maps need centred features"),
    }
    check_ratio(spec)?;
    check_tile(spec)?;
    spec.taps.iter().try_for_each(|tap| check_tap(spec, tap))
}

fn check_ratio(spec: &ModelSpec) -> Result<(), &'static str> {
    match spec.ratio {
        None => Ok(()),
        Some(ratio) if !(2..=LARGEST_RATIO).contains(&ratio) => {
            Err("the side of a block must be in 2..=16")
        }
        Some(_) if spec.rule != SymbolRule::Centred => Err("a coarse image needs centred features"),
        Some(_) => Ok(()),
    }
}

fn check_tile(spec: &ModelSpec) -> Result<(), &'static str> {
    let raster = spec.tile.is_some_and(|tile| spec.shear >= tile.width);
    if spec.maps == KeptMaps::PixelAndRow && !raster {
        return Err("a row pass needs a shear of at least the tile's width");
    }
    match spec.tile {
        Some(tile) if tile.width == 0 || tile.height == 0 => {
            Err("a tile must have columns and rows")
        }
        _ => Ok(()),
    }
}

fn check_tap(spec: &ModelSpec, tap: &Tap) -> Result<(), &'static str> {
    let (dy, dx) = (i64::from(tap.dy), i64::from(tap.dx));
    if !(-FARTHEST..=0).contains(&dy) || dx.abs() > FARTHEST {
        return Err("a tap must not be farther than 64 rows or columns, nor below the pixel");
    }
    if dx + spec.shear as i64 * dy > -1 {
        return Err("a tap must lie on an earlier step of the wavefront");
    }
    Ok(())
}

/// Skews a tap, which must have passed [`check`].
fn skewed(shear: usize, dy: i32, dx: i32) -> SkewedTap {
    let rows = dy.unsigned_abs() as usize;
    SkewedTap {
        steps: (shear as i64 * rows as i64 - i64::from(dx)) as usize,
        rows,
    }
}
