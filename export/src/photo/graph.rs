//! The layers of a photo network as nodes of an ONNX graph on integers (`docs/model.md`, *Operators*).

use pxc_model::{Element, Graph, Matrix, TensorId};
use pxc_trainer::kernels::grid::Grid;
use pxc_trainer::photo::config::Precision;
use pxc_trainer::photo::layer::Source;
use pxc_trainer::photo::network::{Layer, PhotoNetwork};

use crate::error::{Error, Result};
use crate::photo::weights::{int8_row, integer_weights, refused};

/// The graph of a network, with the inputs and outputs of `docs/model.md`.
pub(crate) fn build(network: &PhotoNetwork) -> Result<Graph> {
    let mut graph = Graph::new();
    let context = graph.input("context", Element::F32, network.config.features())?;
    let own = (1..network.config.channels())
        .map(|k| graph.input(&format!("own_{}", k - 1), Element::F32, 1))
        .collect::<std::result::Result<Vec<_>, _>>()?;
    let mut builder = Builder {
        network,
        graph,
        context,
        own_parts: vec![None; own.len()],
        own,
        outputs: Vec::new(),
    };
    for layer in &network.layers {
        let output = match layer.spec.precision {
            Precision::Wide => builder.wide(layer)?,
            Precision::Int8 => builder.int8(layer)?,
        };
        builder.outputs.push(output);
    }
    for (channel, &head) in network.heads.iter().enumerate() {
        let sum = builder.float(head)?;
        let logits = builder
            .graph
            .cast(&format!("logits_{channel}"), sum, Element::U8)?;
        builder.graph.output(logits)?;
    }
    Ok(builder.graph)
}

/// A layer's output in the element types it has been needed in so far.
struct Output {
    float: Option<TensorId>,
    byte: Option<TensorId>,
}

struct Builder<'a> {
    network: &'a PhotoNetwork,
    graph: Graph,
    context: TensorId,
    own: Vec<TensorId>,
    /// See [`Builder::own_parts`].
    own_parts: Vec<Option<TensorId>>,
    outputs: Vec<Output>,
}

