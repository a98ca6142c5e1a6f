//! CIFAR-10's binary batches: for each image a label and the red, green and blue planes of 32×32 samples.

use std::path::Path;

use crate::data::image_sets::shape::{ImageShape, unfit};
use crate::data::samples::Samples;
use crate::error::Result;

const SIDE: usize = 32;
const PLANE: usize = SIDE * SIDE;
/// The label's byte and three planes.
const RECORD: usize = 1 + 3 * PLANE;

pub(crate) fn read(path: &Path, bytes: &[u8], shape: &ImageShape, out: &mut Vec<u8>) -> Result<()> {
    shape.expect(path, &[Samples::Rgb], SIDE, SIDE)?;
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
