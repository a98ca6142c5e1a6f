//! `pxc decompress`: .pxc → PNG.

use std::fmt::{self, Display};
use std::path::PathBuf;
use std::time::Instant;

use pxc_runtime::{Chunk, DamagedGroup, Image};

use crate::arguments::DecompressArguments;
use crate::coding::Coding;
use crate::error::{Error, ExitCode, Place};
use crate::files::{self, Direction};
use crate::messages::{Meter, Sizes, Speed, say};
use crate::png_writer::write_png;
use crate::{atomic_output, each_input};

/// Decompresses every input.
pub(crate) fn run(arguments: &DecompressArguments) -> Result<ExitCode, Error> {
    files::check_usage(&arguments.inputs, &arguments.output)?;
    let coding = Coding::new(&arguments.coding)?;
    Ok(each_input(&arguments.inputs, |input| {
        decompress(input, arguments, &coding)
    }))
}

fn decompress(
    input: &PathBuf,
    arguments: &DecompressArguments,
    coding: &Coding,
) -> Result<(), Error> {
    let begin = Instant::now();
    let place = Place::new(input);
    let target = files::target(
        &place,
        arguments.output.output.as_deref(),
        Direction::Decompress,
    )?;
    atomic_output::check_target(&target, &arguments.output)?;
    let bytes = files::read(&place)?;

    let meter = Meter::new(&place, arguments.messages);
    if arguments.partial {
        return decompress_partial(&place, &target, &bytes, arguments, coding, &meter);
    }
    let decoded = coding.decompress(&place, &bytes, &meter)?;
    drop(meter);

    write(&target, &decoded.image, &decoded.header.chunks, arguments)?;
    if arguments.output.remove {
        files::remove(&place)?;
    }
    if arguments.messages.verbose {
        say(format_args!(
            "{place} → {target}: {}",
            Sizes::new(&decoded.image, bytes.len())
        ));
        say(Speed {
            samples: decoded.image.samples().len(),
            elapsed: begin.elapsed(),
            times: decoded.stats.times,
        });
    }
    Ok(())
}

/// Writes what is sound. Damage is reported group by group; a damaged input is never removed.
fn decompress_partial(
    place: &Place,
    target: &Place,
    bytes: &[u8],
    arguments: &DecompressArguments,
    coding: &Coding,
    meter: &Meter,
) -> Result<(), Error> {
    let partial = coding.decompress_partial(place, bytes, meter)?;
    for group in &partial.damaged {
        say(format_args!(
            "{place}: {}; missing: {}",
            group.reason,
            MissingTiles(group)
        ));
    }
    for warning in &partial.warnings {
        say(format_args!("{place}: {warning}"));
    }
    write(target, &partial.image, &partial.header.chunks, arguments)?;
    if partial.damaged.is_empty() && partial.warnings.is_empty() {
        return Ok(());
    }
    Err(Error::Partial {
        place: place.clone(),
        damaged: partial.damaged.len(),
        groups: partial.header.groups.len(),
    })
}

/// The pixels of damaged tiles, as `columns 0–767, rows 256–511`.
struct MissingTiles<'a>(&'a DamagedGroup);

impl Display for MissingTiles<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, rect) in self.0.tiles.iter().enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            let (right, bottom) = (rect.x + rect.width - 1, rect.y + rect.height - 1);
            write!(
                f,
                "{separator}columns {}–{right}, rows {}–{bottom}",
                rect.x, rect.y
            )?;
        }
        Ok(())
    }
}

fn write(
    target: &Place,
    image: &Image,
    metadata: &[Chunk],
    arguments: &DecompressArguments,
) -> Result<(), Error> {
    let mut png = Vec::new();
    write_png(image, metadata, &mut png).map_err(|source| Error::PngWrite {
        place: target.clone(),
        source,
    })?;
    atomic_output::write(target, &png, &arguments.output)
}
