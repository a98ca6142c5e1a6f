//! `pxc test`: decodes .pxc files and verifies their digests, but writes nothing.

use std::time::Instant;

use pxc_picture::exact;
use pxc_runtime::Times;
use serde_json::json;

use crate::arguments::batch::BatchArguments;
use crate::arguments::inspect::TestArguments;
use crate::coding::batch::Batch;
use crate::coding::engine::Coding;
use crate::coding::outcome::{Done, Outcome};
use crate::commands::info::header_of;
use crate::error::Error;
use crate::exit_code::ExitCode;
use crate::files::inputs::{Job, Jobs};
use crate::files::location::Location;
use crate::files::naming::Direction;
use crate::files::reading;
use crate::terminal::console::{print, print_failure, say};
use crate::terminal::figures::{Samples, Sizes, Speed};
use crate::terminal::progress::FileMeter;

/// Tests every input.
pub(crate) fn run(arguments: &TestArguments) -> Result<ExitCode, Error> {
    let found = Jobs::coded(&arguments.inputs)?;
    let batch = Batch::new(
        found.jobs.len(),
        arguments.coding.threads(),
        BatchArguments {
            jobs: arguments.jobs,
            keep_going: true,
            json: false,
        },
        Direction::Decompress,
        arguments.messages,
    );
    let coding = Coding::new(&arguments.coding, batch.threads)?;
    let printed = found.print_unprocessed(arguments.json);
    let tested = batch.run(&found, |job, meter| {
        let result = test(job, arguments, &coding, meter);
        if let Err(error) = &result {
            print_failure(&job.input, error, arguments.json);
        }
        result
    })?;
    Ok(tested.max(printed))
}

fn test(
    job: &Job,
    arguments: &TestArguments,
    coding: &Coding,
    meter: &FileMeter<'_>,
) -> Result<Outcome, Error> {
    let (begin, location) = (Instant::now(), &job.input);
    let bytes = reading::read_coded(location, coding.limits())?.bytes;
    let tested = decode(location, &bytes, coding, meter)?;
    if arguments.json {
        let seconds = begin.elapsed().as_secs_f64();
        print(line(location, &tested, bytes.len(), seconds))?;
    } else if !arguments.messages.quiet {
        say(format_args!("{location}: intact"));
    }
    let samples = tested.samples;
    if arguments.messages.verbose {
        say(Sizes {
            samples,
            file: bytes.len(),
        });
        if let Some(times) = tested.times {
            say(Speed {
                samples,
                elapsed: begin.elapsed(),
                times,
            });
        }
    }
    Ok(Outcome::Done(Done {
        output: None,
        bytes_in: bytes.len() as u64,
        bytes_out: samples.bytes,
        exactness: None,
        lost: Vec::new(),
        removed: false,
    }))
}

/// What an intact file has.
struct Tested {
    width: u32,
    height: u32,
    samples: Samples,
    /// Where the time went, unless the file holds a JPEG file.
    times: Option<Times>,
}

/// Decodes a file and compares its digests. Of a JPEG file, the bytes count: not every one has pixels that decode.
fn decode(
    location: &Location,
    bytes: &[u8],
    coding: &Coding,
    meter: &FileMeter<'_>,
) -> Result<Tested, Error> {
    if coding.original_jpeg(location, bytes, meter)?.is_some() {
        let header = header_of(location, bytes, coding.limits())?;
        let pixels = u64::from(header.width) * u64::from(header.height);
        return Ok(Tested {
            width: header.width,
            height: header.height,
            samples: Samples::eight_bit(pixels * header.color.channels() as u64),
            times: None,
        });
    }
    let decoded = coding.decompress(location, bytes, meter)?;
    coding.preview(location, bytes, meter)?;
    let (mut image, metadata) = (decoded.image, decoded.header.metadata);
    if exact::find(&metadata).is_some() {
        (_, image) = coding.rebuild(location, image, metadata, meter)?;
    }
    Ok(Tested {
        width: image.width(),
        height: image.height(),
        samples: Samples::of(&image),
        times: Some(decoded.stats.times),
    })
}

fn line(location: &Location, tested: &Tested, bytes: usize, seconds: f64) -> String {
    let mut object = json!({
        "status": "done",
        "width": tested.width,
        "height": tested.height,
        "file_bytes": bytes,
        "seconds": seconds,
    });
    location.name_in(&mut object, "file");
    format!("{object}\n")
}