impl Builder<'_> {
    /// `Conv → (Add residual) → Clip → round`, integers carried in float32.
    fn wide(&mut self, layer: &Layer) -> Result<Output> {
        let spec = &layer.spec;
        let sources = spec
            .sources
            .iter()
            .map(|&s| self.float_source(s))
            .collect::<Result<Vec<_>>>()?;
        let input = self.joined(&spec.name, sources)?;
        let (weight, bias) = integer_weights(
            layer,
            &self.network.quantised(layer)?,
            &self.network.input_grids(spec),
        );
        let weight = Matrix::new(spec.outputs, weight.len() / spec.outputs, weight)?;
        let mut sum = self.graph.conv(&spec.name, input, weight, bias)?;
        if let Some(residual) = spec.residual {
            self.expect_same_grid(layer, residual)?;
            let residual = self.float(residual)?;
            sum = self
                .graph
                .add(&format!("{}.add", spec.name), sum, residual)?;
        }
        let (low, high) = (spec.grid.low as f32, spec.grid.high as f32);
        let clipped = self
            .graph
            .clip(&format!("{}.clip", spec.name), sum, low, high)?;
        let rounded = self.graph.round(&format!("{}.round", spec.name), clipped)?;
        Ok(Output {
            float: Some(rounded),
            byte: None,
        })
    }

    /// `QLinearConv`. A difference comes as two inputs, its positive part and its negative part, with opposite weights;
    /// a residual is one more block of inputs with the identity as its weights.
    fn int8(&mut self, layer: &Layer) -> Result<Output> {
        let spec = &layer.spec;
        let inputs = self.network.input_grids(spec);
        let one_scale = |grid: &Grid| grid.step == Grid::BYTE.step;
        if spec.grid != Grid::BYTE || !inputs.iter().all(one_scale) {
            return Err(refused(
                layer,
                "8-bit inputs and outputs of one scale",
                format!("{:?}", spec.grid),
            ));
        }
        let mut sources = spec
            .sources
            .iter()
            .map(|&s| self.byte_source(s))
            .collect::<Result<Vec<_>>>()?;
        if let Some(residual) = spec.residual {
            self.expect_same_grid(layer, residual)?;
            sources.push(self.byte(residual)?);
        }
        let input = self.joined(&spec.name, sources)?;
        let quantised = self.network.quantised(layer)?;
        let rows = (0..spec.outputs)
            .map(|m| int8_row(layer, &quantised, &inputs, m))
            .collect::<Result<Vec<_>>>()?;
        let weight: Vec<i8> = rows
            .iter()
            .flat_map(|row| row.weight.iter().copied())
            .collect();
        let weight = Matrix::new(spec.outputs, weight.len() / spec.outputs, weight)?;
        let bias = rows.iter().map(|row| row.bias).collect();
        let shifts = rows.iter().map(|row| row.shift).collect();
        let output = self
            .graph
            .qlinear_conv(&spec.name, input, weight, bias, shifts)?;
        Ok(Output {
            float: None,
            byte: Some(output),
        })
    }

    fn joined(&mut self, name: &str, sources: Vec<TensorId>) -> Result<TensorId> {
        match sources[..] {
            [one] => Ok(one),
            _ => Ok(self.graph.concat(&format!("{name}.input"), sources)?),
        }
    }

    fn float_source(&mut self, source: Source) -> Result<TensorId> {
        match source {
            Source::Context => Ok(self.context),
            Source::Own(k) => Ok(self.own[k]),
            Source::Layer(i) => self.float(i),
        }
    }

    fn byte_source(&mut self, source: Source) -> Result<TensorId> {
        match source {
            Source::Layer(i) => self.byte(i),
            Source::Own(k) => self.own_parts(k),
            Source::Context => Err(Error::Layer {
                layer: format!("{source:?}"),
                expected: "an 8-bit layer or the pixel's own channels",
                found: "the differences of the neighbourhood".into(),
            }),
        }
    }

    /// The positive and the negative part of an own channel's difference, as bytes.
    fn own_parts(&mut self, k: usize) -> Result<TensorId> {
        if let Some(parts) = self.own_parts[k] {
            return Ok(parts);
        }
        let name = format!("own_{k}.parts");
        let signs = Matrix::new(2, 1, vec![1.0, -1.0])?;
        let signed = format!("own_{k}.signed");
        let both = self.graph.conv(&signed, self.own[k], signs, vec![0.0; 2])?;
        let clipped = format!("own_{k}.clip");
        let parts = self.graph.clip(&clipped, both, 0.0, 255.0)?;
        let parts = self.graph.cast(&name, parts, Element::U8)?;
        self.own_parts[k] = Some(parts);
        Ok(parts)
    }

    fn float(&mut self, index: usize) -> Result<TensorId> {
        let name = &self.network.layers[index].spec.name;
        match self.outputs[index] {
            Output {
                float: Some(id), ..
            } => Ok(id),
            Output { byte: Some(id), .. } => {
                let cast = self
                    .graph
                    .cast(&format!("{name}.float"), id, Element::F32)?;
                self.outputs[index].float = Some(cast);
                Ok(cast)
            }
            Output { .. } => Err(refused(
                &self.network.layers[index],
                "an output",
                "none".into(),
            )),
        }
    }

    fn byte(&mut self, index: usize) -> Result<TensorId> {
        let name = &self.network.layers[index].spec.name;
        match self.outputs[index] {
            Output { byte: Some(id), .. } => Ok(id),
            Output {
                float: Some(id), ..
            } => {
                let cast = self.graph.cast(&format!("{name}.byte"), id, Element::U8)?;
                self.outputs[index].byte = Some(cast);
                Ok(cast)
            }
            Output { .. } => Err(refused(
                &self.network.layers[index],
                "an output",
                "none".into(),
            )),
        }
    }

    fn expect_same_grid(&self, layer: &Layer, residual: usize) -> Result<()> {
        let found = self.network.layers[residual].spec.grid;
        if found == layer.spec.grid {
            return Ok(());
        }
        Err(refused(
            layer,
            "a residual on the grid of the output",
            format!("{found:?}"),
        ))
    }
}
