//! The networks of the paper by name, with its sizes (section 5), and small ones that two CPU cores can train.

use crate::data::samples::Samples;
use crate::optim::update::Rule;
use crate::paper::config::{Family, PaperConfig, PaperTrainingConfig, Scale};

/// A network and how it is trained.
pub struct Preset {
    /// Name of the preset, and of the model.
    pub name: &'static str,
    /// The network in a line.
    pub summary: &'static str,
    family: Family,
    samples: Samples,
    side: usize,
    layers: usize,
    hidden: usize,
    head: usize,
    skip: bool,
    residual: bool,
    scale: Option<Scale>,
    batch: usize,
    steps: usize,
    learning_rate: f64,
}

const MNIST: Preset = Preset {
    name: "",
    summary: "",
    family: Family::PixelCnn,
    samples: Samples::Bilevel,
    side: 28,
    layers: 7,
    hidden: 16,
    head: 32,
    skip: false,
    residual: true,
    scale: None,
    batch: 16,
    steps: 100_000,
    learning_rate: 1e-3,
};

const CIFAR: Preset = Preset {
    samples: Samples::Rgb,
    side: 32,
    layers: 12,
    hidden: 128,
    head: 1024,
    skip: true,
    steps: 200_000,
    learning_rate: 5e-4,
    ..MNIST
};

const SMALL: Preset = Preset {
    layers: 6,
    hidden: 48,
    head: 96,
    skip: false,
    steps: 20_000,
    learning_rate: 1e-3,
    ..CIFAR
};

/// Side of the blocks of Multi-Scale.
const RATIO: usize = 4;

const COARSE: Preset = Preset {
    family: Family::RowLstm,
    side: 32 / RATIO,
    scale: Some(Scale::Coarse { ratio: RATIO }),
    ..CIFAR
};

const FINE: Preset = Preset {
    family: Family::RowLstm,
    scale: Some(Scale::Fine {
        ratio: RATIO,
        maps: 64,
    }),
    ..CIFAR
};

const IMAGENET: Preset = Preset {
    hidden: 384,
    batch: 64,
    ..CIFAR
};

const IMAGENET_64: Preset = Preset {
    family: Family::RowLstm,
    side: 64,
    layers: 4,
    hidden: 512,
    residual: false,
    batch: 32,
    ..CIFAR
};

