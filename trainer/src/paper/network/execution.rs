//! Runs a network over a batch: images in, logits and code lengths out, in reals or in the integers of the exported
//! model.

use candle_core::{DType, Tensor, bail};

use crate::data::samples::Samples;
use crate::error::Result;
use crate::kernels::convolution::deconvolution::deconvolution;
use crate::kernels::convolution::tap_conv::tap_conv;
use crate::kernels::extent::Tap;
use crate::kernels::form::Form;
use crate::kernels::grid::Grid;
use crate::kernels::lstm::arithmetic::Arithmetic;
use crate::kernels::lstm::scan::lstm_scan;
use crate::kernels::placement::Placement;
use crate::kernels::pointwise::code_length::code_length;
use crate::kernels::pointwise::requantise::requantise;
use crate::paper::network::image_batch::ImageBatch;
use crate::paper::network::paper_network::PaperNetwork;
use crate::paper::network::parameters::Weights;
use crate::paper::network::rounding::RoundedPaperNetwork;
use crate::paper::program::operation::{Kind, MapId, Operation};

impl PaperNetwork {
    /// The code length in bits of each sample, `[pixels, K]`, in reals, with a gradient; 0 for pixels that are known
    /// beforehand.
    pub fn code_lengths(&self, batch: &ImageBatch) -> Result<Tensor> {
        let weights = self.masked()?;
        let execution = Execution::run(self, batch, &weights, Arithmetic::Real)?;
        let (product, bias) = execution.logits()?;
        let lengths = match self.config.samples {
            Samples::Bilevel => bilevel_code_length(self.form, &product, bias, &batch.symbols)?,
            Samples::Gray | Samples::Rgb => {
                code_length(self.form, &product, bias, &batch.symbols, false)?
            }
        };
        let lengths = lengths.reshape((batch.extent.pixels(), self.config.channels()))?;
        match &batch.coded {
            Some(coded) => Ok(lengths.broadcast_mul(&coded.unsqueeze(1)?)?),
            None => Ok(lengths),
        }
    }

    /// Real logits in bits, `[pixels, levels]` for each channel, clipped to the range of the exported model.
    pub fn logits(&self, batch: &ImageBatch) -> Result<Vec<Tensor>> {
        let weights = self.masked()?;
        let execution = Execution::run(self, batch, &weights, Arithmetic::Real)?;
        let (product, bias) = execution.logits()?;
        self.channels(&requantise(
            self.form,
            &product,
            bias,
            None,
            Grid::LOGIT,
            false,
        )?)
    }

    /// The logits in sixteenths of a bit, uint8 `[pixels, levels]` for each channel, that the exported model gives.
    pub fn integer_logits(
        &self,
        batch: &ImageBatch,
        rounded: &RoundedPaperNetwork,
    ) -> Result<Vec<Tensor>> {
        let execution = Execution::run(self, batch, &rounded.0, Arithmetic::Integer)?;
        let (product, bias) = execution.logits()?;
        let logits = requantise(self.form, &product, bias, None, Grid::LOGIT, true)?;
        let bytes = (logits * f64::from(Grid::LOGIT.scale()))?.to_dtype(DType::U8)?;
        self.channels(&bytes)
    }

    /// Every map but the logits, in reals: `[pixels, channels]` each.
    pub fn maps(&self, batch: &ImageBatch) -> Result<Vec<Tensor>> {
        let weights = self.masked()?;
        Ok(Execution::run(self, batch, &weights, Arithmetic::Real)?.maps)
    }

    fn channels(&self, logits: &Tensor) -> Result<Vec<Tensor>> {
        let levels = self.config.samples.levels();
        let channel = |k: usize| Ok(logits.narrow(1, k * levels, levels)?.contiguous()?);
        (0..self.config.channels()).map(channel).collect()
    }
}

/// `log2(2^l0 + 2^l1) − l_symbol`, logits `product + bias` clipped to [`Grid::LOGIT`].
fn bilevel_code_length(
    form: Form,
    product: &Tensor,
    bias: &Tensor,
    symbols: &Tensor,
) -> Result<Tensor> {
    let logits = requantise(form, product, bias, None, Grid::LOGIT, false)?;
    let (zero, one) = (logits.narrow(1, 0, 1)?, logits.narrow(1, 1, 1)?);
    let symbols = symbols.to_dtype(DType::F32)?.unsqueeze(1)?;
    // The advantage of the other value, in bits.
    let sign = (1.0 - (symbols * 2.0)?)?;
    let other = ((one - zero)? * sign)?;
    // log2(1 + 2^x) = max(x, 0) + log2(1 + 2^−|x|)
    let small = (other.abs()? * -std::f64::consts::LN_2)?.exp()?;
    let length = (other.relu()? + ((small + 1.0)?.log()? * std::f64::consts::LOG2_E)?)?;
    Ok(length.squeeze(1)?)
}

/// The pixel itself.
const OWN: Tap = (0, 0);

/// The maps made so far.
struct Execution<'a> {
    network: &'a PaperNetwork,
    batch: &'a ImageBatch,
    weights: &'a [Option<Weights>],
    arithmetic: Arithmetic,
    maps: Vec<Tensor>,
}

