//! One of the paper's networks with its parameters and the masks that keep it causal.

use candle_core::{Device, Var};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use crate::error::Result;
use crate::kernels::form::Form;
use crate::kernels::placement::Indices;
use crate::paper::config::PaperConfig;
use crate::paper::network::masks::Shape;
use crate::paper::network::parameters::{Parameters, Weights};
use crate::paper::program::Program;

/// A network of the paper.
pub struct PaperNetwork {
    /// The configuration that it was built from.
    pub config: PaperConfig,
    /// Its operations.
    pub program: Program,
    /// The parameters of each operation; `None` if it has none.
    parameters: Vec<Option<Parameters>>,
    device: Device,
    pub(crate) form: Form,
    pub(crate) indices: Indices,
}

impl PaperNetwork {
    /// Creates a network with initial weights.
    pub fn new(config: &PaperConfig, seed: u64, device: &Device) -> Result<PaperNetwork> {
        let program = Program::new(config);
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut parameters = Vec::new();
        for operation in &program.operations {
            let shape = Shape::of(config, &program, operation);
            let fresh = shape.map(|shape| shape.parameters(operation, &mut rng, device));
            parameters.push(fresh.transpose()?);
        }
        Ok(PaperNetwork {
            config: config.clone(),
            program,
            parameters,
            device: device.clone(),
            form: Form::of(device),
            indices: Indices::default(),
        })
    }

    /// Computes in `form` from now on, instead of the faster one for the device.
    pub fn with_form(self, form: Form) -> PaperNetwork {
        PaperNetwork { form, ..self }
    }

    /// The device that the parameters are on.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// The trainable tensors with their names in a checkpoint.
    pub fn parameters(&self) -> Vec<(String, &Var)> {
        let mut named = Vec::new();
        for (operation, parameters) in self.program.operations.iter().zip(&self.parameters) {
            let Some(parameters) = parameters else {
                continue;
            };
            let mut name =
                |part: &str, var| named.push((format!("{}.{part}", operation.name), var));
            name("weight", &parameters.weight);
            name("bias", &parameters.bias);
            if let Some(recurrence) = &parameters.recurrence {
                name("state", &recurrence.weight);
                name("initial", &recurrence.initial);
            }
        }
        named
    }

    /// The number of trainable parameters.
    pub(crate) fn parameter_count(&self) -> usize {
        self.parameters()
            .iter()
            .map(|(_, var)| var.elem_count())
            .sum()
    }

    pub(crate) fn masked(&self) -> Result<Vec<Option<Weights>>> {
        let masked = |parameters: &Option<Parameters>| {
            let parameters = parameters.as_ref();
            parameters.map(Parameters::masked).transpose()
        };
        self.parameters.iter().map(masked).collect()
    }
}
