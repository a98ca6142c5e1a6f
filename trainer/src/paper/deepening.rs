//! Starts a network from a trained one of fewer blocks: the blocks between the trained ones begin as identities.

use std::path::Path;

use candle_core::Device;

use crate::error::{Error, Result};
use crate::optim::optimiser::Optimiser;
use crate::paper::checkpoint::PaperCheckpoint;
use crate::paper::config::PaperConfig;
use crate::training::checkpoint::{expect_same, initialise_from, read_config};

/// Sets the parameters to the averaged weights of the checkpoint in `directory`, its blocks spread evenly over those of
/// `network`. The checkpoint may differ from `network` in its name and in having fewer blocks.
pub(crate) fn start_from(
    directory: &Path,
    network: &PaperConfig,
    optimiser: &mut Optimiser,
    device: &Device,
) -> Result<()> {
    let found = read_config::<PaperCheckpoint>(directory)?.network;
    if found.layers < network.layers && !network.residual {
        let reason = "blocks that begin as identities need residual connections".into();
        return Err(Error::Argument {
            argument: "--layers",
            reason,
        });
    }
    let wanted = PaperConfig {
        name: found.name.clone(),
        layers: found.layers.min(network.layers),
        ..network.clone()
    };
    expect_same(directory, "network", &wanted, &found)?;
    let block = |index| trained(index, found.layers, network.layers);
    let fresh = initialise_from(directory, optimiser, device, |name| source(name, block))?;
    for slot in &mut optimiser.slots {
        if fresh.contains(&slot.name) && slot.name.contains(".up.") {
            slot.parameter.set(&slot.parameter.zeros_like()?)?;
            slot.average = slot.parameter.as_tensor().copy()?;
        }
    }
    Ok(())
}

/// Which of `fewer` trained blocks becomes block `index` of `more` blocks.
fn trained(index: usize, fewer: usize, more: usize) -> Option<usize> {
    let block = (index * fewer).div_ceil(more);
    (block < fewer && block * more / fewer == index).then_some(block)
}

/// The name in the checkpoint of a parameter; `None` for a parameter of a new block.
fn source(name: &str, trained: impl Fn(usize) -> Option<usize>) -> Option<String> {
    let mut parts = name.splitn(3, '.');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(kind @ ("block" | "layer")), Some(index), Some(part)) => {
            let block = trained(index.parse().ok()?)?;
            Some(format!("{kind}.{block}.{part}"))
        }
        _ => Some(name.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trained_blocks_keep_their_order_and_are_spread_evenly() {
        let blocks = |fewer, more| -> Vec<_> {
            (0..more).map(|index| trained(index, fewer, more)).collect()
        };
        assert_eq!(blocks(2, 2), [Some(0), Some(1)]);
        assert_eq!(blocks(2, 5), [Some(0), None, Some(1), None, None]);
        assert_eq!(blocks(3, 4), [Some(0), Some(1), Some(2), None]);
        for (fewer, more) in [(1, 7), (4, 6), (15, 27), (15, 28)] {
            let kept: Vec<_> = blocks(fewer, more).into_iter().flatten().collect();
            assert_eq!(kept, (0..fewer).collect::<Vec<_>>());
        }
        assert_eq!(
            source("block.3.up.bias", |i| i.checked_sub(1)).as_deref(),
            Some("block.2.up.bias")
        );
        assert_eq!(source("layer.0.up.bias", |i| i.checked_sub(1)), None);
        assert_eq!(
            source("head.0.bias", |_| None).as_deref(),
            Some("head.0.bias")
        );
    }
}
