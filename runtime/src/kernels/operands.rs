//! What a layer reads and writes: packed tensors, and results in the form that comes next.

use crate::kernels::layer::IntegerLayer;
use crate::kernels::packing::{GROUP, LANE_BLOCK, Width, packed_lanes};

/// What a layer reads: packed tensors of `lanes` lanes, a multiple of [`LANE_BLOCK`].
#[derive(Clone, Copy)]
pub(crate) struct Operands<'a> {
    pub(crate) input: &'a [u32],
    pub(crate) residual: Option<&'a [u32]>,
    pub(crate) lanes: usize,
}

/// A group of outputs and a block of lanes, by its first lane; all lanes are `lanes`.
#[derive(Clone, Copy)]
pub(crate) struct BlockPosition {
    pub(crate) group: usize,
    pub(crate) lane: usize,
    pub(crate) lanes: usize,
}

/// Where a result goes.
pub(crate) enum Output<'a> {
    /// A packed tensor.
    Words(&'a mut [u32], Width),
    /// uint8 `[outputs, lanes]`
    Bytes(&'a mut [u8], usize),
    /// float32 `[outputs, lanes]`
    Floats(&'a mut [f32], usize),
}

/// Panics on operands and outputs of other lengths than the layer's.
pub(crate) fn check_lengths(layer: &IntegerLayer, operands: &Operands<'_>, output: &Output<'_>) {
    let lanes = operands.lanes;
    assert!(lanes.is_multiple_of(LANE_BLOCK), "{lanes} lanes");
    let expected = layer.inputs * lanes;
    assert_eq!(operands.input.len(), expected, "words of the input");
    if let Some(residual) = operands.residual {
        let expected = layer.width.rows(layer.outputs) * lanes;
        assert_eq!(residual.len(), expected, "words of the residual");
    }
    let (found, expected) = match output {
        Output::Words(words, width) => (words.len(), width.rows(layer.outputs) * lanes),
        Output::Bytes(bytes, used) => (bytes.len(), layer.outputs * used),
        Output::Floats(floats, used) => (floats.len(), layer.outputs * used),
    };
    assert_eq!(found, expected, "elements of the output");
    if let Output::Bytes(_, used) | Output::Floats(_, used) = output {
        assert_eq!(packed_lanes(*used), lanes, "lanes of the output");
    }
}

impl Output<'_> {
    /// Stores a block of results of a layer with this number of outputs.
    pub(crate) fn store(
        &mut self,
        block: &[[i32; LANE_BLOCK]; GROUP],
        outputs: usize,
        position: &BlockPosition,
    ) {
        let &BlockPosition { group, lane, lanes } = position;
        let rows = block.iter().zip(GROUP * group..outputs);
        match self {
            Output::Words(words, width) => {
                let per_word = width.per_word();
                let first = GROUP * group / per_word;
                for (row, results) in block.chunks_exact(per_word).enumerate() {
                    let row = &mut words[(first + row) * lanes + lane..][..LANE_BLOCK];
                    for (i, word) in row.iter_mut().enumerate() {
                        let parts = results.iter().enumerate();
                        let parts = parts.map(|(j, results)| width.put(results[i], j));
                        *word = parts.fold(0, |word, part| word | part);
                    }
                }
            }
            Output::Bytes(bytes, used) => {
                for (results, row) in rows {
                    let bytes = bytes[row * *used..][..*used].iter_mut().skip(lane);
                    bytes.zip(results).for_each(|(to, &from)| *to = from as u8);
                }
            }
            Output::Floats(floats, used) => {
                for (results, row) in rows {
                    let floats = floats[row * *used..][..*used].iter_mut().skip(lane);
                    floats
                        .zip(results)
                        .for_each(|(to, &from)| *to = from as f32);
                }
            }
        }
    }
}
