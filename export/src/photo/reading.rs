//! Reads the network that a model file was exported from, so that training can continue from it: the inverse of
//! [`export`](crate::photo::model::export).
//!
//! The weights are those of the rounded network. Each is an integer weight times a power of two, so none is rounded
//! again.

use candle_core::{Device, Tensor};
use pxc_model::{Graph, ModelFile, ModelMetadata, Node, Op, PhotoMetadata};
use pxc_trainer::kernels::grid::Grid;
use pxc_trainer::photo::config::{PhotoConfig, Precision};
use pxc_trainer::photo::network::{Layer, PhotoNetwork};

use crate::error::{Error, Result};
use crate::photo::graph::build;

/// Reads the network of a model file.
///
/// # Errors
/// When the file is not one of a photo network as this exporter writes them.
pub fn read(model: &ModelFile) -> Result<PhotoNetwork> {
    let ModelMetadata::Photo(metadata) = model.metadata() else {
        return Err(unreadable(
            "model",
            "the family photo",
            "one of the paper's",
        ));
    };
    let graph = model.graph();
    let network = PhotoNetwork::new(&configuration(graph, metadata)?, 0, &Device::Cpu)?;
    for layer in &network.layers {
        let (weight, bias) = match &node(graph, &layer.spec.name)?.op {
            Op::Conv { weight, bias, .. } => {
                float_parameters(&network, layer, weight.values(), bias)
            }
            Op::QLinearConv { .. } => byte_parameters(&network, layer, graph)?,
            _ => {
                return Err(unreadable(
                    &layer.spec.name,
                    "a convolution",
                    "another operator",
                ));
            }
        };
        let shape = layer.weight.dims().to_vec();
        let expected: usize = shape.iter().product();
        if weight.len() != expected || bias.len() != layer.spec.outputs {
            let found = format!("{} weights", weight.len());
            return Err(unreadable(
                &layer.spec.name,
                format!("{expected} weights"),
                found,
            ));
        }
        layer
            .weight
            .set(&Tensor::from_vec(weight, shape, &Device::Cpu)?)?;
        layer
            .bias
            .set(&Tensor::from_vec(bias, layer.spec.outputs, &Device::Cpu)?)?;
    }
    expect_same_form(graph, &build(&network)?)?;
    Ok(network)
}

/// The configuration, from the sizes of the layers.
fn configuration(graph: &Graph, metadata: &PhotoMetadata) -> Result<PhotoConfig> {
    let outputs =
        |name: &str| -> Result<usize> { Ok(graph.tensor(node(graph, name)?.output).channels) };
    let blocks = (0..).take_while(|block| node(graph, &format!("block{block}.a")).is_ok());
    let mut config = PhotoConfig::photo(metadata.order.len());
    config.name.clone_from(&metadata.name);
    config.order.clone_from(&metadata.order);
    config.reach = metadata.taps.iter().map(|tap| -tap[0]).max().unwrap_or(0);
    config.width = outputs("first")?;
    config.blocks = blocks.count();
    config.head_width = outputs("head0.hidden")?;
    config.basis = outputs("head0.coefficients")?;
    config.trunk = match node(graph, "head0.hidden")?.op {
        Op::QLinearConv { .. } => Precision::Int8,
        _ => Precision::Wide,
    };
    let taps = config.taps().into_iter().map(|(dy, dx)| [dy, dx]);
    if !taps.eq(metadata.taps.iter().copied()) || metadata.shear != 2 {
        return Err(unreadable("taps", "a trapezoid of shear 2", "others"));
    }
    Ok(config)
}

fn node<'a>(graph: &'a Graph, name: &str) -> Result<&'a Node> {
    let found = graph.nodes().iter().find(|node| node.name == name);
    found.ok_or_else(|| unreadable(name, "a node of this name", "none"))
}

/// Weights `[inputs, outputs]` and bias of a `Conv` in real-valued units.
fn float_parameters(
    network: &PhotoNetwork,
    layer: &Layer,
    weight: &[f32],
    bias: &[f32],
) -> (Vec<f32>, Vec<f32>) {
    let unit = layer.spec.grid.scale();
    let inputs = network.input_grids(&layer.spec);
    let rows: Vec<&[f32]> = weight.chunks(inputs.len()).collect();
    let column = |(i, grid): (usize, &Grid)| {
        let factor = grid.scale() / unit;
        rows.iter()
            .map(move |row| row[i] * factor)
            .collect::<Vec<_>>()
    };
    let weight = inputs.iter().enumerate().flat_map(column).collect();
    (weight, bias.iter().map(|b| b / unit).collect())
}

/// Weights and bias of a `QLinearConv`, where a difference has two inputs, and a residual one more block of them.
fn byte_parameters(
    network: &PhotoNetwork,
    layer: &Layer,
    graph: &Graph,
) -> Result<(Vec<f32>, Vec<f32>)> {
    let Op::QLinearConv {
        weight,
        bias,
        shifts,
        ..
    } = &node(graph, &layer.spec.name)?.op
    else {
        return Err(unreadable(
            &layer.spec.name,
            "QLinearConv",
            "another operator",
        ));
    };
    let units: Vec<f32> = shifts.iter().map(|&shift| (shift as f32).exp2()).collect();
    let mut column = 0;
    let mut weights = Vec::new();
    for grid in network.input_grids(&layer.spec) {
        if column >= weight.columns() {
            return Ok((weights, Vec::new()));
        }
        let values = units.iter().enumerate();
        weights.extend(values.map(|(m, unit)| f32::from(weight.row(m)[column]) / unit));
        column += if grid.low < 0 { 2 } else { 1 };
    }
    let bias = bias.iter().zip(&units);
    let bias = bias.map(|(&b, unit)| b as f32 / (unit * Grid::BYTE.scale()));
    Ok((weights, bias.collect()))
}

/// Checks that the graphs differ only in weights.
fn expect_same_form(found: &Graph, expected: &Graph) -> Result<()> {
    let is_layer = |op: &Op| matches!(op, Op::Conv { .. } | Op::QLinearConv { .. });
    let pairs = found.nodes().iter().zip(expected.nodes());
    for (found, expected) in pairs {
        let is_same = match is_layer(&expected.op) {
            true => {
                std::mem::discriminant(&found.op) == std::mem::discriminant(&expected.op)
                    && found.op.inputs() == expected.op.inputs()
            }
            false => found.op == expected.op,
        };
        if found.name != expected.name || !is_same {
            return Err(unreadable(
                &found.name,
                expected.name.as_str(),
                "another node",
            ));
        }
    }
    match found.nodes().len() == expected.nodes().len() && found.tensors() == expected.tensors() {
        true => Ok(()),
        false => Err(unreadable(
            "graph",
            "the nodes of a photo network",
            "others",
        )),
    }
}

fn unreadable(part: &str, expected: impl ToString, found: impl ToString) -> Error {
    Error::Reading {
        part: part.into(),
        expected: expected.to_string(),
        found: found.to_string(),
    }
}
