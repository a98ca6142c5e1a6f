//! `pxc test`: decodes and verifies every digest, writes nothing.

use std::time::Instant;

use pxc_runtime::Header;
use serde_json::json;

use crate::arguments::{BatchArguments, TestArguments};
use crate::batch::{Batch, Outcome};
use crate::coding::Coding;
use crate::console::{Sizes, Speed, print, say};
use crate::error::{Error, ExitCode, Place};
use crate::exact_file;
use crate::files::{self, Direction};
use crate::inputs::{Job, Jobs};
use crate::progress::FileMeter;

/// Tests every input.
pub(crate) fn run(arguments: &TestArguments) -> Result<ExitCode, Error> {
    let found = Jobs::coded(&arguments.inputs)?;
    let batch = Batch::new(
        found.jobs.len(),
        arguments.coding.threads(),
        BatchArguments {
            jobs: arguments.jobs,
            keep_going: true,
        },
        Direction::Decompress,
        arguments.messages,
    );
    let coding = Coding::new(&arguments.coding, batch.threads)?;
    Ok(batch.run(&found, |job, meter| {
        let result = test(job, arguments, &coding, meter);
        if let (Err(error), true) = (&result, arguments.json) {
            let line =
                json!({"file": job.input.to_string(), "sound": false, "error": error.to_string()});
            print(format!("{line}\n"))?;
        }
        result
    }))
}

fn test(
    job: &Job,
    arguments: &TestArguments,
    coding: &Coding,
    meter: &FileMeter<'_>,
) -> Result<Outcome, Error> {
    let (begin, place) = (Instant::now(), &job.input);
    let bytes = files::read(place)?;
    let decoded = coding.decompress(place, &bytes, meter)?;
    if let Some(description) = exact_file::find(&decoded.header.metadata) {
        coding.rebuild(place, description, &decoded.image, &decoded.header.metadata)?;
    }
    let samples = decoded.image.samples().len();
    if arguments.json {
        print(line(
            place,
            &decoded.header,
            bytes.len(),
            begin.elapsed().as_secs_f64(),
        ))?;
    } else if !arguments.messages.quiet {
        say(format_args!("{place}: sound"));
    }
    if arguments.messages.verbose {
        say(Sizes::new(&decoded.image, bytes.len()));
        say(Speed {
            samples,
            elapsed: begin.elapsed(),
            times: decoded.stats.times,
        });
    }
    Ok(Outcome {
        bytes_in: bytes.len() as u64,
        bytes_out: samples as u64,
    })
}

fn line(place: &Place, header: &Header, bytes: usize, seconds: f64) -> String {
    let object = json!({
        "file": place.to_string(),
        "sound": true,
        "width": header.width,
        "height": header.height,
        "file_bytes": bytes,
        "seconds": seconds,
    });
    format!("{object}\n")
}
