//! `pxc compress`: PNG → .pxc.

use std::time::Instant;

use crate::arguments::CompressArguments;
use crate::coding::Coding;
use crate::console::{Meter, Sizes, Speed, say};
use crate::error::{Error, ExitCode, Place};
use crate::files::{self, Direction};
use crate::png_reader::{PngImage, read_png};
use crate::{atomic_output, each_input};

/// Compresses every input.
pub(crate) fn run(arguments: &CompressArguments) -> Result<ExitCode, Error> {
    files::check_usage(&arguments.inputs, &arguments.output)?;
    let coding = Coding::new(&arguments.coding)?;
    Ok(each_input(&arguments.inputs, |place| {
        compress(place, arguments, &coding)
    }))
}

fn compress(place: &Place, arguments: &CompressArguments, coding: &Coding) -> Result<(), Error> {
    let begin = Instant::now();
    let target = files::target(
        place,
        arguments.output.output.as_deref(),
        Direction::Compress,
    )?;
    atomic_output::check_target(&target, &arguments.output)?;
    let png = read(place)?;
    check_metadata(place, &png, arguments)?;

    let meter = Meter::new(place, arguments.messages);
    let (bytes, stats) = coding.compress(place, &png, arguments.effort.into(), &meter)?;
    if arguments.verify {
        verify(place, &png, &bytes, coding, &meter)?;
    }
    drop(meter);

    atomic_output::write(&target, &bytes, &arguments.output)?;
    if arguments.output.remove {
        files::remove(place)?;
    }
    if arguments.messages.verbose {
        say(format_args!(
            "{place} → {target}: {}",
            Sizes::new(&png.image, bytes.len())
        ));
        say(Speed {
            samples: png.image.samples().len(),
            elapsed: begin.elapsed(),
            times: stats.times,
        });
    }
    Ok(())
}

fn read(place: &Place) -> Result<PngImage, Error> {
    let bytes = files::read(place)?;
    read_png(&bytes).map_err(|source| Error::Png {
        place: place.clone(),
        source,
    })
}

/// Says what metadata the .pxc file will not have; refuses to remove the only copy of it.
fn check_metadata(
    place: &Place,
    png: &PngImage,
    arguments: &CompressArguments,
) -> Result<(), Error> {
    if png.left_out.is_empty() {
        return Ok(());
    }
    let chunks = png.left_out.join(", ");
    if arguments.output.remove && !arguments.output.force {
        return Err(Error::MetadataLoss {
            place: place.clone(),
            chunks,
        });
    }
    if !arguments.messages.quiet {
        say(format_args!(
            "{place}: note: the .pxc file does not keep {chunks}"
        ));
    }
    Ok(())
}

fn verify(
    place: &Place,
    png: &PngImage,
    bytes: &[u8],
    coding: &Coding,
    meter: &Meter,
) -> Result<(), Error> {
    let decoded = coding.decompress(place, bytes, meter)?;
    if decoded.image != png.image || decoded.header.chunks != png.metadata {
        return Err(Error::Verification {
            place: place.clone(),
        });
    }
    Ok(())
}
