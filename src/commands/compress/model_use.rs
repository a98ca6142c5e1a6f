//! Whether a .pxc file uses the model that `--model` names.

use pxc_runtime::{Header, read_header};

use super::Compressor;
use crate::error::Error;
use crate::files::location::Location;
use crate::terminal::console::say;

impl Compressor<'_> {
    /// Reports that the model is not used; fails with `--require-model`.
    pub(super) fn check_use_of_model(
        &self,
        location: &Location,
        coded: &[u8],
    ) -> Result<(), Error> {
        let arguments = self.arguments;
        let header = read_header(coded, self.coding.limits());
        let (Some(model), Ok(header)) = (&arguments.coding.model, header) else {
            return Ok(());
        };
        if header.model.is_some() {
            return Ok(());
        }
        let reason = self.reason(&header);
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
    fn reason(&self, header: &Header) -> String {
        let format = header.coded_format();
        if header.holds_jpeg {
            "JPEG files are kept as they are".to_owned()
        } else if self.coding.model_codes(format) {
            "the file is smaller without it".to_owned()
        } else {
            format!("it does not code {format} images")
        }
    }
}
