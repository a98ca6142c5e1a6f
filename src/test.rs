//! `pxc test`: decodes and verifies every digest, writes nothing.

use std::time::Instant;

use crate::arguments::TestArguments;
use crate::coding::Coding;
use crate::console::{Meter, Sizes, Speed, say};
use crate::each_input;
use crate::error::{Error, ExitCode, Place};
use crate::files;

/// Tests every input.
pub(crate) fn run(arguments: &TestArguments) -> Result<ExitCode, Error> {
    let coding = Coding::new(&arguments.coding)?;
    Ok(each_input(&arguments.inputs, |place| {
        test(place, arguments, &coding)
    }))
}

fn test(place: &Place, arguments: &TestArguments, coding: &Coding) -> Result<(), Error> {
    let begin = Instant::now();
    let bytes = files::read(place)?;
    let meter = Meter::new(place, arguments.messages);
    let decoded = coding.decompress(place, &bytes, &meter)?;
    drop(meter);
    if !arguments.messages.quiet {
        say(format_args!("{place}: sound"));
    }
    if arguments.messages.verbose {
        say(Sizes::new(&decoded.image, bytes.len()));
        say(Speed {
            samples: decoded.image.samples().len(),
            elapsed: begin.elapsed(),
            times: decoded.stats.times,
        });
    }
    Ok(())
}
