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

/// Where a block of results goes.
pub(crate) enum OutputBlock<'a> {
    /// Words of the four outputs.
    Bytes(&'a mut Lanes<u32>),
    /// Words of the first two outputs, and of the others.
    Shorts([&'a mut Lanes<u32>; 2]),
    /// Rows of the outputs that there are.
    PlainBytes(Rows<'a, u8>),
    /// Rows of the outputs that there are.
    Floats(Rows<'a, f32>),
    /// Rows that end within the block: [`Output::store`] cuts them off.
    Partial,
}

type Lanes<T> = [T; LANE_BLOCK];
type Rows<'a, T> = [Option<&'a mut Lanes<T>>; GROUP];

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
    /// Where the block of this position goes.
    #[inline(always)]
    pub(crate) fn block(&mut self, position: &BlockPosition) -> OutputBlock<'_> {
        let &BlockPosition { group, lane, lanes } = position;
        match self {
            Output::Words(words, width) => {
                let rows = &mut words[width.rows(GROUP) * group * lanes..];
                match (width, rows.split_at_mut(lanes)) {
                    (Width::Byte, (row, _)) => OutputBlock::Bytes(block(row, lane)),
                    (Width::Short, (first, second)) => {
                        OutputBlock::Shorts([block(first, lane), block(second, lane)])
                    }
                }
            }
            Output::Bytes(bytes, used) if lane + LANE_BLOCK <= *used => {
                OutputBlock::PlainBytes(rows(bytes, *used, position))
            }
            Output::Floats(floats, used) if lane + LANE_BLOCK <= *used => {
                OutputBlock::Floats(rows(floats, *used, position))
            }
            Output::Bytes(..) | Output::Floats(..) => OutputBlock::Partial,
        }
    }

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

/// The block of a row that begins with a lane.
#[inline(always)]
fn block<T>(row: &mut [T], lane: usize) -> &mut Lanes<T> {
    let block = row[lane..].first_chunk_mut();
    block.expect("a block of lanes")
}

/// The blocks of a group's rows, of `used` elements each.
#[inline(always)]
fn rows<'a, T>(elements: &'a mut [T], used: usize, position: &BlockPosition) -> Rows<'a, T> {
    let mut rows = elements[GROUP * position.group * used..].chunks_exact_mut(used);
    std::array::from_fn(|_| rows.next().map(|row| block(row, position.lane)))
}
