//! Arguments that several commands share, and the refusal of those that cannot work.

use candle_core::Device;
use clap::ValueEnum;
use pxc_trainer::data::samples::Samples;
use pxc_trainer::optim::update::Rule;
use pxc_trainer::{Error, Result};

/// Where a network is trained.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum DeviceName {
    /// The CPU
    Cpu,
    /// The first CUDA device (builds with the feature `cuda`)
    Cuda,
}

impl DeviceName {
    pub(crate) fn open(self) -> Result<Device> {
        match self {
            DeviceName::Cpu => Ok(Device::Cpu),
            DeviceName::Cuda => Ok(Device::new_cuda(0)?),
        }
    }
}

/// How gradients change the weights, under the names of the configuration.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum RuleName {
    /// Adam with decoupled weight decay
    AdamW,
    /// The gradient over the root of its mean square, as in the paper
    RmsProp,
    /// Orthogonal steps for matrices, Adam for biases
    Muon,
}

impl From<RuleName> for Rule {
    fn from(name: RuleName) -> Rule {
        match name {
            RuleName::AdamW => Rule::AdamW,
            RuleName::RmsProp => Rule::RmsProp,
            RuleName::Muon => Rule::Muon,
        }
    }
}

/// The kind of an image's samples.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum SamplesName {
    /// One channel of 0 or 1
    Bilevel,
    /// One channel of 0 to 255
    Gray,
    /// Red, green and blue, 0 to 255, coded in this order
    Rgb,
}

impl From<SamplesName> for Samples {
    fn from(name: SamplesName) -> Samples {
        match name {
            SamplesName::Bilevel => Samples::Bilevel,
            SamplesName::Gray => Samples::Gray,
            SamplesName::Rgb => Samples::Rgb,
        }
    }
}

/// The error of an argument that cannot work.
pub(crate) fn refused(argument: &'static str, reason: &str) -> Error {
    Error::Argument {
        argument,
        reason: reason.into(),
    }
}
