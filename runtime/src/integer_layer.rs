//! Layers of a network on packed integers: for processors whose dot products of integers are faster than those of floats.
//!
//! A *packed* tensor has words of four bytes (0..=255) or of two int16, the first channel lowest: a row of words for each four
//! or two channels. Channels are filled up to a multiple of [`GROUP`] with zeros, lanes to a multiple of [`LANE_BLOCK`].

/// Channels of a packed tensor come in groups of so many.
pub(crate) const GROUP: usize = 4;
/// Lanes of a packed tensor come in blocks of so many.
pub(crate) const LANE_BLOCK: usize = 16;

/// The integers of a packed tensor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Width {
    /// 0..=255
    Byte,
    /// −32768..=32767
    Short,
}

impl Width {
    /// Channels in a word.
    pub(crate) const fn per_word(self) -> usize {
        match self {
            Width::Byte => 4,
            Width::Short => 2,
        }
    }

    /// Rows of words.
    pub(crate) const fn rows(self, channels: usize) -> usize {
        channels.next_multiple_of(GROUP) / self.per_word()
    }

    /// Channel `j` of a word.
    #[inline(always)]
    pub(crate) fn get(self, word: u32, j: usize) -> i32 {
        match self {
            Width::Byte => (word >> (8 * j) & 255) as i32,
            Width::Short => i32::from((word >> (16 * j)) as u16 as i16),
        }
    }

    /// An integer as channel `j` of a word.
    #[inline(always)]
    pub(crate) fn put(self, value: i32, j: usize) -> u32 {
        match self {
            Width::Byte => (value as u32 & 255) << (8 * j),
            Width::Short => (value as u32 & 0xffff) << (16 * j),
        }
    }
}

/// Lanes of a packed tensor, of which the first `lanes` are looked at.
pub(crate) fn packed_lanes(lanes: usize) -> usize {
    lanes.next_multiple_of(LANE_BLOCK)
}

/// Whether this processor has kernels for layers on packed integers.
pub(crate) fn has_kernels() -> bool {
    #[cfg(target_arch = "x86_64")]
    return crate::integer_kernels::find(Width::Short).is_some();
    #[cfg(not(target_arch = "x86_64"))]
    false
}

/// `round(clip((weights · input + bias + identity · residual) · 2^−shift))`, ties to even.
///
/// Sums stay within int32. As float32 they are exact: they are below 2^24 in units of their greatest common power of two.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct IntegerLayer {
    /// Of input, residual and weights.
    pub(crate) width: Width,
    /// Rows of words of an input.
    pub(crate) inputs: usize,
    /// Output channels.
    pub(crate) outputs: usize,
    /// For each group of outputs and each row of the input, a word of weights for each of the outputs.
    pub(crate) weights: Vec<[i32; GROUP]>,
    /// For each group of outputs.
    pub(crate) ends: Vec<End>,
    /// Bits of the smallest and the largest result.
    limits: [u32; 2],
}

/// The constants that end a group of outputs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct End {
    pub(crate) bias: [i32; GROUP],
    pub(crate) identity: [i32; GROUP],
    /// Bits of the powers of two.
    factor: [u32; GROUP],
}

/// An output of a layer: its weights in the order of the packed input, missing channels included, and its constants.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) weights: Vec<i16>,
    pub(crate) bias: i32,
    pub(crate) identity: i32,
    /// −126 to 126
    pub(crate) shift: i32,
}

/// What a layer reads: packed tensors of `lanes` lanes, a multiple of [`LANE_BLOCK`].
#[derive(Clone, Copy)]
pub(crate) struct Operands<'a> {
    pub(crate) input: &'a [u32],
    pub(crate) residual: Option<&'a [u32]>,
    pub(crate) lanes: usize,
}

/// A group of outputs and a block of lanes, by the first of them, of so many lanes in all.
#[derive(Clone, Copy)]
pub(crate) struct Place {
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

impl IntegerLayer {
    /// A layer whose rows have equally many weights, at least one, that fit the width: int8 for bytes.
    pub(crate) fn new(width: Width, rows: &[Row], low: f32, high: f32) -> Self {
        let per_word = width.per_word();
        let inputs = rows.first().map_or(0, |row| row.weights.len());
        let inputs = inputs.div_ceil(per_word);
        let mut weights = Vec::new();
        let mut ends = Vec::new();
        for group in rows.chunks(GROUP) {
            let mut words = vec![[0; GROUP]; inputs];
            let mut end = End::default();
            for (output, row) in group.iter().enumerate() {
                for (words, weights) in words.iter_mut().zip(row.weights.chunks(per_word)) {
                    let parts = weights.iter().enumerate();
                    let parts = parts.map(|(j, &weight)| width.put(weight.into(), j));
                    words[output] = parts.fold(0, |word, part| word | part).cast_signed();
                }
                end.bias[output] = row.bias;
                end.identity[output] = row.identity;
                end.factor[output] = ((-f64::from(row.shift)).exp2() as f32).to_bits();
            }
            weights.extend(words);
            ends.push(end);
        }
        Self {
            width,
            inputs,
            outputs: rows.len(),
            weights,
            ends,
            limits: [low.to_bits(), high.to_bits()],
        }
    }

