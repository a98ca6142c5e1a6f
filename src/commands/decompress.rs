//! `pxc decompress`: .pxc files → images.

use pxc_picture::OutputFormat;

use crate::arguments::decompress::DecompressArguments;
use crate::coding::decoded::Extent;
use crate::commands::decoding::DecodingCommand;
use crate::error::Error;
use crate::exit_code::ExitCode;

/// Decompresses every input.
pub(crate) fn run(arguments: &DecompressArguments) -> Result<ExitCode, Error> {
    let extent = match (arguments.partial, arguments.region) {
        (true, _) => Extent::Undamaged,
        (false, Some(region)) => Extent::Region(region),
        (false, None) => Extent::Whole,
    };
    DecodingCommand {
        inputs: &arguments.inputs,
        output: &arguments.output,
        format: arguments.format.map(OutputFormat::from),
        extent,
        batch: arguments.batch,
        coding: &arguments.coding,
        messages: arguments.messages,
    }
    .run()
}
