//! `pxc compress`: images → .pxc files.

mod leftover;
mod model_use;

use std::time::Instant;

use pxc_picture::exact::Reason;
use pxc_picture::{InputFormat, MetadataChunk, OutputFormat, Picture, exact, metadata};
use pxc_runtime::{Limits, Times, both};

use crate::arguments::batch::MessageArguments;
use crate::arguments::choices::{ExactFileChoice, StripChoice};
use crate::arguments::compress::CompressArguments;
use crate::coding::batch::Batch;
use crate::coding::batch_results::Outcome;
use crate::coding::engine::Coding;
use crate::coding::exactness::{Exactness, Obstacle, Weighing, longest};
use crate::coding::jpeg;
use crate::coding::losses::Losses;
use crate::commands::preparation::{Need, begin_output, check_options, need};
use crate::commands::verification::verify_coded;
use crate::error::Error;
use crate::exit_code::ExitCode;
use crate::files::inputs::{Job, Jobs};
use crate::files::location::Location;
use crate::files::naming::kept_extension::{self, NamedFormat};
use crate::files::naming::{Direction, Naming, OutputKind};
use crate::files::reading;
use crate::files::reading::Input;
use crate::files::removal::{self, Removal};
use crate::terminal::console::say;
use crate::terminal::figures::{Samples, Sizes, Speed};
use crate::terminal::progress::FileMeter;
use crate::terminal::standard_output;

/// Copies of a file and its samples that are in memory while the file is described.
const COPIES: u64 = 6;

/// Compresses every input.
pub(crate) fn run(arguments: &CompressArguments) -> Result<ExitCode, Error> {
    let mut found = Jobs::pictures(&arguments.inputs, arguments.allow_lossy_source, true)?;
    if !arguments.output.force {
        found.skip_coded();
    }
    let kind = OutputKind {
        direction: Direction::Compress,
        format: None,
        part: None,
    };
    let naming = Naming::new(&found.jobs, &arguments.output, kind)?;
    check_options(&found.jobs, &naming, &arguments.output, arguments.batch)?;
    // From here on, links to standard output do not lead there.
    standard_output::reserve().map_err(|source| Error::Write {
        location: Location::Standard,
        source,
    })?;
    let mut batch = Batch::new(
        found.jobs.len(),
        arguments.coding.threads(),
        arguments.batch,
        Direction::Compress,
        arguments.messages,
    );
    batch.says_why |= arguments.exact_file == ExactFileChoice::Always;
    let coding = Coding::new(&arguments.coding, batch.threads)?;
    let compressor = Compressor {
        arguments,
        naming,
        coding,
        is_single: found.jobs.len() == 1,
    };
    batch.run(&found, |job, meter| {
        let result = compressor.compress(job, meter);
        result.or_else(|error| leave_out(job, error))
    })
}

/// Leaves out an image that `--recursive` found if its kind is the reason why it cannot be kept. What fails for other
/// reasons, and what the command line names, fails.
fn leave_out(job: &Job, error: Error) -> Result<Outcome, Error> {
    let kind = match &error {
        _ if !job.is_found => None,
        Error::Picture { source, .. } => source.unkept_kind(),
        Error::UnreadFormat { format, .. } => Some((*format).to_owned()),
        _ => None,
    };
    match kind {
        Some(kind) => Ok(Outcome::LeftOut {
            kind,
            reason: error.reason(&job.input),
        }),
        None => Err(error),
    }
}

/// What a .pxc file can hold of its input.
enum Held {
    /// The .pxc file that holds a JPEG file.
    Jpeg(Vec<u8>),
    /// The chunk that describes the file.
    File(MetadataChunk),
    /// Pixels and metadata, for a reason.
    Pixels(Obstacle),
    /// Pixels and metadata, as the options ask.
    NotAsked,
}

/// The format of the file that comes back, byte for byte or as an image of the same format.
fn format_of(picture: &Picture, held: Option<&Held>) -> Option<NamedFormat> {
    let described = match held {
        Some(Held::File(chunk)) => {
            exact::find(std::slice::from_ref(chunk)).map(|found| found.format)
        }
        Some(Held::Jpeg(_)) => return None,
        Some(Held::Pixels(_) | Held::NotAsked) | None => None,
    };
    let is_png = picture.source == InputFormat::Png;
    let format = described.or(is_png.then_some(OutputFormat::Png));
    format.map(NamedFormat::Other)
}

