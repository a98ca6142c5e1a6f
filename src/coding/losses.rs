//! Reports what an output does not keep of its input: as a note, or as an error if it is images or, with `--rm`,
//! anything at all.

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
    /// Whether these are also images: pages or frames.
    pub(crate) are_images: bool,
    /// The options with which the whole file may be kept, if there are any.
    pub(crate) keeping: Option<&'a str>,
}

impl<'a> Losses<'a> {
    /// Extended attributes of an input that its output did not take.
    pub(crate) fn of_attributes(input: &'a Location, missing: &'a MissingAttributes) -> Losses<'a> {
        Losses {
            input,
            noted: input,
            keeper: missing.keeper,
            names: &missing.names,
            are_images: false,
            keeping: None,
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
        let advice = match self.keeping {
            Some(options) => format!("{options} to keep the whole file, or "),
            None => String::new(),
        };
        let location = self.input.clone();
        match (options.allow_loss, options.remove, self.are_images) {
            (false, true, _) => {
                return Err(Error::Loss {
                    location,
                    names,
                    keeper,
                    advice,
                });
            }
            (false, false, true) => {
                return Err(Error::ImageLoss {
                    location,
                    names,
                    keeper,
                    advice,
                });
            }
            _ => {}
        }
        if !quiet || options.remove || self.are_images {
            say(format_args!(
                "{}: note: {keeper} does not keep {names}",
                self.noted
            ));
        }
        Ok(())
    }
}
