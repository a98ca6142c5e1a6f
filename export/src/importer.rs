//! A second opinion on a model file: tract's own ONNX importer reads it and must calculate the same logits.
//!
//! Everything else in pxc reads model files with [`pxc_model`]. A mistake that its writer and its reader share would
//! stay hidden there, and other programs would calculate something else.

use pxc_model::ModelFile;
use pxc_model::reference::{LANES, Reference};
use tract_onnx::prelude::*;

use crate::error::{Error, Result};

/// Reads the file of a photo model with tract, and compares all logits of a few pixels with those of
/// [`pxc_model::reference`].
///
/// # Errors
/// When tract refuses the file, or a logit differs.
pub fn check(model: &ModelFile) -> Result<()> {
    let reference = Reference::new(model.graph(), model.metadata())?;
    let inputs = reference.pinned_inputs();
    let expected = reference.evaluate(&inputs)?;
    let found = imported(&model.to_bytes()?, &inputs).map_err(|error| Error::Importer {
        source: error.into(),
    })?;
    let outputs = model.graph().outputs();
    for (channel, (found, id)) in found.iter().zip(outputs).enumerate() {
        let expected = expected[id.index()].iter().flat_map(|row| row.values());
        let mut pairs = found.iter().zip(expected).enumerate();
        if let Some((at, (&found, expected))) = pairs.find(|(_, (f, e))| f32::from(**f) != *e) {
            return Err(Error::Parity {
                pixel: at % LANES,
                channel,
                symbol: at / LANES,
                expected: expected as u8,
                found: f32::from(found),
            });
        }
    }
    Ok(())
}

/// The values of all outputs of a model file, as tract calculates them.
fn imported(bytes: &[u8], inputs: &[Vec<[i32; LANES]>]) -> TractResult<Vec<Vec<u8>>> {
    // The shapes in the file have a symbol for the lanes.
    let importer = tract_onnx::onnx()
        .with_ignore_output_shapes(true)
        .with_ignore_value_info(true);
    let mut model = importer.model_for_read(&mut &bytes[..])?;
    let mut tensors = TVec::new();
    for (index, rows) in inputs.iter().enumerate() {
        let shape = [1, rows.len(), LANES];
        model.set_input_fact(index, f32::fact(shape).into())?;
        let values = rows.as_flattened().iter().map(|&value| value as f32);
        let values: Vec<f32> = values.collect();
        tensors.push(Tensor::from_shape(&shape, &values)?.into());
    }
    let found = model.into_optimized()?.into_runnable()?.run(tensors)?;
    let values = found.iter().map(|found| {
        let found = found.try_as_plain_ram()?;
        Ok(found.as_slice::<u8>()?.to_vec())
    });
    values.collect()
}
