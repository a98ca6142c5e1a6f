//! `pxc thumbnail`: .pxc files → small images.

use crate::arguments::decompress::ThumbnailArguments;
use crate::arguments::files::OutputArguments;
use crate::coding::decoding::task::Extent;
use crate::commands::decoding::{self, DecodingArguments};
use crate::error::Error;
use crate::exit_code::ExitCode;

/// Makes the thumbnail of every input.
pub(crate) fn run(arguments: &ThumbnailArguments) -> Result<ExitCode, Error> {
    let output = OutputArguments {
        output: arguments.output.clone(),
        out_dir: arguments.out_dir.clone(),
        suffix: ".pxc".into(),
        force: arguments.force,
        skip_existing: arguments.skip_existing,
        dry_run: false,
        remove: false,
        allow_loss: false,
    };
    decoding::run(&DecodingArguments {
        inputs: &arguments.inputs,
        output: &output,
        format: arguments.format,
        extent: Extent::Thumbnail {
            longest: arguments.size,
        },
        batch: arguments.batch,
        coding: &arguments.coding,
        messages: arguments.messages,
    })
}
