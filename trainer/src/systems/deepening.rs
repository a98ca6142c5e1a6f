//! Starts a network from a trained one of fewer blocks: the blocks between the trained ones begin as identities.

use std::path::Path;

use candle_core::Device;

use super::system_config::SystemConfig;
use super::system_training::SystemCheckpoint;
use crate::optimiser::Optimiser;
use crate::{Result, checkpoint};

/// Sets the parameters to the averaged weights of the checkpoint in `directory`, its blocks spread evenly over those of `system`.
/// The checkpoint may differ from `system` in its name and in having fewer blocks.
pub(super) fn start_from(
    directory: &Path,
    system: &SystemConfig,
    optimiser: &mut Optimiser,
    device: &Device,
) -> Result<()> {
    let found = checkpoint::read_config::<SystemCheckpoint>(directory)?.system;
    let wanted = SystemConfig {
        name: found.name.clone(),
        layers: found.layers.min(system.layers),
        ..system.clone()
    };
    checkpoint::expect_same(directory, "system", &wanted, &found)?;
    let place = |index| trained(index, found.layers, system.layers);
    let fresh =
        checkpoint::initialise_from(directory, optimiser, device, |name| source(name, place))?;
    for slot in &mut optimiser.slots {
        if fresh.contains(&slot.name) && slot.name.contains(".up.") {
            slot.parameter.set(&slot.parameter.zeros_like()?)?;
            slot.average = slot.parameter.as_tensor().copy()?;
        }
    }
    Ok(())
}

/// Which of `fewer` trained blocks stands at `index` of `more` blocks.
fn trained(index: usize, fewer: usize, more: usize) -> Option<usize> {
    let block = (index * fewer).div_ceil(more);
    (block < fewer && block * more / fewer == index).then_some(block)
}

/// The name in the checkpoint of a parameter, `None` for one of a further block.
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
