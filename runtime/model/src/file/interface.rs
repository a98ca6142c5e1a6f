//! The inputs and outputs that metadata ask of a graph (`docs/model.md`, *Tensors*).

use crate::contract::metadata::ModelMetadata;
use crate::contract::names::{
    COARSE_INPUT, COARSE_PREFIX, CONTEXT, logits_output, map_output, own_input,
};
use crate::error::{Error, Result};
use crate::graph::operators::{Element, TensorId};
use crate::graph::typed_graph::Graph;

/// Name, element type and channels of each tensor.
pub(crate) type Interface = Vec<(String, Element, usize)>;

/// The inputs of both networks.
pub(crate) fn inputs_of_file(metadata: &ModelMetadata) -> Interface {
    of_file(metadata, expected_inputs)
}

/// The outputs of both networks.
pub(crate) fn outputs_of_file(metadata: &ModelMetadata) -> Interface {
    of_file(metadata, expected_outputs)
}

fn of_file(metadata: &ModelMetadata, of: fn(&ModelMetadata) -> Interface) -> Interface {
    let coarse = metadata
        .coarse()
        .map(|coarse| of(&coarse.model.clone().into()));
    let coarse = coarse.unwrap_or_default().into_iter();
    let coarse = coarse
        .map(|(name, element, channels)| (format!("{COARSE_PREFIX}{name}"), element, channels));
    of(metadata).into_iter().chain(coarse).collect()
}

/// The inputs of the network, without the one of the coarse image.
pub(crate) fn expected_inputs(metadata: &ModelMetadata) -> Interface {
    let context = (CONTEXT.to_owned(), Element::F32, metadata.features());
    let own = (0..metadata.channels() - 1).map(|channel| (own_input(channel), Element::F32, 1));
    let coarse = (
        COARSE_INPUT.to_owned(),
        Element::F32,
        metadata.coarse_features(),
    );
    let coarse = metadata.coarse().map(|_| coarse);
    let maps = metadata.map_inputs();
    let maps = maps.map(|(name, map)| (name, Element::F32, map.channels));
    let pixel = std::iter::once(context).chain(own).chain(coarse);
    pixel.chain(maps).collect()
}

/// The outputs of the network, without the one of the coarse image.
pub(crate) fn expected_outputs(metadata: &ModelMetadata) -> Interface {
    let logits = |channel| (logits_output(channel), Element::U8, metadata.levels());
    let maps = metadata.maps().iter().enumerate();
    let maps = maps.map(|(index, map)| (map_output(index), Element::F32, map.channels));
    (0..metadata.channels()).map(logits).chain(maps).collect()
}

/// Checks that tensors of a graph are those that the metadata ask for.
pub(crate) fn expect_interface(
    what: &str,
    graph: &Graph,
    ids: &[TensorId],
    expected: &Interface,
) -> Result<()> {
    let tensors = ids.iter().map(|&id| graph.tensor(id));
    let found: Interface = tensors
        .map(|tensor| (tensor.name.clone(), tensor.element, tensor.channels))
        .collect();
    if found == *expected {
        return Ok(());
    }
    Err(Error::form(what, spelled(expected), spelled(&found)))
}

fn spelled(interface: &Interface) -> String {
    let tensors = interface
        .iter()
        .map(|(name, element, channels)| format!("{name} {element} [1, {channels}, N]"));
    tensors.collect::<Vec<_>>().join(", ")
}
