//! Chooses the format of an output of `decompress`: the one that the user asks for, the one that its name promises, or
//! that of the original file.

use std::path::Path;

use pxc_picture::OutputFormat;

use crate::error::Error;
use crate::files::location::Location;
use crate::files::naming::extensions::{
    extension_of, holds, is_foreign_name, is_image_name, is_jpeg_name,
};

/// What the user asks of the outputs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Formats {
    /// `--format`.
    pub(crate) asked: Option<OutputFormat>,
    /// Whether an output is a part of the image or a thumbnail.
    pub(crate) is_part: bool,
    /// Whether the options name the output file.
    pub(crate) is_named: bool,
}

impl Formats {
    /// Whether a restored JPEG file goes to this output unchanged: yes, unless the name asks for another format. `kept`
    /// is the extension that the .pxc file stores.
    pub(crate) fn takes_jpeg(&self, target: &Location, kept: Option<&str>) -> bool {
        self.takes(target, kept, is_jpeg_name)
    }

    /// Whether a rebuilt file of a format goes to this output unchanged. `kept` is the extension that the .pxc file
    /// stores.
    pub(crate) fn takes_file(
        &self,
        target: &Location,
        format: OutputFormat,
        kept: Option<&str>,
    ) -> bool {
        self.takes(target, kept, |path| {
            OutputFormat::of_name(path).is_some_and(|named| holds(named, format))
        })
    }

    fn takes(
        &self,
        target: &Location,
        kept: Option<&str>,
        names_format: impl Fn(&Path) -> bool,
    ) -> bool {
        let suits = match target {
            Location::File(path) => {
                names_format(path) || !is_image_name(path) || self.has_kept_name(path, kept)
            }
            Location::Standard => true,
        };
        self.asked.is_none() && suits
    }

    /// Whether a name is the one that a .pxc file stores, and not that of an image that the user asks for.
    fn has_kept_name(&self, path: &Path, kept: Option<&str>) -> bool {
        let asks = is_image_name(path);
        match kept {
            None => false,
            Some("") => !asks,
            Some(kept) => kept == extension_of(path) && (!asks || !self.is_named),
        }
    }

    /// The format of an output of `decompress`. Fails if its name promises another kind of file. `kept` is the
    /// extension that the .pxc file stores.
    pub(crate) fn format(
        &self,
        target: &Location,
        kept: Option<&str>,
    ) -> Result<OutputFormat, Error> {
        let path = match (self.asked, target) {
            (Some(format), _) => return Ok(format),
            (None, Location::Standard) => return Ok(OutputFormat::Png),
            (None, Location::File(path)) => path,
        };
        match OutputFormat::of_name(path) {
            _ if !self.is_part && self.has_kept_name(path, kept) => Ok(OutputFormat::Png),
            Some(format) => Ok(format),
            None if is_foreign_name(path) => Err(Error::OutputFormat {
                location: target.clone(),
                extension: extension_of(path).split_off(1),
            }),
            None => Ok(OutputFormat::Png),
        }
    }
}

/// Fails if a name promises another format than `--format`.
pub(crate) fn check_format(path: &Path, format: Option<OutputFormat>) -> Result<(), Error> {
    let Some(format) = format else {
        return Ok(());
    };
    let suits = match OutputFormat::of_name(path) {
        Some(named) => holds(named, format) || holds(format, named),
        None => !is_foreign_name(path),
    };
    match suits {
        true => Ok(()),
        false => Err(Error::Usage {
            problem: format!(
                "{}: --format {} contradicts the extension {}: change one of them",
                Location::of_output(path),
                format.extension(),
                extension_of(path)
            ),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_other_formats_are_refused() {
        let format = |asked, path: &str| {
            let formats = Formats {
                asked,
                is_part: false,
                is_named: false,
            };
            formats.format(&Location::File(path.into()), None)
        };
        for path in ["a.jpg", "a.JPEG", "a.gif", "a.pxc"] {
            let found = format(None, path);
            assert!(matches!(found, Err(Error::OutputFormat { .. })), "{path}");
        }
        assert_eq!(format(None, "a.tif").expect("known"), OutputFormat::Tiff);
        assert_eq!(format(None, "a").expect("the default"), OutputFormat::Png);
        let asked = format(Some(OutputFormat::Qoi), "a.dat");
        assert_eq!(asked.expect("asked for"), OutputFormat::Qoi);
    }

    #[test]
    fn format_and_extension_agree() {
        let check = |path: &str, format| check_format(Path::new(path), Some(format)).is_ok();
        for (path, format) in [
            ("a.png", OutputFormat::Png),
            ("a", OutputFormat::Bmp),
            ("a.tmp", OutputFormat::Bmp),
            ("a.TIF", OutputFormat::Tiff),
            ("a.pgm", OutputFormat::Pnm),
            ("a.pnm", OutputFormat::Ppm),
            ("-", OutputFormat::Qoi),
        ] {
            assert!(check(path, format), "{path}");
        }
        for (path, format) in [
            ("a.jpg", OutputFormat::Png),
            ("a.png", OutputFormat::Bmp),
            ("a.pgm", OutputFormat::Ppm),
            ("a.pam", OutputFormat::Pnm),
        ] {
            assert!(!check(path, format), "{path}");
        }
    }
}
