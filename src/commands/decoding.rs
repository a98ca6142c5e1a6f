//! Decodes .pxc files and writes their images, for `pxc decompress` and `pxc thumbnail`.

use std::path::Path;
use std::time::Instant;

use pxc_picture::OutputFormat;
use pxc_runtime::PREVIEW_SIDE;

use crate::arguments::batch::{BatchArguments, MessageArguments};
use crate::arguments::coding::CodingArguments;
use crate::arguments::files::{InputArguments, OutputArguments};
use crate::coding::batch::Batch;
use crate::coding::decoding::content::{CodedInput, OutputContent};
use crate::coding::decoding::damage::without_surplus;
use crate::coding::decoding::task::{DecodingTask, Extent};
use crate::coding::engine::Coding;
use crate::coding::losses::Losses;
use crate::coding::outcome::{Done, Outcome};
use crate::commands::info::header_of;
use crate::commands::preparation::{Need, begin_output, check_options, need};
use crate::commands::verification::{require, verify_image_file};
use crate::error::Error;
use crate::exit_code::ExitCode;
use crate::files::attributes::FileState;
use crate::files::finished::FinishedFile;
use crate::files::inputs::{Job, Jobs};
use crate::files::location::Paths;
use crate::files::naming::{Direction, Naming, OutputKind};
use crate::files::reading::Input;
use crate::files::removal::{self, Removal};
use crate::files::{output, reading};
use crate::terminal::console::say;
use crate::terminal::figures::{Sizes, Speed};
use crate::terminal::progress::FileMeter;

/// What `decompress` and `thumbnail` do with their inputs.
pub(crate) struct DecodingArguments<'a> {
    /// .pxc files.
    pub(crate) inputs: &'a InputArguments,
    /// Where the images go.
    pub(crate) output: &'a OutputArguments,
    /// `--format`.
    pub(crate) format: Option<OutputFormat>,
    /// How much of each input is decoded.
    pub(crate) extent: Extent,
    /// How to process several files.
    pub(crate) batch: BatchArguments,
    /// Which model, backend and threads to use.
    pub(crate) coding: &'a CodingArguments,
    /// What is reported.
    pub(crate) messages: MessageArguments,
}

/// Decodes every input.
pub(crate) fn run(arguments: &DecodingArguments<'_>) -> Result<ExitCode, Error> {
    let found = Jobs::coded(arguments.inputs)?;
    let direction = Direction::Decompress;
    let kind = OutputKind {
        direction,
        format: arguments.format,
        part: arguments.extent.part(),
    };
    let naming = Naming::new(&found.jobs, arguments.output, kind)?;
    check_options(&found.jobs, &naming, arguments.output, arguments.batch)?;
    let batch = Batch::new(
        found.jobs.len(),
        arguments.coding.threads(),
        arguments.batch,
        direction,
        arguments.messages,
    );
    let coding = Coding::new(arguments.coding, batch.threads)?;
    let decompressor = Decompressor {
        arguments,
        naming,
        coding,
    };
    batch.run(&found, |job, meter| decompressor.decompress(job, meter))
}

struct Decompressor<'a> {
    arguments: &'a DecodingArguments<'a>,
    naming: Naming<'a>,
    coding: Coding,
}

