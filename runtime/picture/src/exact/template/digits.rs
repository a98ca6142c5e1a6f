//! Plain PNM rasters: decimal numbers and what is between them.

use pxc_codec::Image;

use crate::error::{Error, Result};
use crate::formats::input::ends_comment;

/// The text of a raster with a zero byte in place of each number without its leading zeros; `None` if it has zero
/// bytes. Plain PBM has numbers of one digit.
pub(crate) fn blank(raster: &[u8], is_bilevel: bool) -> Option<Vec<u8>> {
    let mut text = Vec::new();
    let mut rest = raster;
    while let [byte, more @ ..] = rest {
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        match byte {
            0 => return None,
            b'#' => {
                let comment = rest.iter().position(ends_comment);
                let (comment, more) = rest.split_at(comment.unwrap_or(rest.len()));
                text.extend_from_slice(comment);
                rest = more;
            }
            b'0'..=b'9' if is_bilevel => {
                text.push(0);
                rest = more;
            }
            b'0' if digits > 1 => {
                text.push(b'0');
                rest = more;
            }
            b'0'..=b'9' => {
                text.push(0);
                rest = &rest[digits..];
            }
            _ => {
                text.push(*byte);
                rest = more;
            }
        }
    }
    Some(text)
}

/// More bytes than the raster of an image takes.
pub(crate) fn most_bytes(text: &[u8], image: &Image) -> u64 {
    let digits = image.depth().largest().to_string().len() as u64;
    let samples = image.samples().len() / image.depth().sample_bytes();
    text.len() as u64 + samples as u64 * digits
}

/// The raster of an image: the text with the samples in place of the zero bytes.
pub(crate) fn fill(text: &[u8], image: &Image, is_inverted: bool, most: u64) -> Result<Vec<u8>> {
    let mask = if is_inverted {
        image.depth().largest()
    } else {
        0
    };
    let mut samples = image.samples().chunks_exact(image.depth().sample_bytes());
    let mut raster = Vec::with_capacity(most_bytes(text, image) as usize);
    for &byte in text {
        match (byte, samples.len()) {
            (0, 0) => return Err(Error::description("it has more numbers than samples")),
            (0, _) => {
                let sample = samples.next().unwrap_or_default();
                let sample = sample
                    .iter()
                    .fold(0, |sum, &byte| sum << 8 | u16::from(byte));
                raster.extend((sample ^ mask).to_string().bytes());
            }
            _ => raster.push(byte),
        }
        if raster.len() as u64 > most {
            return Err(Error::description("its text is too long for the image"));
        }
    }
    Ok(raster)
}
