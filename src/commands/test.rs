//! `pxc test`: decodes .pxc files and verifies their digests, but writes nothing.

use std::time::Instant;

use pxc_picture::{Picture, exact};
use serde_json::json;

use crate::arguments::batch::BatchArguments;
use crate::arguments::inspect::TestArguments;
use crate::coding::batch::Batch;
use crate::coding::engine::Coding;
use crate::coding::jpeg;
use crate::coding::tally::Outcome;
use crate::error::Error;
use crate::exit_code::ExitCode;
use crate::files::inputs::{Job, Jobs};
use crate::files::location::Location;
use crate::files::naming::Direction;
use crate::files::reading;
use crate::terminal::console::{print, say};
use crate::terminal::figures::{Sizes, Speed};
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
    batch.run(&found, |job, meter| {
        let result = test(job, arguments, &coding, meter);
        if let (Err(error), true) = (&result, arguments.json) {
            let line =
                json!({"file": job.input.to_string(), "sound": false, "error": error.to_string()});
            print(format!("{line}\n"))?;
        }
        result
    })
}

fn test(
    job: &Job,
    arguments: &TestArguments,
    coding: &Coding,
    meter: &FileMeter<'_>,
) -> Result<Outcome, Error> {
    let (begin, location) = (Instant::now(), &job.input);
    let bytes = reading::read(location, coding.limits())?;
    if let Some(file) = jpeg::restore(location, &bytes, coding.limits())? {
        let picture = jpeg::picture(location, &file, coding.limits())?;
        return report_jpeg(location, arguments, &picture, (&bytes, begin));
    }
    let decoded = coding.decompress(location, &bytes, meter)?;
    if let Some(description) = exact::find(&decoded.header.metadata) {
        coding.rebuild(
            location,
            description,
            &decoded.image,
            &decoded.header.metadata,
        )?;
    }
    let samples = decoded.image.samples().len();
    if arguments.json {
        let size = (decoded.header.width, decoded.header.height);
        let seconds = begin.elapsed().as_secs_f64();
        print(line(location, size, bytes.len(), seconds))?;
    } else if !arguments.messages.quiet {
        say(format_args!("{location}: sound"));
    }
    if arguments.messages.verbose {
        say(Sizes::new(&decoded.image, bytes.len()));
        say(Speed {
            samples,
            elapsed: begin.elapsed(),
            times: decoded.stats.times,
        });
    }
    Ok(Outcome::Done {
        output: None,
        bytes_in: bytes.len() as u64,
        bytes_out: samples as u64,
    })
}

/// Reports a sound file that holds a JPEG file.
fn report_jpeg(
    location: &Location,
    arguments: &TestArguments,
    picture: &Picture,
    (bytes, begin): (&[u8], Instant),
) -> Result<Outcome, Error> {
    let image = &picture.image;
    if arguments.json {
        let (size, seconds) = (
            (image.width(), image.height()),
            begin.elapsed().as_secs_f64(),
        );
        print(line(location, size, bytes.len(), seconds))?;
    } else if !arguments.messages.quiet {
        say(format_args!("{location}: sound"));
    }
    if arguments.messages.verbose {
        say(Sizes::new(image, bytes.len()));
    }
    Ok(Outcome::Done {
        output: None,
        bytes_in: bytes.len() as u64,
        bytes_out: image.samples().len() as u64,
    })
}

fn line(location: &Location, size: (u32, u32), bytes: usize, seconds: f64) -> String {
    let object = json!({
        "file": location.to_string(),
        "sound": true,
        "width": size.0,
        "height": size.1,
        "file_bytes": bytes,
        "seconds": seconds,
    });
    format!("{object}\n")
}
