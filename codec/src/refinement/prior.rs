//! The mixer's weights before anything is learned (`docs/format.md`, *Refinement*, *Mixer*).

use super::density::Quartiles;
use super::{CHANNELS, NODES, OPINIONS};

/// Sets of weights.
pub(super) const SETS: usize = CHANNELS * NODES * Quartiles::SPREADS;

/// The weights, of 2^16, of the network, the constant, each context's two, and the two linear predictors.
const NETWORK: i32 = 49152;
const CORRECTION: i32 = 3072;
const TRUSTED: i32 = 2048;
const LINEAR: [i32; 2] = [13312, 9216];

/// The weights of every channel, node and spread.
pub(super) fn weights() -> Vec<[i32; OPINIONS]> {
    let mut prior = [0; OPINIONS];
    prior[0] = NETWORK;
    let (pairs, _) = prior[2..OPINIONS - 2].as_chunks_mut::<2>();
    pairs.fill([CORRECTION, TRUSTED]);
    prior[OPINIONS - 2..].copy_from_slice(&LINEAR);
    vec![prior; SETS]
}
