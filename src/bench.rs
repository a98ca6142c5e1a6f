//! `pxc bench`: images → sizes and times of pxc and of the other compressors that are at hand.

use std::fs;
use std::io;
use std::path::Path;
use std::time::Instant;

use pxc_runtime::Image;
use serde_json::{Value, json};
use tempfile::tempdir;

use crate::arguments::{BenchArguments, MessageArguments};
use crate::bench_tools::{Measured, TOOLS, Tool};
use crate::coding::Coding;
use crate::console::{print, say};
use crate::error::{Error, ExitCode, Place};
use crate::formats::Source;
use crate::inputs::{Job, Jobs};
use crate::picture::Picture;
use crate::png_writer::write_png;
use crate::progress::BatchMeter;
use crate::report;

/// Compares every input.
pub(crate) fn run(arguments: &BenchArguments) -> Result<ExitCode, Error> {
    let found = Jobs::pictures(&arguments.inputs, arguments.allow_lossy_source)?;
    let tools: Vec<&Tool> = TOOLS.iter().filter(|tool| tool.is_present()).collect();
    for tool in TOOLS.iter().filter(|tool| !tool.is_present()) {
        say(format_args!(
            "note: {} is not on the PATH: no {}",
            tool.command(),
            tool.name
        ));
    }
    let bench = Bench {
        coding: Coding::new(&arguments.coding, arguments.coding.threads())?,
        arguments,
        tools,
    };
    let (mut total, mut exit_code) = (Total::default(), ExitCode::Done);
    for job in &found.jobs {
        match bench.compare(job) {
            Ok(compared) => {
                print(compared.text(arguments.json))?;
                total.add(&compared);
            }
            Err(error) => exit_code = exit_code.max(report(&error)),
        }
    }
    if total.files > 1 {
        print(total.compared.text(arguments.json))?;
    }
    Ok(exit_code)
}

struct Bench<'a> {
    arguments: &'a BenchArguments,
    coding: Coding,
    tools: Vec<&'a Tool>,
}

/// The results for one image, or for all of them.
#[derive(Clone, Debug, Default)]
struct Compared {
    title: String,
    samples: u64,
    results: Vec<(&'static str, Measured)>,
}

impl Bench<'_> {
    fn compare(&self, job: &Job) -> Result<Compared, Error> {
        let place = &job.input;
        let (picture, bytes) =
            job.picture(self.arguments.allow_lossy_source, self.coding.limits())?;
        let image = &picture.image;
        let mut results = vec![("pxc", self.own(job, &picture)?)];
        let failed = |source| Error::Write {
            place: Place::File(std::env::temp_dir()),
            source,
        };
        let folder = tempdir().map_err(failed)?;
        let png = folder.path().join("image.png");
        write(&png, &picture, &bytes).map_err(failed)?;
        for tool in self.tools.iter().filter(|tool| tool.suits(image)) {
            match tool.measure(&png, folder.path()) {
                Ok(measured) => results.push((tool.name, measured)),
                Err(problem) => say(format_args!("{place}: note: {problem}")),
            }
        }
        Ok(Compared {
            title: format!(
                "{place}: {}×{}, {}, {} bytes",
                image.width(),
                image.height(),
                image.format(),
                bytes.len()
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
        let (bytes, _) =
            self.coding
                .compress(&job.input, picture, self.arguments.effort.into(), &meter)?;
        let compress_seconds = begin.elapsed().as_secs_f64();
        meter.next_pass();
        let begin = Instant::now();
        let decoded = self.coding.decompress(&job.input, &bytes, &meter)?;
        let decompress_seconds = begin.elapsed().as_secs_f64();
        if decoded.image != picture.image {
            return Err(Error::Verification {
                place: job.input.clone(),
            });
        }
        Ok(Measured {
            bytes: bytes.len() as u64,
            compress_seconds,
            decompress_seconds: Some(decompress_seconds),
        })
    }
}

/// The PNG file that the other compressors get: the input if it is one.
fn write(path: &Path, picture: &Picture, bytes: &[u8]) -> io::Result<()> {
    if picture.source == Source::Png {
        return fs::write(path, bytes);
    }
    let mut png = Vec::new();
    write_png(&picture.image, &picture.metadata, &mut png).map_err(io::Error::other)?;
    fs::write(path, png)
}

fn samples(image: &Image) -> u64 {
    image.pixels() * image.color().channels() as u64
}

/// Sums over the files that a compressor could handle.
#[derive(Default)]
struct Total {
    files: usize,
    compared: Compared,
}

impl Total {
    /// Only compressors that handled every file stay in the total.
    fn add(&mut self, compared: &Compared) {
        let total = &mut self.compared;
        if self.files == 0 {
            total.results = compared.results.clone();
        } else {
            total.results.retain_mut(|(name, sum)| {
                let found = compared.results.iter().find(|(other, _)| other == name);
                if let Some((_, measured)) = found {
                    sum.bytes += measured.bytes;
                    sum.compress_seconds += measured.compress_seconds;
                    let (a, b) = (sum.decompress_seconds, measured.decompress_seconds);
                    sum.decompress_seconds = a.zip(b).map(|(a, b)| a + b);
                }
                found.is_some()
            });
        }
        self.files += 1;
        total.samples += compared.samples;
        total.title = format!("total of {} files", self.files);
    }
}

impl Compared {
    fn text(&self, as_json: bool) -> String {
        if as_json {
            return format!("{}\n", self.object());
        }
        let row = |name: &str, [a, b, c, d]: [String; 4]| {
            format!("  {name:<20} {a:>11} {b:>14} {c:>10} {d:>12}\n")
        };
        let heading = ["BYTES", "BITS/SUB-PIXEL", "COMPRESS S", "DECOMPRESS S"];
        let mut text = format!("{}\n", self.title) + &row("", heading.map(str::to_owned));
        for (name, measured) in &self.results {
            let decompress = measured.decompress_seconds;
            text += &row(
                name,
                [
                    measured.bytes.to_string(),
                    format!("{:.3}", self.bits(measured)),
                    format!("{:.3}", measured.compress_seconds),
                    decompress.map_or("–".into(), |seconds| format!("{seconds:.3}")),
                ],
            );
        }
        text
    }

    fn object(&self) -> Value {
        let results = self.results.iter().map(|(name, measured)| {
            json!({
                "name": name,
                "bytes": measured.bytes,
                "bits_per_sample": self.bits(measured),
                "compress_seconds": measured.compress_seconds,
                "decompress_seconds": measured.decompress_seconds,
            })
        });
        json!({
            "image": self.title,
            "samples": self.samples,
            "results": results.collect::<Vec<_>>(),
        })
    }

    fn bits(&self, measured: &Measured) -> f64 {
        measured.bytes as f64 * 8.0 / self.samples.max(1) as f64
    }
}
