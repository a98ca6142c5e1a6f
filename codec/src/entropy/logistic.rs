//! Logistic arithmetic in integers: probabilities to log-odds and back, and the mixing of log-odds (`docs/format.md`,
//! *Logistic arithmetic* and *Mixed decisions*).
//!
//! Probabilities are of 2^16, log-odds are natural logarithms in 1024ths, weights are of 2^16.

/// One, as a probability.
pub(crate) const ONE: i32 = 1 << 16;
/// Log-odds stay within ± this.
pub(crate) const MAX_LOG_ODDS: i32 = 8191;

/// Binary logarithm of the distance between two knots.
const KNOT_BITS: usize = 7;
/// `round(65536 / (1 + e^(−i/8)))`.
const KNOTS: [u16; 65] = [
    32768, 34813, 36843, 38841, 40793, 42687, 44511, 46254, 47911, 49474, 50941, 52310, 53581,
    54754, 55834, 56822, 57724, 58544, 59287, 59959, 60565, 61109, 61598, 62036, 62428, 62778,
    63090, 63368, 63615, 63835, 64030, 64203, 64357, 64494, 64614, 64721, 64816, 64900, 64974,
    65039, 65097, 65149, 65194, 65234, 65269, 65300, 65328, 65352, 65374, 65393, 65410, 65425,
    65438, 65449, 65459, 65468, 65476, 65483, 65489, 65495, 65500, 65504, 65508, 65511, 65514,
];

/// Binary logarithm of the distance between two entries of [`SQUASHED`].
const STEP_BITS: usize = 2;
const ENTRIES: usize = 1 << 12;

static SQUASHED: [u16; ENTRIES] = {
    let mut table = [0; ENTRIES];
    let mut i = 0;
    while i < ENTRIES / 2 {
        let log_odds = (i << STEP_BITS) + (1 << (STEP_BITS - 1));
        let (knot, part) = (log_odds >> KNOT_BITS, log_odds & ((1 << KNOT_BITS) - 1));
        let (low, high) = (KNOTS[knot] as usize, KNOTS[knot + 1] as usize);
        let value = low + (((high - low) * part) >> KNOT_BITS);
        table[ENTRIES / 2 + i] = value as u16;
        table[ENTRIES / 2 - 1 - i] = ((1 << 16) - value) as u16;
        i += 1;
    }
    table
};

static STRETCHED: [i16; ENTRIES] = {
    let mut table = [0; ENTRIES];
    let (mut i, mut entry) = (0, 0);
    while i < ENTRIES {
        while entry < ENTRIES - 1 && (SQUASHED[entry] as usize) < (i << 4) + 8 {
            entry += 1;
        }
        table[i] = ((entry as i32 - (ENTRIES / 2) as i32) << STEP_BITS) as i16;
        i += 1;
    }
    table
};

/// The probability of log-odds, 23 to 65513 of 2^16.
#[inline]
pub(crate) fn squash(log_odds: i32) -> i32 {
    let shifted = log_odds.clamp(-MAX_LOG_ODDS, MAX_LOG_ODDS) + (ENTRIES << STEP_BITS) as i32 / 2;
    SQUASHED[shifted as usize >> STEP_BITS].into()
}

/// The log-odds of a probability in `0..2^16`.
#[inline]
pub(crate) fn stretch(probability: i32) -> i32 {
    STRETCHED[(probability as usize & 0xffff) >> 4].into()
}

/// The weighted sum of the inputs of a mixer, which are log-odds, within ±[`MAX_LOG_ODDS`].
#[inline]
pub(crate) fn mix<const N: usize>(weights: &[i32; N], inputs: &[i32; N]) -> i32 {
    let products = weights
        .iter()
        .zip(inputs)
        .map(|(&weight, &input)| i64::from(weight) * i64::from(input));
    let sum: i64 = products.sum();
    (sum >> 16).clamp(-i64::from(MAX_LOG_ODDS), i64::from(MAX_LOG_ODDS)) as i32
}

/// Moves the weights along the gradient of the code length, by `input · error / 2^rate`, rounded. `error` is the answer
/// (0 or [`ONE`]) minus the mixed probability.
#[inline]
pub(crate) fn learn<const N: usize>(
    weights: &mut [i32; N],
    inputs: &[i32; N],
    error: i32,
    rate: u32,
) {
    const MAX_WEIGHT: i64 = 1 << 22;
    for (weight, &input) in weights.iter_mut().zip(inputs) {
        let step = (i64::from(input) * i64::from(error) + (1 << (rate - 1))) >> rate;
        *weight = (i64::from(*weight) + step).clamp(-MAX_WEIGHT, MAX_WEIGHT) as i32;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn squash_rises_and_is_symmetric() {
        assert_eq!((squash(-MAX_LOG_ODDS), squash(MAX_LOG_ODDS)), (23, 65513));
        for log_odds in -9000..9000 {
            assert!(squash(log_odds) <= squash(log_odds + 1));
            assert_eq!(squash(log_odds) + squash(-1 - log_odds), ONE);
        }
    }

    #[test]
    fn stretch_undoes_squash() {
        for log_odds in -6000..6000 {
            assert!(
                (stretch(squash(log_odds)) - log_odds).abs() < 64,
                "{log_odds}"
            );
        }
    }

    #[test]
    fn learning_lowers_the_error() {
        let inputs = [900, -300, 20];
        let mut weights = [ONE / 2; 3];
        let before = squash(mix(&weights, &inputs));
        for _ in 0..50 {
            let error = ONE - squash(mix(&weights, &inputs));
            learn(&mut weights, &inputs, error, 14);
        }
        assert!(squash(mix(&weights, &inputs)) > before);
        assert!(weights[0] > ONE / 2 && weights[1] < ONE / 2);
    }
}
