//! Deflate streams made again in a process of their own, `pxc remake-deflate`, which has a bound on its memory and on its time whatever
//! the corrections are (`docs/format.md`, *Exact PNG files*).
//!
//! In: the stretches of a stream. The child reads of each two lengths (u64, least significant byte first), the plain bytes and the
//! corrections. Out: the stream.

use std::env;
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use clap::Args;
use pxc_runtime::Limits;

use crate::deflate_stream::{Maker, Stretch, Stretches};
use crate::error::{Error, ExitCode, Place};
use crate::exact_file::RebuildError;

/// The command; `arguments.rs` makes it of [`Allowance`].
const COMMAND: &str = "remake-deflate";
/// Seconds that every stream has, and plain bytes for which it has one more.
const LEAST_SECONDS: u64 = 5;
const BYTES_PER_SECOND: u64 = 1 << 16;
/// The clock may run so many times as long as the child: it may be stopped, and other processes have their share of its core. Where
/// processes have no limits, nothing but the clock stops it.
const PATIENCE: u64 = if cfg!(unix) { 60 } else { 4 };
/// Memory that the child's program takes before it does anything.
const PROGRAM: u64 = 1 << 26;

/// What the child may take.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct Allowance {
    /// Bytes of memory for the stream
    memory: u64,
    /// Seconds of its own time
    seconds: u64,
}

impl Allowance {
    fn new(plain_bytes: usize, limits: &Limits) -> Allowance {
        Allowance {
            memory: limits.max_memory,
            seconds: LEAST_SECONDS + plain_bytes as u64 / BYTES_PER_SECOND,
        }
    }

    fn out_of_memory(&self) -> RebuildError {
        RebuildError::Memory {
            allowed: self.memory,
        }
    }

    fn out_of_time(&self) -> RebuildError {
        RebuildError::Time {
            seconds: self.seconds,
        }
    }
}

/// Makes a stream again in a child.
pub(crate) fn make(stretches: Stretches<'_>, limits: &Limits) -> Result<Vec<u8>, RebuildError> {
    let allowance = Allowance::new(stretches.plain_bytes(), limits);
    let program = env::current_exe()?;
    let mut command = Command::new(program);
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

fn write_stretches(stretches: Stretches<'_>, input: impl Write) -> Result<(), RebuildError> {
    let mut input = BufWriter::new(input);
    for stretch in stretches {
        let Stretch { text, corrections } = stretch?;
        for block in [text, corrections] {
            input.write_all(&(block.len() as u64).to_le_bytes())?;
        }
        for block in [text, corrections] {
            input.write_all(block)?;
        }
    }
    Ok(input.flush()?)
}

/// Input to a child and its output, which is at most so long and comes in time.
struct Conversation {
    longest: usize,
    patience: Duration,
    allowance: Allowance,
}

impl Conversation {
    fn hold(
        &self,
        mut command: Command,
        write: impl FnOnce(ChildStdin) -> Result<(), RebuildError> + Send,
    ) -> Result<Vec<u8>, RebuildError> {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| {
                let program = command.get_program().display();
                RebuildError::Process(format!("{program}: {error}"))
            })?;
        let (input, output) = pipes(&mut child);
        thread::scope(|scope| {
            let writer = scope.spawn(|| write(input));
            let (sender, receiver) = mpsc::channel();
            scope.spawn(move || drop(sender.send(self.read(output))));
            let heard = match receiver.recv_timeout(self.patience) {
                Ok(heard) => heard,
                Err(_) => Err(self.allowance.out_of_time()),
            };
            if heard.is_err() {
                // It fails when the child has ended, which is as well.
                let _ = child.kill();
            }
            let status = child.wait()?;
            let made = heard?;
            self.check(status)?;
            writer.join().expect("it does not panic")?;
            Ok(made)
        })
    }

    fn read(&self, output: ChildStdout) -> Result<Vec<u8>, RebuildError> {
        let mut made = Vec::new();
        let most = self.longest as u64 + 1;
        output.take(most).read_to_end(&mut made)?;
        if made.len() > self.longest {
            return Err(RebuildError::too_long());
        }
        Ok(made)
    }

    fn check(&self, status: ExitStatus) -> Result<(), RebuildError> {
        match status.code() {
            Some(0) => Ok(()),
            Some(code) if code == ExitCode::BadData as i32 => Err(RebuildError::not_made()),
            _ => Err(self
                .allowance
                .exceeded(status)
                .unwrap_or_else(|| RebuildError::Process(status.to_string()))),
        }
    }
}

fn pipes(child: &mut Child) -> (ChildStdin, ChildStdout) {
    let pipes = child.stdin.take().zip(child.stdout.take());
    pipes.expect("both are piped")
}

/// The child: reads stretches from its standard input, writes the stream to its standard output.
pub(crate) fn run(allowance: &Allowance) -> Result<ExitCode, Error> {
    let remade = impose(allowance)
        .map_err(RebuildError::from)
        .and_then(|()| remake(BufReader::new(io::stdin().lock()), io::stdout().lock()));
    remade.map_err(|source| Error::Rebuild {
        place: Place::Standard,
        source,
    })?;
    Ok(ExitCode::Done)
}

