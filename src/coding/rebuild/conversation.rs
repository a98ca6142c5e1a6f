//! Starts a child process, feeds it, and collects its output within limits.

use std::io::Read;
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread::{self, Builder, Scope, ScopedJoinHandle};
use std::time::Duration;

use crate::arguments::allowance::Allowance;
use crate::coding::rebuild::error::RebuildError;
use crate::exit_code::ExitCode;

/// The thread that writes the input.
type Writer<'scope> = ScopedJoinHandle<'scope, Result<(), RebuildError>>;

/// A conversation with a child process, whose output has limits on its length and its time.
pub(crate) struct Conversation {
    /// Most bytes of output.
    pub(crate) longest: usize,
    /// How long the parent waits for the whole output, in wall time.
    pub(crate) patience: Duration,
    /// The memory and time that the child may use.
    pub(crate) allowance: Allowance,
}

impl Conversation {
    /// Starts the child, writes its input and returns its output.
    pub(crate) fn hold(
        &self,
        mut command: Command,
        write: impl FnOnce(ChildStdin) -> Result<(), RebuildError> + Send,
    ) -> Result<Vec<u8>, RebuildError> {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|source| RebuildError::Start {
                program: command.get_program().to_owned(),
                source,
            })?;
        let (input, output) = pipes(&mut child);
        thread::scope(|scope| {
            let heard = self.listen(scope, || write(input), output);
            if heard.is_err() {
                // Fails only if the child has already ended.
                let _ = child.kill();
            }
            let status = child.wait()?;
            let (made, writer) = heard?;
            self.check(status)?;
            writer.join().expect("it does not panic")?;
            Ok(made)
        })
    }

    /// Writes and reads at the same time, in threads of their own, for a limited time.
    fn listen<'scope>(
        &'scope self,
        scope: &'scope Scope<'scope, '_>,
        write: impl FnOnce() -> Result<(), RebuildError> + Send + 'scope,
        output: ChildStdout,
    ) -> Result<(Vec<u8>, Writer<'scope>), RebuildError> {
        let no_thread = |source| RebuildError::Thread { source };
        let (sender, receiver) = mpsc::channel();
        let read = move || drop(sender.send(self.read(output)));
        let writer = Builder::new().spawn_scoped(scope, write);
        let writer = writer.map_err(no_thread)?;
        let reader = Builder::new().spawn_scoped(scope, read);
        reader.map_err(no_thread)?;
        match receiver.recv_timeout(self.patience) {
            Ok(heard) => Ok((heard?, writer)),
            Err(_) => Err(self.out_of_work()),
        }
    }

    fn read(&self, output: ChildStdout) -> Result<Vec<u8>, RebuildError> {
        let mut made = Vec::new();
        let most = self.longest as u64 + 1;
        output.take(most).read_to_end(&mut made)?;
        if made.len() > self.longest {
            return Err(pxc_picture::Error::DeflateLength.into());
        }
        Ok(made)
    }

    fn check(&self, status: ExitStatus) -> Result<(), RebuildError> {
        match status.code() {
            Some(0) => Ok(()),
            Some(code) if code == ExitCode::BadData as i32 => {
                Err(pxc_picture::Error::DeflateCorrections.into())
            }
            _ => Err(self
                .exceeded(status)
                .unwrap_or(RebuildError::Process(status))),
        }
    }

    /// Whether a limit ended the child. A failed allocation aborts.
    #[cfg(unix)]
    fn exceeded(&self, status: ExitStatus) -> Option<RebuildError> {
        use nix::sys::signal::Signal;
        use std::os::unix::process::ExitStatusExt;

        let signal = Signal::try_from(status.signal()?).ok()?;
        matches!(signal, Signal::SIGABRT | Signal::SIGXCPU).then(|| self.out_of_work())
    }

    #[cfg(not(unix))]
    fn exceeded(&self, _: ExitStatus) -> Option<RebuildError> {
        None
    }

    fn out_of_work(&self) -> RebuildError {
        let Allowance { memory, seconds } = self.allowance;
        RebuildError::Work { memory, seconds }
    }
}

fn pipes(child: &mut Child) -> (ChildStdin, ChildStdout) {
    let pipes = child.stdin.take().zip(child.stdout.take());
    pipes.expect("both are piped")
}

#[cfg(test)]
mod tests {
    #[cfg(unix)]
    use std::io::Write;

    use pxc_runtime::full_message;

    use super::*;

    const ALLOWANCE: Allowance = Allowance {
        memory: 99,
        seconds: 7,
    };

    /// Runs `script` in a shell with `input` on its standard input, and returns its output.
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
        heard.map_err(|error| full_message(&error))
    }

    #[cfg(unix)]
    #[test]
    fn a_child_is_believed_only_when_it_ends_well() {
        let input = vec![7; 1 << 17];
        assert_eq!(heard_from("cat", &input).as_ref(), Ok(&input));
        for (script, said) in [
            ("exit 1", "cannot be rebuilt"),
            ("cat; exit 1", "cannot be rebuilt"),
            (
                "cat; exit 2",
                "the helper process that rebuilds its deflate stream failed: exit status: 2",
            ),
            ("cat; echo", "much longer than its rows"),
            ("yes", "much longer than its rows"),
            (
                "exec sleep 99",
                "work limit: allowed 7 seconds and 99 bytes",
            ),
            (
                "kill -XCPU $$",
                "work limit: allowed 7 seconds and 99 bytes",
            ),
            (
                "kill -ABRT $$",
                "work limit: allowed 7 seconds and 99 bytes",
            ),
            (
                "kill -SEGV $$",
                "the helper process that rebuilds its deflate stream failed: signal: 11",
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
        let error = heard.expect_err("nothing to start");
        assert!(matches!(error, RebuildError::Start { .. }), "{error}");
        let said = full_message(&error);
        assert!(said.contains("stream: /nowhere/pxc: "), "{said}");
    }
}