/// All presets.
pub const PRESETS: &[Preset] = &[
    Preset {
        name: "mnist-diagonal-7x16",
        summary: "Diagonal BiLSTM, 7 layers of 16 units, bilevel MNIST (paper: 79.20 nats)",
        family: Family::DiagonalBilstm,
        ..MNIST
    },
    Preset {
        name: "mnist-diagonal-1x32",
        summary: "Diagonal BiLSTM, 1 layer of 32 units, bilevel MNIST (paper: 80.75 nats)",
        family: Family::DiagonalBilstm,
        layers: 1,
        hidden: 32,
        ..MNIST
    },
    Preset {
        name: "mnist-row",
        summary: "Row LSTM, 7 layers of 16 units, bilevel MNIST (paper: 80.54 nats)",
        family: Family::RowLstm,
        ..MNIST
    },
    Preset {
        name: "mnist-pixelcnn",
        summary: "PixelCNN, 15 blocks of 32 units, bilevel MNIST (paper: 81.30 nats)",
        layers: 15,
        hidden: 32,
        ..MNIST
    },
    Preset {
        name: "cifar-pixelcnn",
        summary: "PixelCNN, 15 blocks of 128 units, CIFAR-10 (paper: 3.14 bits/dim)",
        layers: 15,
        ..CIFAR
    },
    Preset {
        name: "cifar-row",
        summary: "Row LSTM, 12 layers of 128 units, CIFAR-10 (paper: 3.07 bits/dim)",
        family: Family::RowLstm,
        ..CIFAR
    },
    Preset {
        name: "cifar-diagonal",
        summary: "Diagonal BiLSTM, 12 layers of 128 units, CIFAR-10 (paper: 3.00 bits/dim)",
        family: Family::DiagonalBilstm,
        ..CIFAR
    },
    Preset {
        name: "cifar-pixelcnn-small",
        summary: "PixelCNN, 6 blocks of 48 units, CIFAR-10, small enough to train on a CPU",
        ..SMALL
    },
    Preset {
        name: "cifar-row-small",
        summary: "Row LSTM, 4 layers of 48 units, CIFAR-10, small enough to train on a CPU",
        family: Family::RowLstm,
        layers: 4,
        ..SMALL
    },
    Preset {
        name: "cifar-diagonal-small",
        summary: "Diagonal BiLSTM, 3 layers of 48 units, CIFAR-10, small enough to train on a CPU",
        family: Family::DiagonalBilstm,
        layers: 3,
        ..SMALL
    },
    Preset {
        name: "multiscale-cifar-coarse",
        summary: "Multi-Scale: Row LSTM of the 8x8 images, 12 layers of 128 units, CIFAR-10",
        ..COARSE
    },
    Preset {
        name: "multiscale-cifar-fine",
        summary: "Multi-Scale: Row LSTM of the other pixels, 12 layers of 128 units, CIFAR-10",
        ..FINE
    },
    Preset {
        name: "multiscale-cifar-coarse-small",
        summary: "Multi-Scale: Row LSTM of the 8x8 images, 4 layers of 48 units, small enough to train on a CPU",
        scale: COARSE.scale,
        family: COARSE.family,
        side: COARSE.side,
        layers: 4,
        ..SMALL
    },
    Preset {
        name: "multiscale-cifar-fine-small",
        summary: "Multi-Scale: Row LSTM of the other pixels, 4 layers of 48 units, small enough to train on a CPU",
        scale: FINE.scale,
        family: FINE.family,
        layers: 4,
        ..SMALL
    },
    Preset {
        name: "imagenet32-row",
        summary: "Row LSTM, 12 layers of 384 units, ImageNet 32x32 (paper: 3.86 bits/dim)",
        family: Family::RowLstm,
        ..IMAGENET
    },
    Preset {
        name: "imagenet32-diagonal",
        summary: "Diagonal BiLSTM, 12 layers of 384 units, ImageNet 32x32",
        family: Family::DiagonalBilstm,
        ..IMAGENET
    },
    Preset {
        name: "imagenet64-row",
        summary: "Row LSTM, 4 layers of 512 units without residuals, ImageNet 64x64 (paper: 3.63 bits/dim)",
        ..IMAGENET_64
    },
    Preset {
        name: "multiscale-imagenet64-coarse",
        summary: "Multi-Scale: Row LSTM of the 16x16 images, 12 layers of 128 units, ImageNet",
        side: 64 / RATIO,
        batch: IMAGENET_64.batch,
        ..COARSE
    },
    Preset {
        name: "multiscale-imagenet64-fine",
        summary: "Multi-Scale: Row LSTM of the other pixels of 64x64 images, 12 layers of 128 units, ImageNet",
        side: 64,
        batch: IMAGENET_64.batch,
        ..FINE
    },
];

impl Preset {
    /// The preset of that name.
    pub fn find(name: &str) -> Option<&'static Preset> {
        PRESETS.iter().find(|preset| preset.name == name)
    }

    /// The network.
    pub fn network(&self) -> PaperConfig {
        PaperConfig {
            name: self.name.into(),
            family: self.family,
            samples: self.samples,
            width: self.side,
            height: self.side,
            layers: self.layers,
            hidden: self.hidden,
            head: self.head,
            skip: self.skip,
            residual: self.residual,
            scale: self.scale,
        }
    }

    /// The training: RMSProp, batches of 16, on ImageNet larger ones (paper, sections 5.2 and 5.5).
    pub fn training(&self) -> PaperTrainingConfig {
        PaperTrainingConfig {
            seed: 1,
            steps: self.steps,
            batch: self.batch,
            rule: Rule::RmsProp,
            learning_rate: self.learning_rate,
            ema: 0.999,
            clip_norm: 1.0,
        }
    }
}
