//! The methods that need no model, each from tiles to a component of a payload.

use crate::coders::adaptive;
use crate::coders::deep;
use crate::coders::general;
use crate::coders::method::CodingMethod;
use crate::coders::stored;
use crate::container::payload::Coded;
use crate::error::Error;
use crate::tiles::tile::Tile;
use crate::work_meter::WorkMeter;

/// The first of two components, unless the second is smaller.
pub(super) fn smaller(a: Coded<Vec<u8>>, b: Coded<Vec<u8>>) -> Coded<Vec<u8>> {
    if b.bytes.len() < a.bytes.len() { b } else { a }
}

pub(super) fn stored(tiles: &[Tile]) -> Coded<Vec<u8>> {
    Coded {
        method: CodingMethod::Stored,
        bytes: stored::encode(tiles),
    }
}

pub(super) fn general(tiles: &[Tile], meter: &mut WorkMeter<'_>) -> Result<Coded<Vec<u8>>, Error> {
    Ok(Coded {
        method: CodingMethod::General,
        bytes: general::encode(tiles, meter)?,
    })
}

pub(super) fn deep(tiles: &[Tile], meter: &mut WorkMeter<'_>) -> Result<Coded<Vec<u8>>, Error> {
    Ok(Coded {
        method: CodingMethod::Deep,
        bytes: deep::encode(tiles, meter)?,
    })
}

pub(super) fn adaptive(
    tiles: &mut [Tile],
    meter: &mut WorkMeter<'_>,
) -> Result<Coded<Vec<u8>>, Error> {
    Ok(Coded {
        method: CodingMethod::Adaptive,
        bytes: adaptive::encode(tiles, meter)?,
    })
}
