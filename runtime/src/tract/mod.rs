//! Evaluates models with tract, in this process and on the thread of the session.
//!
//! In: a model's subgraphs. Nodes that are evaluated together become a step; steps become a plan for a fixed number of
//! lanes, which is made when it is first needed and shared by all sessions.

mod layer_end;
mod graph_view;
mod layers;
mod steps;
mod tensor_form;
mod packed_layer;
mod repack;
mod table;
mod plan;
pub(crate) mod evaluator;

use std::sync::Arc;

use pxc_codec::Predictor;

use crate::backend::options::Arithmetic;
use crate::error::{Error, Result};
use crate::kernels;
use crate::registry::model::Model;
use crate::session::network::{Network, PIXEL_PASS};
use crate::session::predictor::StagedPredictor;
use crate::tract::evaluator::{SubgraphPlans, Tract};

/// Runs on packed integers: whole blocks of lanes. A plan is cheap, since plans share the weights.
const INTEGER_SIZES: &[usize] = &[
    16, 32, 48, 64, 80, 96, 112, 128, 144, 160, 176, 192, 208, 224, 240, 256,
];
/// Runs of a stage on float32. Small ones need less padding, large ones have less overhead.
const STAGE_SIZES: &[usize] = &[32, 64, 128, 256];
/// Runs of the pixel pass on float32: batches of 256 pixels, and their last one.
const WHOLE_SIZES: &[usize] = &[32, 64, 256];
/// Runs of models that keep maps: a step of a small image has one lane.
const MAP_SIZES: &[usize] = &[1, 8, 32, 64, 128, 256];
/// The environment variable that lets tract round the operands of float32 products to bf16.
const INEXACT: &str = "TRACT_AMX_BF16";

/// Prepares a model for tract.
pub(crate) fn open(model: &Model, arithmetic: Arithmetic) -> Result<Box<dyn Predictor>> {
    if std::env::var_os(INEXACT).is_some() {
        return Err(Error::InexactArithmetic { variable: INEXACT });
    }
    let on_integers = match arithmetic {
        Arithmetic::Auto => kernels::has_layer_kernels(),
        Arithmetic::Integer => true,
        Arithmetic::Float => false,
    };
    let network = Network::new(model, !on_integers)?;
    let magnitudes = on_integers.then(|| network.magnitudes(model));
    let magnitudes = magnitudes.transpose()?.map(Arc::new);
    let plans = network.subgraphs.iter().enumerate();
    let plans = plans.map(|(index, subgraph)| {
        let sizes = sizes(index, &network, on_integers);
        SubgraphPlans::new(&subgraph.graph, magnitudes.clone(), sizes)
    });
    let evaluator = Tract::new(plans.collect());
    let coarse = model.coarse().map(|coarse| open(coarse, arithmetic));
    Ok(Box::new(StagedPredictor::new(
        model,
        network,
        evaluator,
        coarse.transpose()?,
    )))
}

fn sizes(subgraph: usize, network: &Network, on_integers: bool) -> &'static [usize] {
    match subgraph {
        _ if network.maps.is_some() => MAP_SIZES,
        _ if on_integers => INTEGER_SIZES,
        PIXEL_PASS => WHOLE_SIZES,
        _ => STAGE_SIZES,
    }
}