impl<'a> Execution<'a> {
    /// Makes all maps but the logits.
    fn run(
        network: &'a PaperNetwork,
        batch: &'a ImageBatch,
        weights: &'a [Option<Weights>],
        arithmetic: Arithmetic,
    ) -> Result<Execution<'a>> {
        let mut execution = Execution {
            network,
            batch,
            weights,
            arithmetic,
            maps: Vec::new(),
        };
        let operations = &network.program.operations;
        for operation in &operations[..operations.len() - 1] {
            let map = execution.map(operation)?;
            execution.maps.push(map);
        }
        Ok(execution)
    }

    /// Product and bias of the logits.
    fn logits(&self) -> Result<(Tensor, &'a Tensor)> {
        let last = &self.network.program.operations[self.maps.len()];
        let weights = self.weights_of(self.maps.len())?;
        Ok((self.product(last, &weights.weight)?, &weights.bias))
    }

    fn map(&self, operation: &Operation) -> Result<Tensor> {
        let index = self.maps.len();
        let rounds = self.arithmetic == Arithmetic::Integer;
        match &operation.kind {
            Kind::Rectify(map) => Ok(self.maps[*map].relu()?),
            Kind::Join { left, right } => self.join(*left, *right),
            Kind::First | Kind::Upsample => self.convolution(operation, None, rounds),
            Kind::Conv { residual, .. } => self.convolution(operation, *residual, rounds),
            Kind::Lstm { walk, .. } => {
                let weights = self.weights_of(index)?;
                let (state, initial) = recurrence(weights)?;
                let product = self.product(operation, &weights.weight)?;
                let bias = weights.bias.reshape((4, operation.channels))?;
                let constants = Tensor::cat(&[initial, &bias], 0)?;
                Ok(lstm_scan(
                    self.placement(),
                    &product,
                    state,
                    &constants,
                    *walk,
                    self.arithmetic,
                )?)
            }
        }
    }

    fn convolution(
        &self,
        operation: &Operation,
        residual: Option<MapId>,
        rounds: bool,
    ) -> Result<Tensor> {
        let weights = self.weights_of(self.maps.len())?;
        let product = self.product(operation, &weights.weight)?;
        let residual = residual.map(|map| &self.maps[map]);
        Ok(requantise(
            self.network.form,
            &product,
            &weights.bias,
            residual,
            operation.grid,
            rounds,
        )?)
    }

    fn product(&self, operation: &Operation, weight: &Tensor) -> candle_core::Result<Tensor> {
        match &operation.kind {
            Kind::First => tap_conv(self.placement(), &self.batch.input, weight, &[OWN]),
            Kind::Upsample => match (&self.batch.coarse, self.network.config.coarse()) {
                (Some(coarse), Some((ratio, _))) => {
                    deconvolution(coarse, weight, self.batch.extent, ratio)
                }
                _ => bail!("{}: no coarse image", operation.name),
            },
            Kind::Conv {
                inputs,
                taps,
                condition,
                ..
            } => self.conditioned(inputs, taps, *condition, weight),
            Kind::Lstm {
                input,
                taps,
                condition,
                ..
            } => self.conditioned(&[*input], taps, *condition, weight),
            Kind::Rectify(_) | Kind::Join { .. } => bail!("{}: no product", operation.name),
        }
    }

    /// A convolution; the last rows of its weights are for the condition.
    fn conditioned(
        &self,
        inputs: &[MapId],
        taps: &[Tap],
        condition: Option<MapId>,
        weight: &Tensor,
    ) -> candle_core::Result<Tensor> {
        let conv =
            |weight: &Tensor| tap_conv(self.placement(), &self.joined(inputs)?, weight, taps);
        let Some(condition) = condition.map(|map| &self.maps[map]) else {
            return conv(weight);
        };
        let rows = weight.dim(0)? - condition.dim(1)?;
        let of_condition = weight.narrow(0, rows, condition.dim(1)?)?;
        let added = tap_conv(self.placement(), condition, &of_condition, &[OWN])?;
        match rows {
            0 => Ok(added),
            _ => added + conv(&weight.narrow(0, 0, rows)?)?,
        }
    }

    fn joined(&self, inputs: &[MapId]) -> candle_core::Result<Tensor> {
        match inputs {
            [one] => Ok(self.maps[*one].clone()),
            many => {
                let maps: Vec<&Tensor> = many.iter().map(|&map| &self.maps[map]).collect();
                Tensor::cat(&maps, 1)
            }
        }
    }

    /// The sum of the halves, the right one shifted down by one row.
    fn join(&self, left: MapId, right: MapId) -> Result<Tensor> {
        let (_, initial) = recurrence(self.weights_of(right)?)?;
        let extent = self.batch.extent;
        let row = extent.width * extent.batch;
        let hidden = initial.narrow(0, 0, 1)?;
        let above = hidden.broadcast_as((row, hidden.dim(1)?))?.contiguous()?;
        let below = self.maps[right].narrow(0, 0, extent.pixels() - row)?;
        Ok((&self.maps[left] + Tensor::cat(&[&above, &below], 0)?)?)
    }

    fn placement(&self) -> Placement<'a> {
        Placement {
            form: self.network.form,
            extent: self.batch.extent,
            indices: &self.network.indices,
        }
    }

    fn weights_of(&self, map: MapId) -> candle_core::Result<&'a Weights> {
        match &self.weights[map] {
            Some(weights) => Ok(weights),
            None => bail!("{}: no weights", self.network.program.operations[map].name),
        }
    }
}

fn recurrence(weights: &Weights) -> candle_core::Result<&(Tensor, Tensor)> {
    match &weights.recurrence {
        Some(recurrence) => Ok(recurrence),
        None => bail!("an LSTM without state-to-state weights"),
    }
}
