//! `pxc compress`: images → .pxc files.

use std::time::Instant;

use pxc_picture::exact::Reason;
use pxc_picture::{MetadataChunk, Picture, exact, metadata};
use pxc_runtime::{Limits, Times};

use crate::arguments::choices::{ExactFileChoice, StripChoice};
use crate::arguments::compress::CompressArguments;
use crate::coding::batch::Batch;
use crate::coding::engine::Coding;
use crate::coding::exactness::{Exactness, Weighing, longest};
use crate::coding::jpeg;
use crate::coding::losses::Losses;
use crate::coding::tally::Outcome;
use crate::commands::preparation::{check_options, without_work};
use crate::commands::verification::verify_coded;
use crate::error::Error;
use crate::exit_code::ExitCode;
use crate::files::inputs::{Job, Jobs};
use crate::files::location::Location;
use crate::files::naming::{Direction, Naming, unusual_extension};
use crate::files::reading::Input;
use crate::files::removal::Removal;
use crate::files::{output, reading};
use crate::terminal::console::say;
use crate::terminal::figures::{Sizes, Speed};
use crate::terminal::progress::FileMeter;
use crate::terminal::standard_output;

/// Compresses every input.
pub(crate) fn run(arguments: &CompressArguments) -> Result<ExitCode, Error> {
    standard_output::reserve().map_err(|source| Error::Write {
        location: Location::Standard,
        source,
    })?;
    let keeps_jpeg = arguments.strip.is_none();
    let found = Jobs::pictures(&arguments.inputs, arguments.allow_lossy_source, keeps_jpeg)?;
    let naming = Naming::new(&found.jobs, &arguments.output, Direction::Compress, None)?;
    let json = arguments.batch.json;
    check_options(&found.jobs, &naming, &arguments.output, json)?;
    let batch = Batch::new(
        found.jobs.len(),
        arguments.coding.threads(),
        arguments.batch,
        Direction::Compress,
        arguments.messages,
    );
    let coding = Coding::new(&arguments.coding, batch.threads)?;
    let compressor = Compressor {
        arguments,
        naming,
        coding,
    };
    batch.run(&found, |job, meter| compressor.compress(job, meter))
}

/// What a .pxc file can hold of its input.
enum Held {
    /// The .pxc file that holds a JPEG file.
    Jpeg(Vec<u8>),
    /// Chunks that bring the file back.
    File(Vec<MetadataChunk>),
    /// Pixels and metadata, for a reason.
    Pixels(Reason),
    /// Pixels and metadata, as the options say.
    NotAsked,
}

/// The description of a file, and the extension of its name if the name of the .pxc file does not tell it.
fn described(location: &Location, description: MetadataChunk) -> Vec<MetadataChunk> {
    let chunks = [description];
    let format = exact::find(&chunks).map(|description| description.format);
    let extension = match (location, format) {
        (Location::File(path), Some(format)) => unusual_extension(path, format),
        _ => None,
    };
    let extension = extension.and_then(|extension| exact::extension_chunk(&extension));
    chunks.into_iter().chain(extension).collect()
}

/// The chunks that bring the file back, or the reason why there are none. `choice` is nothing where no file is to come back.
fn describe(
    location: &Location,
    picture: &Picture,
    bytes: &[u8],
    choice: Option<ExactFileChoice>,
    limits: &Limits,
) -> Result<Held, Error> {
    let Some(choice) = choice.filter(|&choice| choice != ExactFileChoice::Never) else {
        return Ok(Held::NotAsked);
    };
    let longest = longest(choice, bytes.len());
    match exact::describe(bytes, picture, longest, limits) {
        Ok(chunk) => Ok(Held::File(described(location, chunk))),
        Err(source) if choice == ExactFileChoice::Require => Err(Error::ExactFile {
            location: location.clone(),
            source,
        }),
        Err(pxc_picture::Error::NotDescribed { reason }) => Ok(Held::Pixels(reason)),
        Err(error) => Ok(Held::Pixels(Reason::Other {
            message: error.to_string(),
        })),
    }
}

struct Compressor<'a> {
    arguments: &'a CompressArguments,
    naming: Naming<'a>,
    coding: Coding,
}

