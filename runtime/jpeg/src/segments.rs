//! The segments of a JPEG file: where its image ends, and whether it is of a kind that the decoder reads without
//! converting.
//!
//! The decoder fills in what is missing, so that is checked here.

use crate::error::{Error, Result};

const END_OF_IMAGE: u8 = 0xd9;
const START_OF_SCAN: u8 = 0xda;

/// Where the image ends. Fails if it does not, or if it is of a kind that the decoder would convert.
pub(crate) fn check_segments(bytes: &[u8]) -> Result<usize> {
    let truncated = || Error::Truncated;
    let mut at = 2;
    loop {
        // Entropy-coded data has zeros and restart markers after its bytes 0xff.
        let rest = bytes.get(at..).ok_or_else(truncated)?;
        let marker = rest
            .windows(2)
            .position(|pair| pair[0] == 0xff && !is_data(pair[1]));
        at += marker.ok_or_else(truncated)?;
        let marker = bytes[at + 1];
        if marker == END_OF_IMAGE {
            return Ok(at + 2);
        }
        let length = bytes.get(at + 2..at + 4).ok_or_else(truncated)?;
        let length = usize::from(u16::from_be_bytes([length[0], length[1]]));
        let segment = bytes
            .get(at + 4..at + 2 + length.max(2))
            .ok_or_else(truncated)?;
        check_frame(marker, segment)?;
        at += 2 + length;
        if marker == START_OF_SCAN && at >= bytes.len() {
            return Err(truncated());
        }
    }
}

fn is_data(second: u8) -> bool {
    matches!(second, 0 | 0x01 | 0xd0..=0xd7 | 0xff)
}

/// Refuses other frames than baseline and progressive ones of 8 bits with up to three components.
fn check_frame(marker: u8, segment: &[u8]) -> Result<()> {
    let kind = match marker {
        0xc0..=0xc2 => None,
        0xc3 | 0xc5..=0xc7 | 0xcd..=0xcf => Some("lossless or hierarchical coding"),
        0xc9..=0xcb => Some("arithmetic coding"),
        _ => return Ok(()),
    };
    let (depth, components) = (segment.first(), segment.get(5));
    let found = match (kind, depth, components) {
        (Some(kind), _, _) => kind.to_owned(),
        (_, Some(8), Some(1 | 3)) => return Ok(()),
        (_, Some(8), Some(count)) => format!("{count} components, such as CMYK"),
        (_, Some(depth), _) => format!("{depth} bits per sample"),
        _ => return Err(Error::damaged("a frame header without fields")),
    };
    Err(Error::unsupported(format!("a JPEG of {found}")))
}
