//! Derives the name of an output from that of its input.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use pxc_picture::OutputFormat;

use crate::error::Error;
use crate::files::location::Location;
use crate::files::naming::extensions::{
    appended, ends_in_dots, extension_of, is, is_image_name, without_extension,
};
use crate::files::naming::output_kind::{Direction, OutputKind};
use crate::files::naming::stored_extension;
use crate::files::reading::check_head;

/// How names change.
pub(crate) struct Renaming<'a> {
    /// What the outputs are.
    pub(crate) kind: &'a OutputKind,
    /// `--suffix`.
    pub(crate) suffix: &'a str,
}

impl Renaming<'_> {
    /// The name of the output for an input, in whose name `path` ends. An extension that the .pxc file stores counts.
    pub(crate) fn renamed(&self, input: &Location, path: &Path) -> Result<PathBuf, Error> {
        match self.kind.direction {
            Direction::Compress => Ok(self.compressed(path)),
            Direction::Decompress => match self.stem(path) {
                Some(stem) => Ok(self.decompressed(input, stem)),
                None => {
                    check_head(input)?;
                    Err(Error::OutputName {
                        location: input.clone(),
                        suffix: self.suffix.to_owned(),
                    })
                }
            },
        }
    }

    /// The name with the suffix, which replaces `.png` unless the rest would look like the name of another image.
    fn compressed(&self, path: &Path) -> PathBuf {
        let stem = without_extension(path);
        let is_png = path.extension() == Some(OsStr::new("png"));
        match is_png && !ends_in_dots(&stem) && !is_image_name(&stem) {
            true => appended(&stem, self.suffix),
            false => appended(path, self.suffix),
        }
    }

    /// The name without the suffix; `None` if it has none.
    fn stem(&self, path: &Path) -> Option<PathBuf> {
        let name = path.file_name()?.to_str();
        match name.and_then(|name| name.strip_suffix(self.suffix)) {
            Some(stem) if !stem.is_empty() => Some(path.with_file_name(stem)),
            _ if is(path, "pxc") => Some(without_extension(path)),
            _ => None,
        }
    }

    /// The name of the image, from that of its .pxc file without the suffix.
    fn decompressed(&self, input: &Location, stem: PathBuf) -> PathBuf {
        if let Some(part) = &self.kind.part {
            return self.part_name(&stem, part);
        }
        let dotted = |format: OutputFormat| format!(".{}", format.extension());
        if ends_in_dots(&stem) {
            let asked = self.kind.format.map(dotted);
            let extension = asked.or_else(|| stored_extension::extension(input, Path::new("")));
            let extension = extension.unwrap_or_else(|| dotted(OutputFormat::Png));
            return appended(&stem, &extension);
        }
        if self.kind.format.is_none()
            && let Some(extension) = stored_extension::extension(input, &stem)
        {
            return match extension_of(&stem) == extension {
                true => stem,
                false => appended(&stem, &extension),
            };
        }
        match (OutputFormat::of_name(&stem), self.kind.format) {
            (Some(named), Some(format)) if named != format => {
                appended(&without_extension(&stem), &dotted(format))
            }
            (Some(_), _) => stem,
            (None, format) => appended(&stem, &dotted(format.unwrap_or(OutputFormat::Png))),
        }
    }

    /// `img.bmp` → `img-PART.bmp`: the name of a part is never that of the whole image.
    fn part_name(&self, stem: &Path, part: &str) -> PathBuf {
        let extension = match (OutputFormat::of_name(stem), self.kind.format) {
            (Some(_), None) => extension_of(stem),
            (_, format) => format!(".{}", format.unwrap_or(OutputFormat::Png).extension()),
        };
        let stem = match is_image_name(stem) {
            true => without_extension(stem),
            false => stem.to_owned(),
        };
        appended(&stem, &format!("-{part}{extension}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn renamed(input: &str, kind: &OutputKind) -> Result<PathBuf, Error> {
        let renaming = Renaming {
            kind,
            suffix: ".pxc",
        };
        let path = Path::new(input);
        renaming.renamed(&Location::new(path), path)
    }

    fn name(input: &str, direction: Direction, format: Option<OutputFormat>) -> PathBuf {
        let kind = OutputKind {
            direction,
            format,
            part: None,
        };
        renamed(input, &kind).expect("a name")
    }

    #[test]
    fn suffixes_come_and_go() {
        let compressed = |input| name(input, Direction::Compress, None);
        assert_eq!(compressed("a/img.png"), Path::new("a/img.pxc"));
        assert_eq!(compressed("IMG.PNG"), Path::new("IMG.PNG.pxc"));
        for name in ["x.webp.png", "img.png.png", "z.bmp.png", "photo.jpg.png"] {
            assert_eq!(compressed(name), Path::new(&format!("{name}.pxc")));
        }
        assert_eq!(compressed("img.bmp"), Path::new("img.bmp.pxc"));
        assert_eq!(compressed("scan"), Path::new("scan.pxc"));
        assert_eq!(compressed("v1.2"), Path::new("v1.2.pxc"));
        let decompressed = |input, format| name(input, Direction::Decompress, format);
        assert_eq!(decompressed("a/img.pxc", None), Path::new("a/img.png"));
        assert_eq!(decompressed("img.bmp.pxc", None), Path::new("img.bmp"));
        assert_eq!(decompressed("img.jpg.pxc", None), Path::new("img.jpg.png"));
        assert_eq!(decompressed("v1.2.pxc", None), Path::new("v1.2.png"));
        let qoi = Some(OutputFormat::Qoi);
        assert_eq!(decompressed("img.pxc", qoi), Path::new("img.qoi"));
        assert_eq!(decompressed("img.bmp.pxc", qoi), Path::new("img.qoi"));
    }

    #[test]
    fn an_unknown_suffix_needs_an_output() {
        let directory = tempfile::tempdir().expect("a directory");
        let kind = OutputKind {
            direction: Direction::Decompress,
            format: None,
            part: None,
        };
        for input in ["img.zip", "img", ".pxc"] {
            let path = directory.path().join(input);
            std::fs::write(&path, "no image").expect("a file");
            let found = renamed(&path.display().to_string(), &kind);
            assert!(matches!(found, Err(Error::OutputName { .. })), "{input}");
        }
    }

    #[test]
    fn parts_never_have_the_name_of_the_image() {
        let part = |input, format| {
            let kind = OutputKind {
                direction: Direction::Decompress,
                format,
                part: Some("1,2,3,4".into()),
            };
            renamed(input, &kind).expect("a name")
        };
        assert_eq!(part("a/img.pxc", None), Path::new("a/img-1,2,3,4.png"));
        assert_eq!(part("img.tif.pxc", None), Path::new("img-1,2,3,4.tif"));
        assert_eq!(part("img.jpg.pxc", None), Path::new("img-1,2,3,4.png"));
        let qoi = Some(OutputFormat::Qoi);
        assert_eq!(part("img.bmp.pxc", qoi), Path::new("img-1,2,3,4.qoi"));
    }
}
