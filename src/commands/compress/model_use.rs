//! Whether a .pxc file uses the model that `--model` names.

use pxc_runtime::{Header, read_header};

use crate::coding::encoding::task::EncodingTask;
use crate::error::Error;
use crate::terminal::console::say;

/// Reports that the model is not used; fails with `--require-model`.
pub(crate) fn check_use_of_model(task: &EncodingTask<'_>, coded: &[u8]) -> Result<(), Error> {
    let arguments = task.arguments;
    let location = task.paths.input;
    let header = read_header(coded, task.coding.limits());
    let (Some(model), Ok(header)) = (&arguments.coding.model, header) else {
        return Ok(());
    };
    if header.model.is_some() {
        return Ok(());
    }
    let reason = reason(task, &header);
    if arguments.require_model {
        return Err(Error::ModelNotUsed {
            location: location.clone(),
            model: model.clone(),
            reason,
        });
    }
    if !arguments.messages.quiet {
        say(format_args!(
            "{location}: note: {model} is not used: {reason}"
        ));
    }
    Ok(())
}

/// Why a file uses no model.
fn reason(task: &EncodingTask<'_>, header: &Header) -> String {
    let format = header.coded_format();
    if header.holds_jpeg {
        "JPEG files are kept as they are".to_owned()
    } else if task.coding.model_codes(format) {
        "the file is smaller without it".to_owned()
    } else {
        format!("it does not code {format} images")
    }
}
