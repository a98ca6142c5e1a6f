//! MNIST's idx files: magic number, three sizes (big-endian), then unsigned bytes.

use std::path::Path;

use super::{THRESHOLD, expect, unfit};
use crate::Result;
use crate::systems::system_config::{Samples, SystemConfig};

/// Unsigned bytes in three dimensions.
const MAGIC: u32 = 0x0803;
const HEADER: usize = 16;

pub(super) fn read(
    path: &Path,
    bytes: &[u8],
    config: &SystemConfig,
    out: &mut Vec<u8>,
) -> Result<()> {
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
    expect(
        path,
        config,
        &[Samples::Gray, Samples::Bilevel],
        width,
        height,
    )?;
    let expected = u64::from(field(1)) * (width * height) as u64;
    if samples.len() as u64 != expected {
        return Err(unfit(path, format!("{expected} samples"), samples.len()));
    }
    match config.samples {
        Samples::Bilevel => out.extend(samples.iter().map(|&s| u8::from(s >= THRESHOLD))),
        Samples::Gray | Samples::Rgb => out.extend_from_slice(samples),
    }
    Ok(())
}
