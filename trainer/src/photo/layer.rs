//! The layers of a photo network as a list: the sources, the width and the output values of each.

use crate::kernels::grid::Grid;
use crate::photo::config::{PhotoConfig, Precision};

/// A source that a layer reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The context features, `F` values of [`Grid::DIFFERENCE`].
    Context,
    /// The pixel's own channel `k`, one value of [`Grid::DIFFERENCE`].
    Own(usize),
    /// The output of an earlier layer.
    Layer(usize),
}

/// The structure of one layer.
#[derive(Clone, Debug)]
pub struct LayerSpec {
    /// Unique name, also of its tensors in a checkpoint and of its nodes in the model.
    pub name: String,
    /// The sources whose concatenation is the input.
    pub sources: Vec<Source>,
    /// The layer whose output is added to the product.
    pub residual: Option<usize>,
    /// Output channels.
    pub outputs: usize,
    /// The values of the output.
    pub grid: Grid,
    /// The numeric form.
    pub precision: Precision,
}

/// The input channels of a layer.
pub(crate) fn inputs(specs: &[LayerSpec], config: &PhotoConfig, spec: &LayerSpec) -> usize {
    let width = |source: &Source| match *source {
        Source::Context => config.features(),
        Source::Own(_) => 1,
        Source::Layer(i) => specs[i].outputs,
    };
    spec.sources.iter().map(width).sum()
}

/// The layers of a network, each after those it reads, and the index of the last one of each channel.
pub(crate) fn layers(config: &PhotoConfig) -> (Vec<LayerSpec>, Vec<usize>) {
    let mut list = LayerList {
        config,
        specs: Vec::new(),
    };
    let heads = list.build();
    (list.specs, heads)
}

struct LayerList<'a> {
    config: &'a PhotoConfig,
    specs: Vec<LayerSpec>,
}

impl LayerList<'_> {
    fn build(&mut self) -> Vec<usize> {
        let config = self.config;
        let trunk_grid = self.trunk_grid();
        let mut trunk = self.push("first", vec![Source::Context], config.width, trunk_grid);
        for block in 0..config.blocks {
            let inner = self.push(
                &format!("block{block}.a"),
                vec![Source::Layer(trunk)],
                config.width,
                trunk_grid,
            );
            self.specs[inner].precision = config.trunk;
            let outer = self.push(
                &format!("block{block}.b"),
                vec![Source::Layer(inner)],
                config.width,
                trunk_grid,
            );
            self.specs[outer].precision = config.trunk;
            self.specs[outer].residual = Some(trunk);
            trunk = outer;
        }
        (0..config.channels())
            .map(|channel| self.push_head(channel, trunk))
            .collect()
    }

    /// The values of the trunk's and the heads' hidden units.
    fn trunk_grid(&self) -> Grid {
        match self.config.trunk {
            Precision::Wide => Grid::WIDE,
            Precision::Int8 => Grid::BYTE,
        }
    }

    fn push_head(&mut self, channel: usize, trunk: usize) -> usize {
        let mut sources = vec![Source::Layer(trunk)];
        sources.extend((0..channel).map(Source::Own));
        let hidden = self.push(
            &format!("head{channel}.hidden"),
            sources,
            self.config.head_width,
            self.trunk_grid(),
        );
        self.specs[hidden].precision = self.config.trunk;
        let coefficients = self.push(
            &format!("head{channel}.coefficients"),
            vec![Source::Layer(hidden)],
            self.config.basis,
            Grid::COEFFICIENT,
        );
        self.push(
            &format!("head{channel}.basis"),
            vec![Source::Layer(coefficients)],
            256,
            Grid::LOGIT,
        )
    }

    fn push(&mut self, name: &str, sources: Vec<Source>, outputs: usize, grid: Grid) -> usize {
        let precision = Precision::Wide;
        self.specs.push(LayerSpec {
            name: name.into(),
            sources,
            residual: None,
            outputs,
            grid,
            precision,
        });
        self.specs.len() - 1
    }
}
