//! The parameters of one operation of the paper's networks, and what it computes with.

use candle_core::{Tensor, Var};

use crate::error::Result;

/// The parameters of a convolution or of an LSTM.
pub(crate) struct Parameters {
    /// `[inputs, outputs]`; of an LSTM the input-to-state part.
    pub(crate) weight: Var,
    /// `[outputs]`; of the deconvolution `[maps]`.
    pub(crate) bias: Var,
    /// The state-to-state part; only LSTMs have one.
    pub(crate) recurrence: Option<Recurrence>,
    /// 0 where the masks forbid a weight; `None` if they forbid none.
    pub(crate) mask: Option<Tensor>,
}

/// The state-to-state part of an LSTM.
pub(crate) struct Recurrence {
    /// `[taps · hidden, 4 · hidden]`.
    pub(crate) weight: Var,
    /// `[2, hidden]`: hidden and cell state outside.
    pub(crate) initial: Var,
}

/// The weights that one operation computes with: its masked parameters, or their integer form.
#[derive(Clone)]
pub struct Weights {
    /// `[inputs, outputs]`.
    pub weight: Tensor,
    /// `[outputs]`.
    pub bias: Tensor,
    /// The state-to-state weights and initial states of an LSTM.
    pub recurrence: Option<(Tensor, Tensor)>,
}

impl Parameters {
    /// The weights that the operation computes with.
    pub(crate) fn masked(&self) -> Result<Weights> {
        let weight = match &self.mask {
            Some(mask) => (self.weight.as_tensor() * mask)?,
            None => self.weight.as_tensor().clone(),
        };
        let recurrence = self.recurrence.as_ref();
        Ok(Weights {
            weight,
            bias: self.bias.as_tensor().clone(),
            recurrence: recurrence
                .map(|r| (r.weight.as_tensor().clone(), r.initial.as_tensor().clone())),
        })
    }
}
