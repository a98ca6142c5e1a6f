//! `pxc decompress`: .pxc files → images.

use crate::arguments::decompress::DecompressArguments;
use crate::coding::decoding::task::Extent;
use crate::commands::decoding::{self, DecodingArguments};
use crate::error::Error;
use crate::exit_code::ExitCode;

/// Decompresses every input.
pub(crate) fn run(arguments: &DecompressArguments) -> Result<ExitCode, Error> {
    let extent = match (arguments.partial, arguments.region) {
        (true, _) => Extent::Intact,
        (false, Some(region)) => Extent::Region(region),
        (false, None) => Extent::Whole,
    };
    decoding::run(&DecodingArguments {
        inputs: &arguments.inputs,
        output: &arguments.output,
        format: arguments.format,
        extent,
        batch: arguments.batch,
        coding: &arguments.coding,
        messages: arguments.messages,
    })
}