    /// The smallest and the largest result.
    #[inline(always)]
    pub(crate) fn limits(&self) -> [f32; 2] {
        self.limits.map(f32::from_bits)
    }

    /// Evaluates the layer. Panics on operands and outputs of other lengths than the layer's.
    pub(crate) fn apply(&self, operands: &Operands<'_>, output: Output<'_>) {
        let lanes = operands.lanes;
        assert!(lanes.is_multiple_of(LANE_BLOCK), "{lanes} lanes");
        let expected = self.inputs * lanes;
        assert_eq!(operands.input.len(), expected, "words of the input");
        if let Some(residual) = operands.residual {
            let expected = self.width.rows(self.outputs) * lanes;
            assert_eq!(residual.len(), expected, "words of the residual");
        }
        let (found, expected) = match &output {
            Output::Words(words, width) => (words.len(), width.rows(self.outputs) * lanes),
            Output::Bytes(bytes, used) => (bytes.len(), self.outputs * used),
            Output::Floats(floats, used) => (floats.len(), self.outputs * used),
        };
        assert_eq!(found, expected, "elements of the output");
        if let Output::Bytes(_, used) | Output::Floats(_, used) = &output {
            assert_eq!(packed_lanes(*used), lanes, "lanes of the output");
        }
        #[cfg(target_arch = "x86_64")]
        if let Some(kernel) = crate::integer_kernels::find(self.width) {
            return kernel.run(self, operands, output);
        }
        self.apply_portable(operands, output);
    }

    pub(crate) fn apply_portable(&self, operands: &Operands<'_>, mut output: Output<'_>) {
        let lanes = operands.lanes;
        let layers = self.weights.chunks_exact(self.inputs).zip(&self.ends);
        for (group, (weights, end)) in layers.enumerate() {
            for lane in (0..lanes).step_by(LANE_BLOCK) {
                let place = Place { group, lane, lanes };
                let mut block = [[0; LANE_BLOCK]; GROUP];
                for (j, results) in block.iter_mut().enumerate() {
                    for (i, result) in results.iter_mut().enumerate() {
                        let words = weights.iter().enumerate();
                        let dots = words.map(|(step, weights)| {
                            self.dot(operands.input[step * lanes + lane + i], weights[j])
                        });
                        let residual = self.residual(operands, &place, j, i);
                        let sum = dots.sum::<i32>() + end.bias[j] + end.identity[j] * residual;
                        *result = self.ended(sum, end.factors()[j]);
                    }
                }
                output.store(&block, self.outputs, &place);
            }
        }
    }

    fn residual(&self, operands: &Operands<'_>, place: &Place, j: usize, i: usize) -> i32 {
        let Some(words) = operands.residual else {
            return 0;
        };
        let per_word = self.width.per_word();
        let row = (GROUP * place.group + j) / per_word;
        let word = words[row * place.lanes + place.lane + i];
        self.width.get(word, j % per_word)
    }

    fn dot(&self, input: u32, weights: i32) -> i32 {
        let products = (0..self.width.per_word()).map(|j| {
            let weight = match self.width {
                Width::Byte => i32::from((weights >> (8 * j)) as i8),
                Width::Short => i32::from((weights >> (16 * j)) as i16),
            };
            self.width.get(input, j) * weight
        });
        products.sum()
    }

    fn ended(&self, sum: i32, factor: f32) -> i32 {
        let [low, high] = self.limits();
        let scaled = sum as f32 * factor;
        scaled.clamp(low, high).round_ties_even() as i32
    }
}

impl End {
    #[inline(always)]
    pub(crate) fn factors(&self) -> [f32; GROUP] {
        self.factor.map(f32::from_bits)
    }
}

impl Output<'_> {
    /// Stores the results of a layer of so many outputs at a place.
    pub(crate) fn store(
        &mut self,
        block: &[[i32; LANE_BLOCK]; GROUP],
        outputs: usize,
        place: &Place,
    ) {
        let &Place { group, lane, lanes } = place;
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
