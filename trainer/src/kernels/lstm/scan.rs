//! The recurrence of an LSTM over a map: gates `o, f, i` (sigmoid) and `g` (tanh), `c = f·c' + i·g`, `h = o·tanh c`
//! (paper, section 3.1 and 3.2).
//!
//! In: the input-to-state map `[pixels, 4 · hidden]` (gate after gate), the state-to-state weights
//! `[taps · hidden, 4 · hidden]` and constants `[6, hidden]`: the learned initial hidden and cell states, and the bias
//! of each gate. Out: the hidden states `[pixels, hidden]`. One product per tap and step; the input-to-state map was
//! made for the whole image at once.

use std::sync::Mutex;

use candle_core::{Result, Shape, Tensor, bail};

use crate::kernels::extent::Extent;
use crate::kernels::form::Form;
use crate::kernels::lstm::arithmetic::Arithmetic;
use crate::kernels::lstm::backward::Backward;
use crate::kernels::lstm::composed::composed;
use crate::kernels::lstm::forward::Forward;
use crate::kernels::lstm::states::States;
use crate::kernels::lstm::walk::Walk;
use crate::kernels::placement::Placement;
use crate::kernels::ternary::{CpuOp, Operand, Ternary};
use crate::kernels::values::{tensor_like, with_values};

/// Rows of the constants.
const CONSTANTS: usize = 6;

/// Runs an LSTM over a map.
pub(crate) fn lstm_scan(
    placement: Placement<'_>,
    gates: &Tensor,
    weight: &Tensor,
    constants: &Tensor,
    walk: Walk,
    arithmetic: Arithmetic,
) -> Result<Tensor> {
    if placement.form == Form::Composed {
        return composed(placement, gates, weight, constants, walk, arithmetic);
    }
    let op = LstmScan {
        extent: placement.extent,
        walk,
        arithmetic,
        states: Mutex::new(None),
    };
    gates.apply_op3(weight, constants, CpuOp(op))
}

struct LstmScan {
    extent: Extent,
    walk: Walk,
    arithmetic: Arithmetic,
    /// The states of the forward pass, which the backward pass needs.
    states: Mutex<Option<States>>,
}

impl LstmScan {
    fn hidden(&self, gates: &Shape, weight: &Shape, constants: &Shape) -> Result<usize> {
        let hidden = gates.dims2()?.1 / 4;
        let taps = self.walk.state_taps().len();
        let expected = [
            (self.extent.pixels(), 4 * hidden),
            (taps * hidden, 4 * hidden),
            (CONSTANTS, hidden),
        ];
        if [gates.dims2()?, weight.dims2()?, constants.dims2()?] != expected {
            bail!("lstm-scan: expected {expected:?}, found {gates:?}, {weight:?}, {constants:?}");
        }
        Ok(hidden)
    }
}

impl Ternary for LstmScan {
    const NAME: &'static str = "lstm-scan";

    fn evaluate(&self, [gates, weight, constants]: [Operand<'_>; 3]) -> Result<(Vec<f32>, Shape)> {
        let hidden = self.hidden(gates.shape(), weight.shape(), constants.shape())?;
        let (initial, bias) = constants.values()?.split_at(2 * hidden);
        let mut states = States::new(self.extent, self.walk, hidden, initial);
        let forward = Forward {
            gates: gates.values()?,
            weight: weight.values()?,
            bias,
            arithmetic: self.arithmetic,
        };
        let out = forward.run(&mut states);
        if let Ok(mut kept) = self.states.lock() {
            *kept = (self.arithmetic == Arithmetic::Real).then_some(states);
        }
        Ok((out, Shape::from((self.extent.pixels(), hidden))))
    }

    fn differentiate(
        &self,
        [gates, weight, constants]: [&Tensor; 3],
        _: &Tensor,
        gradient: &Tensor,
    ) -> Result<[Option<Tensor>; 3]> {
        let Some(states) = self.states.lock().ok().and_then(|mut kept| kept.take()) else {
            bail!("lstm-scan: a gradient without a forward pass in real numbers");
        };
        let result = with_values(weight, |w| {
            with_values(gradient, |g| Ok(Backward::run(&states, w, g)))
        })?;
        Ok([
            Some(tensor_like(result.gates, gates)?),
            Some(tensor_like(result.weight, weight)?),
            Some(tensor_like(result.constants, constants)?),
        ])
    }
}

#[cfg(test)]
mod tests {
    use candle_core::Var;

    use super::*;
    use crate::kernels::checks::{assert_equal_forms, seeded, values};
    use crate::kernels::placement::Indices;

    const EXTENT: Extent = Extent {
        height: 5,
        width: 4,
        batch: 3,
    };

    fn operands(walk: Walk, units: usize) -> Result<[Var; 3]> {
        Ok([
            seeded(1, &[EXTENT.pixels(), 4 * units])?,
            seeded(2, &[walk.state_taps().len() * units, 4 * units])?,
            seeded(3, &[CONSTANTS, units])?,
        ])
    }

    fn scan(
        form: Form,
        [gates, weight, constants]: &[Var; 3],
        walk: Walk,
        arithmetic: Arithmetic,
    ) -> Result<Tensor> {
        let placement = Placement {
            form,
            extent: EXTENT,
            indices: &Indices::default(),
        };
        lstm_scan(placement, gates, weight, constants, walk, arithmetic)
    }

    const WALKS: [Walk; 3] = [Walk::Rows, Walk::Diagonals, Walk::MirroredDiagonals];

    #[test]
    fn forms_are_equal() -> Result<()> {
        for walk in WALKS {
            let operands = operands(walk, 7)?;
            let factor = seeded(4, &[EXTENT.pixels(), 7])?;
            let out = |form| scan(form, &operands, walk, Arithmetic::Real);
            let forms = [out(Form::Fused)?, out(Form::Composed)?];
            assert_equal_forms(forms, &factor, &operands.each_ref(), 2e-4)?;
        }
        Ok(())
    }

    #[test]
    fn forms_give_equal_integers() -> Result<()> {
        for walk in WALKS {
            let operands = operands(walk, 5)?;
            // On the grids of the exported model, so that sums are exact.
            for (operand, fraction) in operands.iter().zip([9.0, 5.0, 9.0]) {
                let scale = f64::exp2(fraction);
                let rounded = ((operand.as_tensor() * scale)?.round()? / scale)?;
                operand.set(&rounded)?;
            }
            let out = |form| values(&scan(form, &operands, walk, Arithmetic::Integer)?);
            let (fused, composed) = (out(Form::Fused)?, out(Form::Composed)?);
            assert_eq!(fused, composed);
            assert!(fused.iter().any(|&value| value != fused[0]));
        }
        Ok(())
    }

    #[test]
    fn integers_are_close_to_reals() -> Result<()> {
        let walk = Walk::Diagonals;
        let operands = operands(walk, 5)?;
        let run = |arithmetic| scan(Form::Fused, &operands, walk, arithmetic);
        let difference = (run(Arithmetic::Real)? - run(Arithmetic::Integer)?)?;
        let worst = difference.abs()?.max_all()?.to_scalar::<f32>()?;
        assert!(worst < 0.03, "largest difference {worst}");
        assert!(worst > 0.0, "integers are not reals");
        Ok(())
    }
}
