//! What each kernel does with the sums of a block, whatever its registers: it adds the residual, scales, and stores.
//!
//! In: sums in registers. Out: results in the form that comes next. This is a macro, since no function can be generic
//! over the instructions that it is compiled for.

/// Defines `add_residual`, `ended` and `store`, with the attributes given, which name the kernel's instructions.
///
/// The kernel defines the rest: `LANES` integers are in a register, `BLOCK` registers in a block of lanes, and a
/// `Block` is such a row for each output of a group.
///
/// - `load`, `keep`: the register of some words, and the other way round
/// - `unpacked`: channel `j` of words
/// - `sum_with_product`: a sum to which values times a number are added
/// - `scaled`: sums times a factor, clipped and rounded
/// - `packed_bytes`, `packed_shorts`: words of four or two results
/// - `store_bytes`, `store_floats`: a row of results, and a register of them, in memory
macro_rules! block_functions {
    ($(#[$attribute:meta])+) => {
        /// Adds the residual: it has the rows of all outputs, of as many words as there are lanes.
        $(#[$attribute])+
        fn add_residual(
            sums: &mut Block,
            width: Width,
            residual: &[u32],
            end: &End,
            position: &BlockPosition,
        ) {
            let per_word = width.per_word();
            for (j, (sums, identity)) in sums.iter_mut().zip(end.identity).enumerate() {
                let row = (GROUP * position.group + j) / per_word;
                let words = &residual[row * position.lanes + position.lane..][..LANE_BLOCK];
                for (sum, words) in sums.iter_mut().zip(words.as_chunks().0) {
                    *sum = sum_with_product(*sum, unpacked(load(words), width, j), identity);
                }
            }
        }

        /// Scales, clips and rounds.
        $(#[$attribute])+
        fn ended(layer: &IntegerLayer, sums: &Block, end: &End) -> Block {
            let limits = layer.limits();
            let mut results = *sums;
            for (sums, factor) in results.iter_mut().zip(end.factors()) {
                for sum in sums {
                    *sum = scaled(*sum, factor, limits);
                }
            }
            results
        }

        $(#[$attribute])+
        fn store(
            output: &mut Output<'_>,
            results: &Block,
            outputs: usize,
            position: &BlockPosition,
        ) {
            match output.block(position) {
                OutputBlock::Bytes(words) => {
                    for (i, words) in words.as_chunks_mut().0.iter_mut().enumerate() {
                        keep(words, packed_bytes(results.map(|row| row[i])));
                    }
                }
                OutputBlock::Shorts(rows) => {
                    for (words, [low, high]) in rows.into_iter().zip(results.as_chunks().0) {
                        for (i, words) in words.as_chunks_mut().0.iter_mut().enumerate() {
                            keep(words, packed_shorts(low[i], high[i]));
                        }
                    }
                }
                OutputBlock::PlainBytes(rows) => {
                    for (row, values) in rows.into_iter().flatten().zip(results) {
                        store_bytes(row, *values);
                    }
                }
                OutputBlock::Floats(rows) => {
                    for (row, values) in rows.into_iter().flatten().zip(results) {
                        for (row, &values) in row.as_chunks_mut().0.iter_mut().zip(values) {
                            store_floats(row, values);
                        }
                    }
                }
                OutputBlock::Partial => store_partial(output, results, outputs, position),
            }
        }

        /// Stores what reaches over the end of the output: rare, and kept out of the loops, so that `store` is inlined.
        $(#[$attribute])+
        #[cold]
        fn store_partial(
            output: &mut Output<'_>,
            results: &Block,
            outputs: usize,
            position: &BlockPosition,
        ) {
            let mut words = [[0; LANE_BLOCK]; GROUP];
            for (words, row) in words.iter_mut().zip(results) {
                for (words, &register) in words.as_chunks_mut().0.iter_mut().zip(row) {
                    keep(words, register);
                }
            }
            let results = words.map(|row| row.map(u32::cast_signed));
            output.store(&results, outputs, position);
        }
    };
}

pub(crate) use block_functions;
