//! `pxc decompress` and `pxc thumbnail`: .pxc files → images.

use std::time::Instant;

use pxc_runtime::{DecodeStats, Image, MetadataChunk};

use crate::arguments::{
    BatchArguments, CodingArguments, DecompressArguments, InputArguments, MessageArguments,
    OutputArguments, ThumbnailArguments,
};
use crate::atomic_output;
use crate::batch::{Batch, Outcome};
use crate::coding::Coding;
use crate::console::{Sizes, Speed, say};
use crate::damage::report_damage;
use crate::error::{Error, ExitCode, Place};
use crate::exact_file;
use crate::files::{self, Direction, Naming};
use crate::formats::Format;
use crate::inputs::{Job, Jobs};
use crate::picture_writer::{Written, write_picture};
use crate::progress::FileMeter;
use crate::region::Region;

/// Decompresses every input.
pub(crate) fn run(arguments: &DecompressArguments) -> Result<ExitCode, Error> {
    let part = match (arguments.partial, arguments.region) {
        (true, _) => Part::Sound,
        (false, Some(region)) => Part::Region(region),
        (false, None) => Part::Whole,
    };
    decode_all(&Plan {
        inputs: &arguments.inputs,
        output: &arguments.output,
        format: arguments.format,
        part,
        batch: arguments.batch,
        coding: &arguments.coding,
        messages: arguments.messages,
    })
}

/// Decodes the coarse image of every input; each must have been compressed with a model of two scales.
pub(crate) fn run_thumbnail(arguments: &ThumbnailArguments) -> Result<ExitCode, Error> {
    let output = OutputArguments {
        output: Some(arguments.output.clone()),
        out_dir: None,
        suffix: ".pxc".into(),
        force: arguments.force,
        remove: false,
    };
    decode_all(&Plan {
        inputs: &arguments.inputs,
        output: &output,
        format: arguments.format,
        part: Part::Thumbnail,
        batch: arguments.batch,
        coding: &arguments.coding,
        messages: arguments.messages,
    })
}

/// What is decoded of each input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// All of it.
    Whole,
    /// What is not damaged; the rest is zero.
    Sound,
    /// A rectangle.
    Region(Region),
    /// The first pixel of each block of a model of two scales.
    Thumbnail,
}

struct Plan<'a> {
    inputs: &'a InputArguments,
    output: &'a OutputArguments,
    format: Option<Format>,
    part: Part,
    batch: BatchArguments,
    coding: &'a CodingArguments,
    messages: MessageArguments,
}

fn decode_all(plan: &Plan<'_>) -> Result<ExitCode, Error> {
    let found = Jobs::coded(plan.inputs)?;
    let direction = Direction::Decompress;
    let naming = Naming::new(&found.jobs, plan.output, direction, plan.format)?;
    let batch = Batch::new(
        found.jobs.len(),
        plan.coding.threads(),
        plan.batch,
        direction,
        plan.messages,
    );
    let coding = Coding::new(plan.coding, batch.threads)?;
    let decompressor = Decompressor {
        plan,
        naming,
        coding,
    };
    Ok(batch.run(&found, |job, meter| decompressor.decompress(job, meter)))
}

struct Decompressor<'a> {
    plan: &'a Plan<'a>,
    naming: Naming<'a>,
    coding: Coding,
}

/// What goes to the output, and the damage that `--partial` let pass.
struct Decoded {
    image: Image,
    metadata: Vec<MetadataChunk>,
    stats: DecodeStats,
    damage: Option<Error>,
}

impl Decompressor<'_> {
    fn decompress(&self, job: &Job, meter: &FileMeter<'_>) -> Result<Outcome, Error> {
        let (begin, place, plan) = (Instant::now(), &job.input, self.plan);
        let target = self.naming.target(job)?;
        atomic_output::check_target(&target, plan.output)?;
        let bytes = files::read(place)?;
        let bytes_in = bytes.len();

        let decoded = self.decode(place, &bytes, meter)?;
        drop(bytes);
        let sizes = Sizes::new(&decoded.image, bytes_in);
        let speed = |elapsed| Speed {
            samples: sizes.samples(),
            elapsed,
            times: decoded.stats.times,
        };
        let written = self.file(place, &target, decoded.image, &decoded.metadata)?;
        self.check_loss(place, &target, &written)?;
        atomic_output::write(&target, &written.bytes, plan.output)?;
        if plan.messages.verbose {
            say(format_args!("{place} → {target}: {sizes}"));
            say(speed(begin.elapsed()));
        }
        if let Some(damage) = decoded.damage {
            return Err(damage);
        }
        if plan.output.remove {
            files::remove(place)?;
        }
        Ok(Outcome {
            bytes_in: bytes_in as u64,
            bytes_out: written.bytes.len() as u64,
        })
    }

    fn decode(&self, place: &Place, bytes: &[u8], meter: &FileMeter<'_>) -> Result<Decoded, Error> {
        let decoded = match self.plan.part {
            Part::Whole => self.coding.decompress(place, bytes, meter)?,
            Part::Region(region) => self.coding.decompress_region(place, bytes, region, meter)?,
            Part::Thumbnail => self.coding.thumbnail(place, bytes, meter)?,
            Part::Sound => {
                let partial = self.coding.decompress_partial(place, bytes, meter)?;
                return Ok(Decoded {
                    damage: report_damage(place, &partial),
                    image: partial.image,
                    metadata: partial.header.metadata,
                    stats: partial.stats,
                });
            }
        };
        Ok(Decoded {
            image: decoded.image,
            metadata: decoded.header.metadata,
            stats: decoded.stats,
            damage: None,
        })
    }

    /// The bytes of the output: those of the PNG file that was compressed, if the .pxc file describes them and PNG is wanted.
    fn file(
        &self,
        place: &Place,
        target: &Place,
        image: Image,
        chunks: &[MetadataChunk],
    ) -> Result<Written, Error> {
        let format = self.naming.format(target);
        if format == Format::Png
            && self.plan.part == Part::Whole
            && let Some(description) = exact_file::find(chunks)
        {
            let bytes = self.coding.rebuild(place, description, &image, chunks)?;
            return Ok(Written {
                bytes,
                left_out: Vec::new(),
            });
        }
        write_picture(image, chunks, format).map_err(|source| Error::Target {
            place: target.clone(),
            source,
        })
    }

    /// Says what the output does not have; refuses to remove the only copy of it.
    fn check_loss(&self, place: &Place, target: &Place, written: &Written) -> Result<(), Error> {
        if written.left_out.is_empty() {
            return Ok(());
        }
        let chunks = written.left_out.join(", ");
        let output = self.plan.output;
        if output.remove && !output.force {
            return Err(Error::MetadataLoss {
                place: place.clone(),
                chunks,
                keeper: "the output's format",
            });
        }
        if !self.plan.messages.quiet {
            say(format_args!(
                "{target}: note: the format does not keep {chunks}"
            ));
        }
        Ok(())
    }
}
