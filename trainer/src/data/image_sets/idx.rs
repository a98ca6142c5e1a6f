//! MNIST's idx files, compressed or not: magic number, three sizes (big-endian), then unsigned bytes.

use std::io::Read;
use std::path::Path;

use flate2::read::GzDecoder;

use crate::data::image_sets::shape::{ImageShape, THRESHOLD, unfit};
use crate::data::samples::Samples;
use crate::error::{Error, Result};

/// Unsigned bytes in three dimensions.
const MAGIC: u32 = 0x0803;
const HEADER: usize = 16;
const GZIP: &[u8] = &[0x1f, 0x8b];
/// The most bytes: more than any set of such images has.
const MOST_BYTES: u64 = 1 << 30;

pub(crate) fn read(path: &Path, bytes: &[u8], shape: &ImageShape, out: &mut Vec<u8>) -> Result<()> {
    let unpacked;
    let bytes = match bytes.starts_with(GZIP) {
        true => {
            unpacked = unpack(path, bytes)?;
            &unpacked[..]
        }
        false => bytes,
    };
    let Some((header, samples)) = bytes.split_at_checked(HEADER) else {
        return Err(unfit(
            path,
            "a header of 16 bytes",
            format!("{} bytes", bytes.len()),
        ));
    };
    let field = |index: usize| {
        let bytes = header[4 * index..][..4].iter();
        bytes.fold(0_u32, |value, &byte| value << 8 | u32::from(byte))
    };
    if field(0) != MAGIC {
        return Err(unfit(
            path,
            "magic number 00000803",
            format!("{:08x}", field(0)),
        ));
    }
    let (height, width) = (field(2) as usize, field(3) as usize);
    shape.expect(path, &[Samples::Gray, Samples::Bilevel], width, height)?;
    let expected = u64::from(field(1)) * (width * height) as u64;
    if samples.len() as u64 != expected {
        return Err(unfit(path, format!("{expected} samples"), samples.len()));
    }
    match shape.samples {
        Samples::Bilevel => out.extend(samples.iter().map(|&s| u8::from(s >= THRESHOLD))),
        Samples::Gray | Samples::Rgb => out.extend_from_slice(samples),
    }
    Ok(())
}

fn unpack(path: &Path, bytes: &[u8]) -> Result<Vec<u8>> {
    let mut unpacked = Vec::new();
    let mut decoder = GzDecoder::new(bytes).take(MOST_BYTES);
    decoder
        .read_to_end(&mut unpacked)
        .map_err(|error| Error::Damaged {
            path: path.into(),
            form: "gzip file",
            source: error.into(),
        })?;
    Ok(unpacked)
}
