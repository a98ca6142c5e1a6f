//! The parent: asks a child for a deflate stream.

use std::env;
use std::process::Command;
use std::time::Duration;

use pxc_picture::exact::Stretches;
use pxc_runtime::Limits;

use crate::arguments::allowance::Allowance;
use crate::coding::rebuild::conversation::Conversation;
use crate::coding::rebuild::error::RebuildError;
use crate::coding::rebuild::protocol::write_stretches;

/// The command that [`Allowance`] belongs to.
const COMMAND: &str = "remake-deflate";
/// Seconds that every stream gets.
const LEAST_SECONDS: u64 = 5;
/// Plain bytes for which a stream gets one second more.
const BYTES_PER_SECOND: u64 = 1 << 16;
/// How many times its own seconds the child may take by the clock: it may be stopped, and it shares its core with other processes.
/// Where processes have no limits, only the clock stops it.
const PATIENCE: u64 = if cfg!(unix) { 60 } else { 4 };

/// Makes a deflate stream in a child process.
pub(crate) fn make_deflate(
    stretches: Stretches<'_>,
    limits: &Limits,
) -> Result<Vec<u8>, RebuildError> {
    let allowance = allowance(stretches.plain_bytes(), limits);
    let mut command = Command::new(env::current_exe()?);
    command
        .arg(COMMAND)
        .args([allowance.memory, allowance.seconds].map(|number| number.to_string()));
    Conversation {
        longest: stretches.longest_stream(),
        patience: Duration::from_secs(allowance.seconds * PATIENCE),
        allowance,
    }
    .hold(command, |input| write_stretches(stretches, input))
}

fn allowance(plain_bytes: usize, limits: &Limits) -> Allowance {
    Allowance {
        memory: limits.max_memory,
        seconds: LEAST_SECONDS + plain_bytes as u64 / BYTES_PER_SECOND,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_grows_with_the_plain_bytes() {
        let seconds = |plain| allowance(plain, &Limits::default()).seconds;
        assert_eq!(
            [0, BYTES_PER_SECOND as usize * 90].map(seconds),
            [LEAST_SECONDS, LEAST_SECONDS + 90]
        );
    }
}
