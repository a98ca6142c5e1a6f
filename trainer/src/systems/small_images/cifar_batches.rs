//! CIFAR-10's binary batches: for each image a label and the red, green and blue planes of 32×32 samples.

use std::path::Path;

use super::{expect, unfit};
use crate::Result;
use crate::systems::system_config::{Samples, SystemConfig};

const SIDE: usize = 32;
const PLANE: usize = SIDE * SIDE;
/// The label's byte and three planes.
const RECORD: usize = 1 + 3 * PLANE;

pub(super) fn read(
    path: &Path,
    bytes: &[u8],
    config: &SystemConfig,
    out: &mut Vec<u8>,
) -> Result<()> {
    expect(path, config, &[Samples::Rgb], SIDE, SIDE)?;
    if !bytes.len().is_multiple_of(RECORD) {
        return Err(unfit(
            path,
            format!("records of {RECORD} bytes"),
            format!("{} bytes", bytes.len()),
        ));
    }
    for record in bytes.chunks_exact(RECORD) {
        let planes = &record[1..];
        out.extend((0..3 * PLANE).map(|i| planes[i % 3 * PLANE + i / 3]));
    }
    Ok(())
}