impl Compressor<'_> {
    fn compress(&self, job: &Job, meter: &FileMeter<'_>) -> Result<Outcome, Error> {
        let (begin, location, arguments) = (Instant::now(), &job.input, self.arguments);
        let (target, options) = (self.naming.target(job)?, &arguments.output);
        if let Some(outcome) = without_work(job, &target, options, &self.coding)? {
            return Ok(outcome);
        }
        let verify = arguments.verify || options.remove;
        meter.expect_passes(if verify { 2 } else { 1 });
        let (mut picture, input, held) = self.read(job, meter)?;
        if let Held::Pixels(_) | Held::NotAsked = &held {
            self.check_loss(location, &picture)?;
        }
        let removal = Removal::of(location, input.state.as_ref(), options);
        let mut output = output::begin(&target, input.state.as_ref(), options)?;

        let (bytes, times, exactness) = self.code(location, &mut picture, held, meter)?;
        output.fill(&bytes)?;
        if verify {
            meter.next_pass();
            let written = output.read_back()?;
            let written = written.as_deref().unwrap_or(&bytes);
            verify_coded(&self.coding, location, (&picture, &input), written, meter)?;
        }
        if let Some(removal) = &removal {
            removal.check_unchanged()?;
        }
        output.finish(&bytes)?;
        removal.map_or(Ok(()), Removal::remove)?;
        if arguments.messages.verbose {
            let sizes = Sizes::new(&picture.image, bytes.len());
            say(format_args!("{location} → {target}: {sizes}"));
            say(format_args!("{location}: {exactness}"));
            say(Speed {
                samples: picture.image.samples().len(),
                elapsed: begin.elapsed(),
                times,
            });
        }
        Ok(Outcome::Done {
            output: Some(target),
            bytes_in: input.bytes.len() as u64,
            bytes_out: bytes.len() as u64,
        })
    }

    /// The picture with the metadata to keep, its file, and what can be kept of the file.
    fn read(&self, job: &Job, meter: &FileMeter<'_>) -> Result<(Picture, Input, Held), Error> {
        let (arguments, limits) = (self.arguments, *self.coding.limits());
        let input = reading::read_input(&job.input, &limits)?;
        let keeps_jpeg = arguments.strip.is_none() && !arguments.allow_lossy_source;
        if keeps_jpeg && jpeg::is_jpeg(&input.bytes) {
            let (bytes, picture) = jpeg::compress(&job.input, &input.bytes, &self.coding, meter)?;
            return Ok((picture, input, Held::Jpeg(bytes)));
        }
        let lossy = arguments.allow_lossy_source;
        let asked = arguments.strip.is_none().then_some(arguments.exact_file);
        let location = job.input.clone();
        let read = self.coding.in_time(&job.input, meter, move || {
            let picture = reading::picture(&location, &input, lossy, &limits)?;
            let held = describe(&location, &picture, &input.bytes, asked, &limits)?;
            Ok::<_, Error>((picture, input, held))
        })?;
        let (mut picture, input, held) = read?;
        if let Some(which) = arguments.strip {
            let stripped =
                picture.strip(|chunk| which == StripChoice::Safe && metadata::keep_look(chunk));
            if arguments.messages.verbose && !stripped.is_empty() {
                let names = stripped.join(", ");
                say(format_args!("{}: --strip removes {names}", job.input));
            }
        }
        Ok((picture, input, held))
    }

    /// The bytes of the .pxc file. Reports what they do not keep.
    fn code(
        &self,
        location: &Location,
        picture: &mut Picture,
        held: Held,
        meter: &FileMeter<'_>,
    ) -> Result<(Vec<u8>, Times, Exactness), Error> {
        let arguments = self.arguments;
        let coded = |picture: &Picture| {
            let effort = arguments.effort.into();
            let coded = self.coding.compress(location, picture, effort, meter);
            coded.map(|(bytes, stats)| (bytes, stats.times))
        };
        let (choice, quiet) = (arguments.exact_file, arguments.messages.quiet);
        let weighing = Weighing {
            location,
            choice,
            coding: &self.coding,
            meter,
        };
        let (bytes, times, exactness) = match held {
            Held::File(chunks) => {
                let (bytes, times) = coded(picture)?;
                let (bytes, exactness) = weighing.add_description(bytes, picture, chunks)?;
                self.check_loss(location, picture)?;
                (bytes, times, exactness)
            }
            Held::Pixels(reason) => {
                let (bytes, times) = coded(picture)?;
                let (bytes, exactness) = weighing.add_reason(bytes, picture, reason)?;
                (bytes, times, exactness)
            }
            Held::NotAsked => {
                let (bytes, times) = coded(picture)?;
                (bytes, times, Exactness::NotAsked)
            }
            Held::Jpeg(bytes) => (bytes, Times::default(), Exactness::Exact(0)),
        };
        let is_missed = matches!(exactness, Exactness::Pixels(_));
        if is_missed && choice == ExactFileChoice::Always && !quiet {
            say(format_args!("{location}: note: {exactness}"));
        }
        Ok((bytes, times, exactness))
    }

    /// Reports what the .pxc file drops.
    fn check_loss(&self, location: &Location, picture: &Picture) -> Result<(), Error> {
        let losses = Losses {
            input: location,
            noted: location,
            keeper: "the .pxc file",
            names: &picture.dropped,
        };
        losses.check(&self.arguments.output, self.arguments.messages.quiet)
    }
}