impl Decompressor<'_> {
    fn decompress(&self, job: &Job, meter: &FileMeter<'_>) -> Result<Outcome, Error> {
        let (begin, location, options) = (Instant::now(), &job.input, self.arguments.output);
        let target = self.naming.target(job)?;
        let paths = Paths {
            input: location,
            output: &target,
        };
        let limits = self.coding.limits();
        let earlier = removal::earlier_output(&target, options);
        let may_replace = match earlier {
            Some(_) => false,
            None => match need(paths, &self.naming, options, limits, false)? {
                Need::Nothing(outcome) => {
                    if matches!(outcome, Outcome::Planned { .. }) {
                        self.foresee(&self.task(paths, meter))?;
                    }
                    return Ok(outcome);
                }
                Need::Work { may_replace } => may_replace,
            },
        };
        let task = self.task(paths, meter);
        let input = read(&task)?;
        let whole = input.state.as_ref().map(FileState::bytes);
        let bytes_in = whole.unwrap_or(input.bytes.len() as u64);
        let removal = Removal::of(location, &input, options)?;
        let state = input.state;
        let (bytes, surplus) = match task.extent {
            Extent::Intact => without_surplus(input.bytes, limits),
            _ => (input.bytes, 0),
        };
        let coded = CodedInput::new(&task, bytes)?;
        let output = match earlier {
            Some(_) => None,
            None => {
                let (quiet, state) = (self.arguments.messages.quiet, state.as_ref());
                Some(begin_output(paths, state, may_replace, options, quiet)?)
            }
        };
        let format = coded.image_format();
        let mut made = coded.make(&task)?;
        made.note_surplus(location, surplus);
        self.check_loss(paths, &made)?;
        let written = WrittenImage {
            made: &made,
            format,
        };
        let finished = match (earlier, output) {
            (Some(earlier), _) => {
                let file = written.confirm(&task, earlier)?;
                if options.dry_run {
                    return Ok(Outcome::Planned { output: target });
                }
                output::settle(&file, location, state.as_ref(), options)?;
                Some(file)
            }
            (None, Some(output)) => written.write(&task, output, removal.as_ref())?,
            (None, None) => None,
        };
        self.report(paths, bytes_in as usize, &made, begin);
        if let Some(damage) = made.damage {
            return Err(damage);
        }
        removal.map_or(Ok(()), |removal| removal.remove(finished.as_ref()))?;
        Ok(Outcome::Done(Done {
            output: Some(target),
            bytes_in,
            bytes_out: made.bytes.len() as u64,
            exactness: None,
            lost: made.dropped,
            removed: options.remove,
        }))
    }

    /// Fails for an input that would be refused, as far as its header tells.
    fn foresee(&self, task: &DecodingTask<'_>) -> Result<(), Error> {
        let location = task.paths.input;
        if location.is_stream() {
            return Ok(());
        }
        let bytes = reading::read_coded(location, self.coding.limits())?.bytes;
        header_of(location, &bytes, self.coding.limits())?;
        CodedInput::new(task, bytes).map(drop)
    }

    fn task<'a>(&'a self, paths: Paths<'a>, meter: &'a FileMeter<'a>) -> DecodingTask<'a> {
        DecodingTask {
            paths,
            extent: self.arguments.extent,
            formats: self.naming.formats,
            removes: self.arguments.output.remove,
            coding: &self.coding,
            meter,
        }
    }

    /// Reports sizes and times, with -v.
    fn report(&self, paths: Paths<'_>, bytes_in: usize, made: &OutputContent, begin: Instant) {
        if !self.arguments.messages.verbose {
            return;
        }
        let (samples, file) = (made.samples, bytes_in);
        let sizes = Sizes { samples, file };
        say(format_args!("{} → {}: {sizes}", paths.input, paths.output));
        say(Speed {
            samples,
            elapsed: begin.elapsed(),
            times: made.times,
        });
    }

    /// Reports what the output drops.
    fn check_loss(&self, paths: Paths<'_>, made: &OutputContent) -> Result<(), Error> {
        let losses = Losses {
            input: paths.input,
            noted: paths.output,
            keeper: "the format",
            names: &made.dropped,
            are_images: false,
            keeping: None,
        };
        losses.check(self.arguments.output, self.arguments.messages.quiet)
    }
}

/// Reads an input, or only its beginning, if that has the preview that is wanted.
fn read(task: &DecodingTask<'_>) -> Result<Input, Error> {
    let (location, coding) = (task.paths.input, task.coding);
    if let Extent::Thumbnail { longest } = task.extent
        && longest <= PREVIEW_SIDE
        && let Some(beginning) = reading::read_beginning(location)?
        && let Ok(Some(_)) = coding.preview(location, &beginning.bytes, task.meter)
    {
        return Ok(beginning);
    }
    reading::read_coded(location, coding.limits())
}

/// What goes to the output, or is there already.
#[derive(Clone, Copy)]
struct WrittenImage<'a> {
    made: &'a OutputContent,
    format: OutputFormat,
}

impl WrittenImage<'_> {
    /// Writes an output, and with `--rm` reads it back before it gets its name.
    fn write(
        self,
        task: &DecodingTask<'_>,
        mut output: output::Output<'_>,
        removal: Option<&Removal>,
    ) -> Result<Option<FinishedFile>, Error> {
        output.fill(&self.made.bytes)?;
        if let Some(removal) = removal {
            let read_back = output.read_back()?.unwrap_or_default();
            self.verify(task, read_back)?;
            removal.check_unchanged()?;
        }
        output.finish(&self.made.bytes)
    }

    /// The output that an interrupted run left on disk. Fails unless it is what would be written now.
    fn confirm(self, task: &DecodingTask<'_>, earlier: &Path) -> Result<FinishedFile, Error> {
        let file = output::earlier(earlier)?;
        let found = reading::read_input(task.paths.output, task.coding.limits())?;
        if found.bytes != self.made.bytes {
            return Err(Error::NotHeld {
                path: earlier.to_owned(),
                input: task.paths.input.clone(),
            });
        }
        self.verify(task, found.bytes)?;
        Ok(file)
    }

    /// Fails unless the file on disk is what was decoded.
    fn verify(self, task: &DecodingTask<'_>, read_back: Vec<u8>) -> Result<(), Error> {
        let location = task.paths.input;
        require(read_back == self.made.bytes, location)?;
        match &self.made.expected {
            Some(image) => verify_image_file(
                task.coding,
                location,
                image.clone(),
                self.format,
                read_back,
                task.meter,
            ),
            None => Ok(()),
        }
    }
}
