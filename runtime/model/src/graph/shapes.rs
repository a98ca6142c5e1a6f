//! The shape of an operator's result, and the checks of its operands.

use crate::error::{Error, Result};
use crate::graph::limits::MAX_TABLE;
use crate::graph::operators::{Element, MAX_EXPONENT, Matrix, Op, Tensor, TensorId};

/// Element type and channels of an operator's result; fails when its operands do not fit.
pub(crate) fn result_of(tensors: &[Tensor], name: &str, op: &Op) -> Result<(Element, usize)> {
    let operands = Operands { tensors, name };
    let floats = |id: TensorId| operands.channels(id, Element::F32);
    let channels = match op {
        Op::Conv {
            input,
            weight,
            bias,
        } => operands.convolution(*input, Element::F32, weight, bias.len())?,
        Op::QLinearConv {
            input,
            weight,
            bias,
            shifts,
        } => {
            let rows = operands.convolution(*input, Element::U8, weight, bias.len())?;
            operands.expect_count("scales", shifts.len(), rows)?;
            return Ok((Element::U8, rows));
        }
        Op::Add { inputs } | Op::Mul { inputs } => operands.pair(*inputs)?,
        Op::AddConst { input, values } => operands.addition(*input, values.len())?,
        Op::Scale { input, exponent } => {
            operands.expect_exponent(*exponent)?;
            floats(*input)?
        }
        Op::Table { input, values } => {
            operands.expect_table(values.len())?;
            floats(*input)?
        }
        Op::Clip { input, .. } | Op::Round { input } => floats(*input)?,
        Op::Cast { input, to } => {
            let from = match to {
                Element::F32 => Element::U8,
                Element::U8 => Element::F32,
            };
            return Ok((*to, operands.channels(*input, from)?));
        }
        Op::Concat { inputs } => return operands.joined(inputs),
    };
    Ok((Element::F32, channels))
}

/// The tensors that a node of a name may read.
struct Operands<'a> {
    tensors: &'a [Tensor],
    name: &'a str,
}

impl Operands<'_> {
    /// The channels of a convolution's result: the rows of its weights.
    fn convolution<T>(
        &self,
        input: TensorId,
        element: Element,
        weight: &Matrix<T>,
        biases: usize,
    ) -> Result<usize> {
        let channels = self.channels(input, element)?;
        self.expect_count("weight columns", weight.columns(), channels)?;
        self.expect_count("bias values", biases, weight.rows())?;
        Ok(weight.rows())
    }

    /// The channels of two float32 tensors, which have equally many.
    fn pair(&self, [left, right]: [TensorId; 2]) -> Result<usize> {
        let channels = self.channels(left, Element::F32)?;
        self.expect_count("channels", self.channels(right, Element::F32)?, channels)?;
        Ok(channels)
    }

    /// The channels of a float32 tensor to which one constant is added, or one per channel.
    fn addition(&self, input: TensorId, constants: usize) -> Result<usize> {
        let channels = self.channels(input, Element::F32)?;
        if constants != 1 {
            self.expect_count("values", constants, channels)?;
        }
        Ok(channels)
    }

    /// Element type and channels of tensors after one another.
    fn joined(&self, inputs: &[TensorId]) -> Result<(Element, usize)> {
        let first = inputs.first();
        let first = first.ok_or_else(|| self.refused("an input", "none"))?;
        let element = self.known(*first)?.element;
        let channels = inputs.iter().map(|&id| self.channels(id, element));
        Ok((element, channels.sum::<Result<usize>>()?))
    }

    fn expect_exponent(&self, exponent: i32) -> Result<()> {
        if (-MAX_EXPONENT..=MAX_EXPONENT).contains(&exponent) {
            return Ok(());
        }
        let expected = format!("an exponent of −{MAX_EXPONENT} to {MAX_EXPONENT}");
        Err(self.refused(expected, exponent))
    }

    fn expect_table(&self, values: usize) -> Result<()> {
        if (1..=MAX_TABLE).contains(&values) {
            return Ok(());
        }
        Err(self.refused(format!("1 to {MAX_TABLE} values"), values))
    }

    fn expect_count(&self, what: &str, found: usize, expected: usize) -> Result<()> {
        if found == expected {
            return Ok(());
        }
        Err(self.refused(format!("{expected} {what}"), found))
    }

    fn known(&self, id: TensorId) -> Result<&Tensor> {
        let tensor = self.tensors.get(id.0);
        tensor.ok_or_else(|| self.refused("a tensor of this graph", id.0))
    }

    /// The channels of an operand that must have this element type.
    fn channels(&self, id: TensorId, element: Element) -> Result<usize> {
        let tensor = self.known(id)?;
        if tensor.element != element {
            let what = format!("node {}, input {}", self.name, tensor.name);
            return Err(Error::form(what, element, tensor.element));
        }
        Ok(tensor.channels)
    }

    fn refused(&self, expected: impl ToString, found: impl ToString) -> Error {
        Error::form(format!("node {}", self.name), expected, found)
    }
}
