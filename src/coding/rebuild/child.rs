//! The child, `pxc remake-deflate`: stretches on standard input → the deflate stream on standard output.

use std::io::{self, BufReader};

use crate::arguments::allowance::Allowance;
use crate::coding::rebuild::error::RebuildError;
use crate::coding::rebuild::protocol::make_stream;
use crate::error::Error;
use crate::exit_code::ExitCode;
use crate::files::location::Location;
use crate::terminal::standard_output::{self, StandardOutput};

/// Memory that the program takes before it does anything.
#[cfg(unix)]
const PROGRAM: u64 = 1 << 26;

/// Makes one stream.
pub(crate) fn run(allowance: &Allowance) -> Result<ExitCode, Error> {
    let made = standard_output::reserve()
        .and_then(|()| impose(allowance))
        .map_err(RebuildError::from)
        .and_then(|()| make_stream(BufReader::new(io::stdin().lock()), StandardOutput));
    made.map_err(|source| Error::Rebuild {
        location: Location::Standard,
        source,
    })?;
    Ok(ExitCode::Done)
}

/// Limits the memory and time of this process and turns core dumps off. On Linux it ends with its parent.
#[cfg(unix)]
fn impose(allowance: &Allowance) -> io::Result<()> {
    use nix::sys::resource::Resource::{RLIMIT_CORE, RLIMIT_CPU};

    #[cfg(any(target_os = "linux", target_os = "android"))]
    use nix::sys::resource::Resource::RLIMIT_AS as RLIMIT_MEMORY;
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    use nix::sys::resource::Resource::RLIMIT_DATA as RLIMIT_MEMORY;

    #[cfg(target_os = "linux")]
    nix::sys::prctl::set_pdeathsig(nix::sys::signal::Signal::SIGKILL)?;

    lower(RLIMIT_CORE, 0, 0)?;
    let memory = allowance.memory.saturating_add(PROGRAM);
    lower(RLIMIT_MEMORY, memory, memory)?;
    // The soft limit sends SIGXCPU, which tells the parent the reason; the hard limit sends SIGKILL.
    lower(RLIMIT_CPU, allowance.seconds, allowance.seconds + 1)
}

/// Lowers a limit of this process; never raises it.
#[cfg(unix)]
fn lower(resource: nix::sys::resource::Resource, soft: u64, hard: u64) -> io::Result<()> {
    use nix::sys::resource::{getrlimit, rlim_t, setrlimit};

    let at_most = |bound: u64, present: rlim_t| {
        rlim_t::try_from(bound).map_or(present, |bound| bound.min(present))
    };
    let (present_soft, present_hard) = getrlimit(resource)?;
    setrlimit(
        resource,
        at_most(soft, present_soft),
        at_most(hard, present_hard),
    )?;
    Ok(())
}

#[cfg(not(unix))]
fn impose(_: &Allowance) -> io::Result<()> {
    Ok(())
}
