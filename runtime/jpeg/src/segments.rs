//! The segments of a JPEG file: where its image ends, and whether it is of a kind that the decoder reads without
//! converting.
//!
//! The decoder fills in what is missing, so that is checked here.

use crate::error::{Error, Result};

const END_OF_IMAGE: u8 = 0xd9;
const START_OF_SCAN: u8 = 0xda;
const DEFINED_HEIGHT: u8 = 0xdc;
/// Bytes of a component in the header of a frame.
const COMPONENT_BYTES: usize = 3;

/// Finds where the image of a JPEG stream ends.
///
/// # Errors
/// [`Error::Truncated`] if it does not end, and [`Error::Unsupported`] if it is of a kind that decoders would convert
/// or cannot represent.
pub fn check_segments(bytes: &[u8]) -> Result<usize> {
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
        0xde | 0xdf => Some("hierarchical coding"),
        0xc9..=0xcb => Some("arithmetic coding"),
        DEFINED_HEIGHT => Some("a height that follows its first scan (DNL)"),
        _ => return Ok(()),
    };
    if let Some(kind) = kind {
        return Err(Error::unsupported(format!("a JPEG of {kind}")));
    }
    let (depth, components) = (segment.first(), segment.get(5));
    let found = match (depth, components) {
        (Some(8), Some(1 | 3)) => return check_sampling(&segment[6..]),
        (Some(8), Some(count)) => format!("{count} components, such as CMYK"),
        (Some(depth), _) => format!("{depth} bits per sample"),
        _ => return Err(Error::damaged("a frame header without fields")),
    };
    Err(Error::unsupported(format!("a JPEG of {found}")))
}

/// Refuses sampling factors of 3, which the decoder takes for damage. Others than 1 to 4 are damage.
fn check_sampling(components: &[u8]) -> Result<()> {
    for component in components.chunks_exact(COMPONENT_BYTES) {
        let (columns, rows) = (component[1] >> 4, component[1] & 15);
        if [columns, rows].contains(&3) {
            let found = format!("a JPEG of the sampling factors {columns}×{rows}");
            return Err(Error::unsupported(found));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A stream with one segment.
    fn stream(marker: u8, segment: &[u8]) -> Vec<u8> {
        let length = (segment.len() as u16 + 2).to_be_bytes();
        [
            &[0xff, 0xd8, 0xff, marker],
            &length[..],
            segment,
            &[0xff, 0xd9],
        ]
        .concat()
    }

    fn frame(sampling: u8) -> [u8; 9] {
        [8, 0, 1, 0, 1, 1, 1, sampling, 0]
    }

    #[test]
    fn what_a_decoder_cannot_represent_has_a_name() {
        for sampling in [0x11, 0x22, 0x41, 0x12] {
            assert!(check_segments(&stream(0xc0, &frame(sampling))).is_ok());
        }
        for (marker, segment, name) in [
            (0xc0, &frame(0x31)[..], "the sampling factors 3×1"),
            (0xc2, &frame(0x23), "the sampling factors 2×3"),
            (0xdc, &[0, 1], "a height that follows its first scan (DNL)"),
            (0xc9, &frame(0x11), "arithmetic coding"),
            (0xde, &frame(0x11), "hierarchical coding"),
        ] {
            let error = check_segments(&stream(marker, segment)).expect_err("refused");
            let said = format!("a JPEG of {name} is not supported");
            assert_eq!(error.to_string(), said);
        }
    }
}
