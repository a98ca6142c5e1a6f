//! Reports what an output does not keep of its input: as a note, or with `--rm` as an error, since the input is the
//! only copy.

use crate::arguments::files::OutputArguments;
use crate::error::Error;
use crate::files::extended::MissingAttributes;
use crate::files::location::Location;
use crate::terminal::console::say;

/// The file that has losses.
pub(crate) struct Losses<'a> {
    /// The input.
    pub(crate) input: &'a Location,
    /// The file that a note names.
    pub(crate) noted: &'a Location,
    /// What loses them, in words.
    pub(crate) keeper: &'static str,
    /// The names of the losses.
    pub(crate) names: &'a [String],
    /// Whether --exact-file=always may keep the whole file.
    pub(crate) may_be_exact: bool,
}

impl<'a> Losses<'a> {
    /// Extended attributes of an input that its output did not take.
    pub(crate) fn of_attributes(input: &'a Location, missing: &'a MissingAttributes) -> Losses<'a> {
        Losses {
            input,
            noted: input,
            keeper: missing.keeper,
            names: &missing.names,
            may_be_exact: false,
        }
    }

    /// Reports the losses, if there are any. Fails before anything is written. `quiet` does not silence what is lost
    /// for good.
    pub(crate) fn check(&self, options: &OutputArguments, quiet: bool) -> Result<(), Error> {
        if self.names.is_empty() {
            return Ok(());
        }
        let names = self.names.join(", ");
        let keeper = self.keeper;
        if options.remove && !options.allow_loss {
            return Err(Error::MetadataLoss {
                location: self.input.clone(),
                chunks: names,
                keeper,
                advice: match self.may_be_exact {
                    true => "--exact-file=always to keep the whole file, or ",
                    false => "",
                },
            });
        }
        if !quiet || options.remove {
            say(format_args!(
                "{}: note: {keeper} does not keep {names}",
                self.noted
            ));
        }
        Ok(())
    }
}
