//! `pxc decompress`: .pxc → PNG.

use std::fmt::{self, Display};
use std::time::Instant;

use pxc_runtime::{Chunk, DamagedGroup, Image, Partial, Times};

use crate::arguments::DecompressArguments;
use crate::coding::Coding;
use crate::console::{Meter, Sizes, Speed, say};
use crate::error::{Error, ExitCode, Place};
use crate::files::{self, Direction};
use crate::png_writer::write_png;
use crate::{atomic_output, each_input};

/// Decompresses every input.
pub(crate) fn run(arguments: &DecompressArguments) -> Result<ExitCode, Error> {
    files::check_usage(&arguments.inputs, &arguments.output)?;
    let coding = Coding::new(&arguments.coding)?;
    Ok(each_input(&arguments.inputs, |place| {
        decompress(place, arguments, &coding)
    }))
}

fn decompress(
    place: &Place,
    arguments: &DecompressArguments,
    coding: &Coding,
) -> Result<(), Error> {
    let begin = Instant::now();
    let target = files::target(
        place,
        arguments.output.output.as_deref(),
        Direction::Decompress,
    )?;
    atomic_output::check_target(&target, &arguments.output)?;
    let bytes = files::read(place)?;

    let decoded = decode(place, &bytes, arguments, coding)?;
    write(&target, &decoded, arguments)?;
    if arguments.messages.verbose {
        say(format_args!(
            "{place} → {target}: {}",
            Sizes::new(&decoded.image, bytes.len())
        ));
        say(Speed {
            samples: decoded.image.samples().len(),
            elapsed: begin.elapsed(),
            times: decoded.times,
        });
    }
    match decoded.damage {
        Some(damage) => Err(damage),
        None if arguments.output.remove => files::remove(place),
        None => Ok(()),
    }
}

/// What goes to the output, and the damage that `--partial` let pass.
struct Picture {
    image: Image,
    metadata: Vec<Chunk>,
    times: Times,
    damage: Option<Error>,
}

fn decode(
    place: &Place,
    bytes: &[u8],
    arguments: &DecompressArguments,
    coding: &Coding,
) -> Result<Picture, Error> {
    let meter = Meter::new(place, arguments.messages);
    if arguments.partial {
        let partial = coding.decompress_partial(place, bytes, &meter)?;
        drop(meter);
        return Ok(Picture {
            damage: damage(place, &partial),
            image: partial.image,
            metadata: partial.header.chunks,
            times: partial.stats.times,
        });
    }
    let decoded = coding.decompress(place, bytes, &meter)?;
    Ok(Picture {
        image: decoded.image,
        metadata: decoded.header.chunks,
        times: decoded.stats.times,
        damage: None,
    })
}

/// Says what is missing, group by group.
fn damage(place: &Place, partial: &Partial) -> Option<Error> {
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
    let is_sound = partial.damaged.is_empty() && partial.warnings.is_empty();
    (!is_sound).then(|| Error::Partial {
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

fn write(target: &Place, picture: &Picture, arguments: &DecompressArguments) -> Result<(), Error> {
    let mut png = Vec::new();
    write_png(&picture.image, &picture.metadata, &mut png).map_err(|source| Error::PngWrite {
        place: target.clone(),
        source,
    })?;
    atomic_output::write(target, &png, &arguments.output)
}
