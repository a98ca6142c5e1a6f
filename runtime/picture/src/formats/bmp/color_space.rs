//! The colour space in the fourth and fifth version of the bitmap header, and the profile to which the fifth points.

use std::ops::Range;

use pxc_codec::MetadataChunk;

use crate::error::{Error, Result};
use crate::formats::bmp::header::{BmpHeader, FILE_HEADER, damaged, field};
use crate::ledger::Ledger;
use crate::metadata::icc_chunk;

/// Bytes of the two versions of the header.
pub(crate) const VERSION_4: usize = 108;
pub(crate) const VERSION_5: usize = 124;
/// Positions: the kind of colour space, its endpoints and gamma, the intent, the profile's offset and size.
const SPACE: usize = 70;
const CALIBRATION: Range<usize> = 74..122;
const INTENT: usize = 122;
const PROFILE: usize = 126;
/// "sRGB" and "Win ", which mean the same as no colour space; "MBED" for a profile in the file.
pub(crate) const SRGB: u32 = 0x7352_4742;
const WINDOWS: u32 = 0x5769_6e20;
pub(crate) const EMBEDDED: u32 = 0x4d42_4544;
/// The intent of photographs, which is the default.
pub(crate) const IMAGES: u32 = 4;

/// Finds the colour profile and where it is in the file. Claims what the chunk keeps, and usual values.
pub(crate) fn profile(
    bytes: &[u8],
    header: &BmpHeader,
    ledger: &mut Ledger,
) -> Result<Option<(MetadataChunk, Range<usize>)>> {
    if header.size < VERSION_4 {
        return Ok(None);
    }
    let space = field(bytes, SPACE);
    let is_embedded = space == EMBEDDED && header.size == VERSION_5;
    let is_usual = [SRGB, WINDOWS].contains(&space) || is_embedded;
    let name = match is_usual {
        true => "the colour space's calibration",
        false => "the colour space or the linked profile",
    };
    ledger.claim_if(is_usual, SPACE..SPACE + 4, name);
    let is_zero = bytes[CALIBRATION].iter().all(|&byte| byte == 0);
    ledger.claim_if(is_zero, CALIBRATION, "the colour space's calibration");
    if header.size < VERSION_5 {
        return Ok(None);
    }
    let intent = field(bytes, INTENT);
    ledger.claim_if(
        [0, IMAGES].contains(&intent),
        INTENT..INTENT + 4,
        "the rendering intent",
    );
    let start = FILE_HEADER + field(bytes, PROFILE) as usize;
    let range = start..start.saturating_add(field(bytes, PROFILE + 4) as usize);
    let is_zero = field(bytes, PROFILE + 8) == 0;
    ledger.claim_if(
        is_zero,
        PROFILE + 8..PROFILE + 12,
        "the reserved fields of the header",
    );
    if range.is_empty() || !is_embedded {
        ledger.claim_if(
            range.is_empty(),
            PROFILE..PROFILE + 8,
            "the location of the linked profile",
        );
        return Ok(None);
    }
    let Some(data) = bytes.get(range.clone()) else {
        return Err(damaged(format!(
            "byte {PROFILE:#x}: expected a profile in the file, found bytes {:#x} to {:#x}",
            range.start, range.end
        )));
    };
    let chunk = icc_chunk(data).map_err(Error::from)?;
    ledger.claim(PROFILE..PROFILE + 8);
    ledger.claim(range.clone());
    Ok(Some((chunk, range)))
}