fn remake(mut input: impl BufRead, mut output: impl Write) -> Result<(), RebuildError> {
    let mut maker = Maker::new();
    while !input.fill_buf()?.is_empty() {
        let (text_bytes, correction_bytes) = (read_length(&mut input)?, read_length(&mut input)?);
        let text = read_block(&mut input, text_bytes)?;
        let corrections = read_block(&mut input, correction_bytes)?;
        let made = maker.make(&text, &corrections).map_err(|reason| {
            if reason == preflate_rs::ExitCode::OutOfMemory {
                // The end that every other allocation has that fails.
                std::process::abort();
            }
            RebuildError::not_made()
        })?;
        output.write_all(&made)?;
    }
    Ok(output.flush()?)
}

fn read_length(input: &mut impl Read) -> io::Result<u64> {
    let mut length = [0; 8];
    input.read_exact(&mut length)?;
    Ok(u64::from_le_bytes(length))
}

fn read_block(input: &mut impl Read, length: u64) -> io::Result<Vec<u8>> {
    let mut block = Vec::new();
    input.take(length).read_to_end(&mut block)?;
    if block.len() as u64 == length {
        Ok(block)
    } else {
        Err(io::ErrorKind::UnexpectedEof.into())
    }
}

impl From<io::Error> for RebuildError {
    fn from(error: io::Error) -> RebuildError {
        RebuildError::Process(error.to_string())
    }
}

/// Sets the limits of this process: memory, time, and no core dump. On Linux it does not outlive its parent.
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
    // At the lower one comes SIGXCPU, which tells the parent why; at the upper one SIGKILL.
    lower(RLIMIT_CPU, allowance.seconds, allowance.seconds + 1)
}

/// Lowers a limit of this process, unless it is lower already.
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

impl Allowance {
    /// What a child had too little of when it ended so: a failed allocation aborts.
    #[cfg(unix)]
    fn exceeded(&self, status: ExitStatus) -> Option<RebuildError> {
        use nix::sys::signal::Signal;
        use std::os::unix::process::ExitStatusExt;

        match Signal::try_from(status.signal()?) {
            Ok(Signal::SIGABRT) => Some(self.out_of_memory()),
            Ok(Signal::SIGXCPU) => Some(self.out_of_time()),
            _ => None,
        }
    }

    #[cfg(not(unix))]
    fn exceeded(&self, _: ExitStatus) -> Option<RebuildError> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deflate_stream::{make_trusted, predict};

    const ALLOWANCE: Allowance = Allowance {
        memory: 99,
        seconds: 7,
    };

    #[test]
    fn the_child_makes_what_the_parent_asks_for() {
        let deflate = [1, 8, 0, !8, !0, 1, 2, 3, 4, 5, 6, 7, 8];
        let predicted = predict(&deflate, 8).expect("predicts");
        let stretches = || Stretches::new(&predicted.plain, &predicted.stretches);
        let (mut input, mut made) = (Vec::new(), Vec::new());
        write_stretches(stretches(), &mut input).expect("writes");
        remake(input.as_slice(), &mut made).expect("makes");
        assert_eq!(made, deflate);
        assert_eq!(make_trusted(stretches()).expect("makes"), deflate);
        let truncated = remake(&input[..input.len() - 1], io::sink());
        assert!(matches!(truncated, Err(RebuildError::Process(_))));
    }

    #[test]
    fn time_grows_with_the_plain_bytes() {
        let seconds = |plain| Allowance::new(plain, &Limits::default()).seconds;
        assert_eq!(
            [0, BYTES_PER_SECOND as usize * 90].map(seconds),
            [LEAST_SECONDS, LEAST_SECONDS + 90]
        );
    }

    /// What comes back from a shell that runs `script` and has `input` on its standard input.
    #[cfg(unix)]
    fn heard_from(script: &str, input: &[u8]) -> Result<Vec<u8>, String> {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        let conversation = Conversation {
            longest: 1 << 17,
            patience: Duration::from_secs(2),
            allowance: ALLOWANCE,
        };
        let heard = conversation.hold(command, |mut pipe| Ok(pipe.write_all(input)?));
        heard.map_err(|error| error.to_string())
    }

    #[cfg(unix)]
    #[test]
    fn a_child_is_believed_only_when_it_ends_well() {
        let input = vec![7; 1 << 17];
        assert_eq!(heard_from("cat", &input).as_ref(), Ok(&input));
        for (script, said) in [
            ("exit 1", "cannot be made again"),
            ("cat; exit 1", "cannot be made again"),
            (
                "cat; exit 2",
                "the process for its deflate stream: exit status: 2",
            ),
            ("cat; echo", "much longer than its rows"),
            ("yes", "much longer than its rows"),
            ("exec sleep 99", "time limit: allowed 7 seconds"),
            ("kill -XCPU $$", "time limit: allowed 7 seconds"),
            ("kill -ABRT $$", "max_memory limit: allowed 99,"),
            (
                "kill -SEGV $$",
                "the process for its deflate stream: signal: 11",
            ),
        ] {
            let error = heard_from(script, &input).expect_err(script);
            assert!(error.contains(said), "{script}: {error}");
        }
    }

    #[test]
    fn a_program_that_is_not_there_is_named() {
        let conversation = Conversation {
            longest: 0,
            patience: Duration::ZERO,
            allowance: ALLOWANCE,
        };
        let heard = conversation.hold(Command::new("/nowhere/pxc"), |_| Ok(()));
        let error = heard.expect_err("nothing to start").to_string();
        assert!(error.contains("stream: /nowhere/pxc: "), "{error}");
    }
}