/// Whether only the pixels of a JPEG file are kept, which the options ask for.
fn is_jpeg_pixels(reason: &Reason) -> bool {
    let format = InputFormat::Jpeg;
    *reason == Reason::Format { format }
}

/// Describes the file: returns the chunks, or the reason why there are none. `choice` is `None` if no file is to come
/// back.
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
    let longest = longest(choice, bytes.len(), picture);
    match exact::describe(bytes, picture, longest, limits) {
        Ok(chunk) => Ok(Held::File(chunk)),
        Err(source) if choice == ExactFileChoice::Require => Err(Error::ExactFile {
            location: location.clone(),
            source,
        }),
        Err(error) => Ok(Held::Pixels(error.into())),
    }
}

struct Compressor<'a> {
    arguments: &'a CompressArguments,
    naming: Naming<'a>,
    coding: Coding,
    /// Whether there is no other input.
    is_single: bool,
}

impl Compressor<'_> {
    fn compress(&self, job: &Job, meter: &FileMeter<'_>) -> Result<Outcome, Error> {
        let (begin, location, arguments) = (Instant::now(), &job.input, self.arguments);
        let (target, options) = (self.naming.target(job)?, &arguments.output);
        if let Some(left) = removal::left_output(&target, options) {
            return self.finish_left(job, (&target, left), meter);
        }
        let requires_file = arguments.exact_file == ExactFileChoice::Require;
        let may_replace = match need(
            (job, &target),
            &self.naming,
            options,
            (&self.coding, requires_file),
        )? {
            Need::Nothing(planned @ Outcome::Planned { .. }) => {
                return Ok(self.foresee(job, &target, meter)?.unwrap_or(planned));
            }
            Need::Nothing(outcome) => return Ok(outcome),
            Need::Work { may_replace } => may_replace,
        };
        let verify = arguments.verify || options.remove;
        meter.expect_passes(if verify { 2 } else { 1 });
        let (mut picture, input, held) = self.read(job, &target, meter)?;
        if let Some(left_out) = self.left_out(job, &picture) {
            return Ok(left_out);
        }
        self.check_loss_of(location, &picture, held.as_ref())?;
        let quiet = arguments.messages.quiet;
        let (of, state) = ((location, &target), input.state.as_ref());
        let mut output = begin_output(of, state, may_replace, options, quiet)?;
        let removal = Removal::of(location, &input, options)?;

        let (bytes, times, exactness) = self.code(
            (location, &target),
            (&mut picture, &input),
            held,
            None,
            meter,
        )?;
        self.check_use_of_model(location, &bytes)?;
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
        let finished = output.finish(&bytes)?;
        removal.map_or(Ok(()), |removal| removal.remove(finished.as_ref()))?;
        let verbose = arguments.messages.verbose;
        if verbose {
            let (samples, file) = (Samples::of(&picture.image), bytes.len());
            let sizes = Sizes { samples, file };
            say(format_args!("{location} → {target}: {sizes}"));
        }
        self.report_exactness(location, &exactness);
        if verbose {
            say(Speed {
                samples: Samples::of(&picture.image),
                elapsed: begin.elapsed(),
                times,
            });
        }
        Ok(Outcome::Done {
            output: Some(target),
            bytes_in: input.bytes.len() as u64,
            bytes_out: bytes.len() as u64,
            exactness: Some(exactness),
            lost: picture.dropped,
            removed: options.remove,
        })
    }

    /// Fails for an input that would be refused, as far as reading it tells. Returns the outcome if it would be left
    /// out.
    fn foresee(
        &self,
        job: &Job,
        target: &Location,
        meter: &FileMeter<'_>,
    ) -> Result<Option<Outcome>, Error> {
        let (location, limits) = (&job.input, self.coding.limits());
        let is_stream = match location {
            Location::File(path) => path.metadata().is_ok_and(|found| !found.is_file()),
            Location::Standard => true,
        };
        if is_stream {
            return Ok(None);
        }
        let input = reading::read_input(location, limits)?;
        if jpeg::is_jpeg(&input.bytes) {
            self.may_keep_jpeg(location)?;
            jpeg::check(location, &input.bytes)?;
            return Ok(None);
        }
        drop(input);
        let (picture, _, held) = self.read(job, target, meter)?;
        let left_out = self.left_out(job, &picture);
        if left_out.is_none() {
            self.check_loss_of(location, &picture, held.as_ref())?;
        }
        Ok(left_out)
    }

    /// Leaves out an animation that `--recursive` found, unless its first frame is enough.
    fn left_out(&self, job: &Job, picture: &Picture) -> Option<Outcome> {
        let is_animation = picture.source == InputFormat::Gif && picture.drops_images;
        let is_left_out = is_animation && job.is_found && !self.arguments.output.allow_loss;
        is_left_out.then(|| Outcome::LeftOut {
            kind: "animated GIF".into(),
            reason: "animated GIF: see --allow-loss".into(),
        })
    }

    /// Reads the picture with the metadata to keep, its file, and what can be kept of the file, unless that is decided
    /// later.
    fn read(
        &self,
        job: &Job,
        target: &Location,
        meter: &FileMeter<'_>,
    ) -> Result<(Picture, Input, Option<Held>), Error> {
        let (arguments, limits) = (self.arguments, *self.coding.limits());
        let input = reading::read_input(&job.input, &limits)?;
        if jpeg::is_jpeg(&input.bytes)
            && let Some((bytes, picture)) = self.keep_jpeg(job, target, &input, meter)?
        {
            return Ok((picture, input, Some(Held::Jpeg(bytes))));
        }
        let lossy = arguments.allow_lossy_source;
        let location = job.input.clone();
        let read = self.coding.in_time(&job.input, meter, move || {
            let picture = reading::picture(&location, &input, lossy, &limits)?;
            Ok::<_, Error>((picture, input))
        })?;
        let (picture, input) = read?;
        if self.describes_beside(&picture, &input) {
            return Ok((picture, input, None));
        }
        let (location, asked) = (job.input.clone(), self.asked());
        let read = self.coding.in_time(&job.input, meter, move || {
            let held = describe(&location, &picture, &input.bytes, asked, &limits)?;
            Ok::<_, Error>((picture, input, Some(held)))
        })?;
        let (mut picture, input, held) = read?;
        if let Some(which) = arguments.strip {
            let mut keep = metadata::keep_look();
            let stripped = picture.strip(|chunk| which == StripChoice::Safe && keep(chunk));
            if arguments.messages.verbose && !stripped.is_empty() {
                let names = stripped.join(", ");
                say(format_args!("{}: --strip removes {names}", job.input));
            }
        }
        Ok((picture, input, held))
    }

    /// A JPEG file in a .pxc file, and its picture; `None` if the options allow to keep only its pixels, and no more
    /// can be kept.
    fn keep_jpeg(
        &self,
        job: &Job,
        target: &Location,
        input: &Input,
        meter: &FileMeter<'_>,
    ) -> Result<Option<(Vec<u8>, Picture)>, Error> {
        let location = &job.input;
        if !self.may_keep_jpeg(location)? {
            return Ok(None);
        }
        let name = self.name_chunk(location, target, Some(NamedFormat::Jpeg));
        let file = (input.bytes.as_slice(), name);
        match jpeg::compress(location, file, &self.coding, meter) {
            Err(Error::Picture {
                source: pxc_picture::Error::NotCoded,
                ..
            }) if self.arguments.allow_lossy_source => Ok(None),
            kept => kept.map(Some),
        }
    }

    /// Whether the options leave JPEG files as they are. Fails if they do not, and do not allow to keep pixels either.
    fn may_keep_jpeg(&self, location: &Location) -> Result<bool, Error> {
        let arguments = self.arguments;
        match arguments.strip {
            Some(_) if !arguments.allow_lossy_source => Err(Error::StrippedJpeg {
                location: location.clone(),
            }),
            strip => Ok(strip.is_none()),
        }
    }

    /// Which files the options ask to keep byte for byte.
    fn asked(&self) -> Option<ExactFileChoice> {
        let arguments = self.arguments;
        arguments.strip.is_none().then_some(arguments.exact_file)
    }

    /// Whether the file is described while its image is coded: it takes long, and nothing depends on it before.
    fn describes_beside(&self, picture: &Picture, input: &Input) -> bool {
        let is_asked = matches!(
            self.asked(),
            Some(ExactFileChoice::Auto | ExactFileChoice::Always)
        );
        let held = input.bytes.len() + picture.image.samples().len();
        is_asked
            && picture.source == InputFormat::Png
            && picture.dropped.is_empty()
            && self.coding.has_room_beside(COPIES * held as u64)
    }

    /// Makes the bytes of the .pxc file. `left` is one of the same image, which need not be coded again. Reports what
    /// the file does not keep.
    fn code(
        &self,
        (location, target): (&Location, &Location),
        (picture, input): (&mut Picture, &Input),
        held: Option<Held>,
        left: Option<&[u8]>,
        meter: &FileMeter<'_>,
    ) -> Result<(Vec<u8>, Times, Exactness), Error> {
        let arguments = self.arguments;
        let coded = |picture: &Picture| match left {
            Some(left) => self.rewritten(location, left, picture, meter),
            None => {
                let effort = arguments.effort.into();
                let coded = self.coding.compress(location, picture, effort, meter);
                coded.map(|(bytes, stats)| (bytes, stats.times))
            }
        };
        let weighing = Weighing {
            location,
            choice: arguments.exact_file,
            coding: &self.coding,
            meter,
        };
        let name = self.name_chunk(location, target, format_of(picture, held.as_ref()));
        picture.metadata.extend(name);
        let (held, coded) = match held {
            Some(Held::Jpeg(bytes)) => return Ok((bytes, Times::default(), Exactness::Exact(0))),
            Some(held) => (held, coded(picture)?),
            None => {
                let (asked, limits) = (self.asked(), self.coding.limits());
                let file = &input.bytes;
                let describe = || describe(location, picture, file, asked, limits);
                let (held, coded) = both(2, describe, || coded(picture));
                (held?, coded?)
            }
        };
        let (bytes, times) = coded;
        Ok(match held {
            Held::File(chunk) => {
                let (bytes, exactness) = weighing.add_description(bytes, picture, chunk)?;
                let keeping = match &exactness {
                    Exactness::Pixels(obstacle) => obstacle.options.as_deref(),
                    Exactness::Exact(_) | Exactness::NotAsked => None,
                };
                self.check_loss(location, picture, keeping)?;
                (bytes, times, exactness)
            }
            Held::Pixels(obstacle) => {
                let (bytes, exactness) = weighing.add_reason(bytes, picture, obstacle)?;
                (bytes, times, exactness)
            }
            Held::NotAsked | Held::Jpeg(_) => (bytes, times, Exactness::NotAsked),
        })
    }

    /// The chunk with the part of the input's name that does not follow from the name of the .pxc file.
    fn name_chunk(
        &self,
        location: &Location,
        target: &Location,
        format: Option<NamedFormat>,
    ) -> Option<MetadataChunk> {
        let suffix = &self.arguments.output.suffix;
        kept_extension::chunk(location, target, suffix, format?)
    }

    /// Reports whether the file comes back byte for byte: always with -v; otherwise only if it does not, and it is the
    /// only input or `--exact-file=always` is given.
    fn report_exactness(&self, location: &Location, exactness: &Exactness) {
        let MessageArguments { quiet, verbose, .. } = self.arguments.messages;
        // For a JPEG file, another note reports that the file is not kept.
        let is_missed =
            matches!(exactness, Exactness::Pixels(obstacle) if !is_jpeg_pixels(&obstacle.reason));
        let choice = self.arguments.exact_file;
        if verbose {
            say(format_args!("{location}: {exactness}"));
        } else if is_missed && !quiet && (self.is_single || choice == ExactFileChoice::Always) {
            say(format_args!("{location}: note: {exactness}"));
        }
    }

    /// The options that may keep a file of which these options keep pixels and metadata.
    fn keeping<'a>(&self, picture: &Picture, held: &'a Held) -> Option<&'a str> {
        let is_described = !matches!(
            picture.source,
            InputFormat::Jpeg | InputFormat::WebP | InputFormat::Gif
        );
        match held {
            Held::Pixels(obstacle) => obstacle.options.as_deref(),
            Held::NotAsked if is_described && self.arguments.strip.is_none() => {
                Some("--exact-file=always")
            }
            Held::NotAsked | Held::File(_) | Held::Jpeg(_) => None,
        }
    }

    /// Reports what the .pxc file drops, if only pixels and metadata are kept.
    fn check_loss_of(
        &self,
        location: &Location,
        picture: &Picture,
        held: Option<&Held>,
    ) -> Result<(), Error> {
        match held {
            Some(held @ (Held::Pixels(_) | Held::NotAsked)) => {
                self.check_loss(location, picture, self.keeping(picture, held))
            }
            Some(Held::File(_) | Held::Jpeg(_)) | None => Ok(()),
        }
    }

    /// Reports what the .pxc file drops.
    fn check_loss(
        &self,
        location: &Location,
        picture: &Picture,
        keeping: Option<&str>,
    ) -> Result<(), Error> {
        let losses = Losses {
            input: location,
            noted: location,
            keeper: "the .pxc file",
            names: &picture.dropped,
            are_images: picture.drops_images,
            keeping,
        };
        losses.check(&self.arguments.output, self.arguments.messages.quiet)
    }
}
