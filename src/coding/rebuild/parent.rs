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
const LEAST_SECONDS: u64 = 1;
/// Plain bytes for which a stream gets one second more. The slowest streams of zlib, of two symbols at level 9, take a
/// twelfth of that.
const BYTES_PER_SECOND: u64 = 1 << 17;
/// Bytes of memory that every stream gets.
const LEAST_MEMORY: u64 = 1 << 25;
/// Bytes of memory for each plain byte. Stored blocks, which need the most, take six.
const MEMORY_PER_BYTE: u64 = 64;
/// The wall time that the child may take, as a multiple of its processor time: it may be suspended, and it shares its
/// core with other processes. On systems without limits for processes, only wall time stops it.
const PATIENCE: u64 = if cfg!(unix) { 60 } else { 4 };

/// Makes a deflate stream in a child process, in at most `remaining_time` of wall time.
pub(crate) fn make_deflate(
    stretches: Stretches<'_>,
    limits: &Limits,
    remaining_time: Option<Duration>,
) -> Result<Vec<u8>, RebuildError> {
    let allowance = allowance(stretches.plain_bytes(), limits);
    let patience = Duration::from_secs(allowance.seconds * PATIENCE);
    let mut command = Command::new(env::current_exe()?);
    command
        .arg(COMMAND)
        .args([allowance.memory, allowance.seconds].map(|number| number.to_string()));
    Conversation {
        max_bytes: stretches.max_stream_bytes(),
        patience: remaining_time.map_or(patience, |time| time.min(patience)),
        allowance,
    }
    .hold(command, |input| write_stretches(stretches, input))
}

/// What the child may use: memory and time in proportion to the plain bytes.
fn allowance(plain_bytes: usize, limits: &Limits) -> Allowance {
    let plain_bytes = plain_bytes as u64;
    let memory = LEAST_MEMORY.saturating_add(plain_bytes.saturating_mul(MEMORY_PER_BYTE));
    Allowance {
        memory: memory.min(limits.max_memory),
        seconds: LEAST_SECONDS + plain_bytes / BYTES_PER_SECOND,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_grows_with_the_plain_bytes() {
        let allowed = |plain| {
            let Allowance { memory, seconds } = allowance(plain, &Limits::default());
            (memory, seconds)
        };
        assert_eq!(allowed(7), (LEAST_MEMORY + 448, 1));
        assert_eq!(allowed(10 << 17), (LEAST_MEMORY + (640 << 17), 11));
        assert_eq!(allowed(90 << 20), (Limits::default().max_memory, 721));
    }
}
