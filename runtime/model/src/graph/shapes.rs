//! The shape of an operator's result, and the checks of its operands.

use crate::error::{Error, Result};
use crate::graph::limits::MAX_TABLE;
use crate::graph::operators::{Element, MAX_EXPONENT, Op, Tensor, TensorId};

/// Element type and channels of an operation's result; fails when its operands do not fit.
pub(crate) fn result_of(tensors: &[Tensor], name: &str, op: &Op) -> Result<(Element, usize)> {
    let what = || format!("node {name}");
    let operand = |id: TensorId, element: Element| expect_operand(tensors, name, id, element);
    match op {
        Op::Conv {
            input,
            weight,
            bias,
        } => {
            let channels = operand(*input, Element::F32)?;
            expect_count(name, "weight columns", weight.columns(), channels)?;
            expect_count(name, "bias values", bias.len(), weight.rows())?;
            Ok((Element::F32, weight.rows()))
        }
        Op::QLinearConv {
            input,
            weight,
            bias,
            shifts,
        } => {
            let channels = operand(*input, Element::U8)?;
            expect_count(name, "weight columns", weight.columns(), channels)?;
            expect_count(name, "bias values", bias.len(), weight.rows())?;
            expect_count(name, "scales", shifts.len(), weight.rows())?;
            Ok((Element::U8, weight.rows()))
        }
        Op::Add {
            inputs: [left, right],
        }
        | Op::Mul {
            inputs: [left, right],
        } => {
            let channels = operand(*left, Element::F32)?;
            expect_count(name, "channels", operand(*right, Element::F32)?, channels)?;
            Ok((Element::F32, channels))
        }
        Op::AddConst { input, values } => {
            let channels = operand(*input, Element::F32)?;
            if values.len() != 1 {
                expect_count(name, "values", values.len(), channels)?;
            }
            Ok((Element::F32, channels))
        }
        Op::Scale { input, exponent } => {
            if !(-MAX_EXPONENT..=MAX_EXPONENT).contains(exponent) {
                let expected = format!("an exponent of −{MAX_EXPONENT} to {MAX_EXPONENT}");
                return Err(Error::form(what(), expected, exponent));
            }
            Ok((Element::F32, operand(*input, Element::F32)?))
        }
        Op::Table { input, values } => {
            if !(1..=MAX_TABLE).contains(&values.len()) {
                let expected = format!("1 to {MAX_TABLE} values");
                return Err(Error::form(what(), expected, values.len()));
            }
            Ok((Element::F32, operand(*input, Element::F32)?))
        }
        Op::Clip { input, .. } | Op::Round { input } => {
            Ok((Element::F32, operand(*input, Element::F32)?))
        }
        Op::Cast { input, to } => {
            let from = match to {
                Element::F32 => Element::U8,
                Element::U8 => Element::F32,
            };
            Ok((*to, operand(*input, from)?))
        }
        Op::Concat { inputs } => {
            let first = inputs
                .first()
                .ok_or_else(|| Error::form(what(), "an input", "none"))?;
            let element = known(tensors, name, *first)?.element;
            let channels = inputs.iter().map(|&id| operand(id, element));
            let total = channels.sum::<Result<usize>>()?;
            Ok((element, total))
        }
    }
}

fn known<'a>(tensors: &'a [Tensor], name: &str, id: TensorId) -> Result<&'a Tensor> {
    let tensor = tensors.get(id.0);
    tensor.ok_or_else(|| Error::form(format!("node {name}"), "a tensor of this graph", id.0))
}

/// The channels of an operand that must have this element type.
fn expect_operand(tensors: &[Tensor], name: &str, id: TensorId, element: Element) -> Result<usize> {
    let tensor = known(tensors, name, id)?;
    if tensor.element != element {
        let what = format!("node {name}, input {}", tensor.name);
        return Err(Error::form(what, element, tensor.element));
    }
    Ok(tensor.channels)
}

fn expect_count(name: &str, what: &str, found: usize, expected: usize) -> Result<()> {
    if found == expected {
        return Ok(());
    }
    let expected = format!("{expected} {what}");
    Err(Error::form(format!("node {name}"), expected, found))
}
