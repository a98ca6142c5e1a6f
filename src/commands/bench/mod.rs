//! `pxc bench`: images → sizes and times of pxc and of the other compressors on the PATH.

mod tools;
mod comparison;

use std::fs;
use std::io;
use std::path::Path;
use std::time::Instant;

use pxc_picture::{InputFormat, OutputFormat, Picture, write_picture};
use pxc_runtime::{Image, full_message};
use tempfile::tempdir;

use crate::arguments::batch::MessageArguments;
use crate::arguments::inspect::BenchArguments;
use crate::coding::engine::Coding;
use crate::commands::bench::comparison::{Comparison, Total};
use crate::commands::bench::tools::{Measured, TOOLS, Tool};
use crate::error::Error;
use crate::exit_code::ExitCode;
use crate::files::inputs::{Job, Jobs};
use crate::files::location::Location;
use crate::files::reading;
use crate::terminal::console::{print, report_failure, say};
use crate::terminal::progress::BatchMeter;

/// Compares every input.
pub(crate) fn run(arguments: &BenchArguments) -> Result<ExitCode, Error> {
    let found = Jobs::pictures(&arguments.inputs, arguments.allow_lossy_source, false)?;
    let tools: Vec<&Tool> = TOOLS.iter().filter(|tool| tool.is_present()).collect();
    for tool in TOOLS.iter().filter(|tool| !tool.is_present()) {
        say(format_args!(
            "note: {} is not on the PATH: no comparison with {}",
            tool.command(),
            tool.name
        ));
    }
    let bench = Bench {
        coding: Coding::new(&arguments.coding, arguments.coding.threads())?,
        arguments,
        tools,
    };
    let (mut total, mut exit_code) = (Total::default(), found.report_unprocessed(arguments.json));
    for job in &found.jobs {
        match bench.compare(job) {
            Ok(comparison) => {
                print(comparison.text(arguments.json))?;
                total.add(&comparison);
            }
            Err(error) => {
                let failed = report_failure(&job.input, &error, arguments.json);
                exit_code = exit_code.max(failed);
            }
        }
    }
    if total.files > 1 {
        print(total.comparison.text(arguments.json))?;
    }
    Ok(exit_code)
}

struct Bench<'a> {
    arguments: &'a BenchArguments,
    coding: Coding,
    tools: Vec<&'a Tool>,
}

impl Bench<'_> {
    fn compare(&self, job: &Job) -> Result<Comparison, Error> {
        let location = &job.input;
        let (picture, input) = reading::read_image(
            location,
            self.arguments.allow_lossy_source,
            self.coding.limits(),
        )?;
        let image = &picture.image;
        let mut results = vec![("pxc", self.own(job, &picture)?)];
        let failed = |source| Error::Write {
            location: Location::File(std::env::temp_dir()),
            source,
        };
        let folder = tempdir().map_err(failed)?;
        let png = folder.path().join("image.png");
        write(&png, &picture, &input.bytes).map_err(failed)?;
        for tool in self.tools.iter().filter(|tool| tool.suits(image)) {
            match tool.measure(&png, folder.path()) {
                Ok(measured) => results.push((tool.name, measured)),
                Err(error) => say(format_args!("{location}: note: {}", full_message(&error))),
            }
        }
        Ok(Comparison {
            location: Some(location.clone()),
            title: format!(
                "{location}: {}×{}, {}, {} bytes",
                image.width(),
                image.height(),
                image.format(),
                input.bytes.len()
            ),
            samples: samples(image),
            results,
        })
    }

    /// Compresses and decompresses in memory.
    fn own(&self, job: &Job, picture: &Picture) -> Result<Measured, Error> {
        let meter = BatchMeter::new(std::slice::from_ref(job), MessageArguments::default());
        let meter = meter.file(job);
        meter.expect_passes(2);
        let begin = Instant::now();
        let (bytes, _) = self.coding.compress(
            &job.input,
            picture,
            self.arguments.effort.0.into(),
            false,
            &meter,
        )?;
        let compress_seconds = begin.elapsed().as_secs_f64();
        meter.next_pass();
        let begin = Instant::now();
        let decoded = self.coding.decompress(&job.input, &bytes, &meter)?;
        let decompress_seconds = begin.elapsed().as_secs_f64();
        if decoded.image != picture.image {
            return Err(Error::Verification {
                location: job.input.clone(),
            });
        }
        Ok(Measured {
            bytes: bytes.len() as u64,
            compress_seconds,
            decompress_seconds: Some(decompress_seconds),
        })
    }
}

/// The PNG file for the other compressors: the input itself, if it is PNG.
fn write(path: &Path, picture: &Picture, bytes: &[u8]) -> io::Result<()> {
    if picture.source == InputFormat::Png {
        return fs::write(path, bytes);
    }
    let (image, metadata) = (picture.image.clone(), &picture.metadata);
    let png = write_picture(image, metadata, OutputFormat::Png).map_err(io::Error::other)?;
    fs::write(path, png.bytes)
}

fn samples(image: &Image) -> u64 {
    image.pixels() * image.color().channels() as u64
}
