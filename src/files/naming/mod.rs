//! Names of outputs: `img.png` → `img.pxc`, `img.bmp` → `img.bmp.pxc` and back, `-` for standard input and output.

pub(crate) mod kept;
mod names;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use pxc_picture::OutputFormat;

use crate::arguments::files::OutputArguments;
use crate::error::Error;
use crate::files::conflicts::Conflicts;
use crate::files::inputs::Job;
use crate::files::location::Location;
use crate::files::naming::names::{
    appended, extension_of, holds, is, is_foreign_name, is_image_name, is_jpeg_name,
};
use crate::files::reading::check_head;

/// Whether a command compresses or decompresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    /// Images → .pxc files.
    Compress,
    /// .pxc files → images.
    Decompress,
}

/// What the outputs are.
#[derive(Clone, Debug)]
pub(crate) struct Product {
    /// .pxc files or images.
    pub(crate) direction: Direction,
    /// `--format`.
    pub(crate) format: Option<OutputFormat>,
    /// What the name of an image says if it is a part of the image or a thumbnail.
    pub(crate) part: Option<String>,
}

/// Where results go.
pub(crate) struct Naming<'a> {
    output: &'a OutputArguments,
    product: Product,
    conflicts: Conflicts,
}

impl<'a> Naming<'a> {
    /// Checks the options against the inputs, before anything is read.
    pub(crate) fn new(
        jobs: &[Job],
        output: &'a OutputArguments,
        product: Product,
    ) -> Result<Naming<'a>, Error> {
        if output.suffix.len() < 2 || !output.suffix.starts_with('.') || output.suffix.contains('/')
        {
            return usage(format!(
                "--suffix {:?}: expected a dot and a name, as in .pxc",
                output.suffix
            ));
        }
        if let Some(path) = named(output) {
            if jobs.len() > 1 {
                return usage(
                    "several inputs cannot go to one output: name a directory with --out-dir, or omit --output"
                        .into(),
                );
            }
            check_format(path, product.format)?;
        }
        let mut naming = Naming {
            output,
            product,
            conflicts: Conflicts::of(std::iter::empty(), &[]),
        };
        let target = |job: &Job| naming.place(job).ok();
        // An input without a proper name fails on its own.
        let pairs = jobs
            .iter()
            .filter_map(|job| Some((&job.input, target(job)?)));
        let pairs: Vec<(&Location, Location)> = pairs.collect();
        naming.conflicts = Conflicts::of(jobs.iter().map(|job| &job.input), &pairs);
        Ok(naming)
    }

    /// Fails if an output is an input, or the output of another input, too.
    pub(crate) fn check_conflicts(&self, jobs: &[Job]) -> Result<(), Error> {
        let mut checks = jobs.iter().map(|job| self.conflicts.check(&job.input));
        checks.find(Result::is_err).unwrap_or(Ok(()))
    }

    /// Where the output for an input goes. Fails if it would replace an input or the output of another input.
    pub(crate) fn target(&self, job: &Job) -> Result<Location, Error> {
        let target = self.place(job)?;
        self.conflicts.check(&job.input)?;
        Ok(target)
    }

    fn place(&self, job: &Job) -> Result<Location, Error> {
        let output = self.output.output.as_deref();
        let directory = self.output.out_dir.as_deref();
        match (
            &job.input,
            directory.or(output.filter(|path| path.is_dir())),
        ) {
            (Location::File(_), Some(directory)) => {
                let name = match directory == output.unwrap_or(Path::new("")) {
                    true => job
                        .relative
                        .file_name()
                        .map(Path::new)
                        .unwrap_or(&job.relative),
                    false => &job.relative,
                };
                Ok(Location::File(
                    directory.join(self.renamed(&job.input, name)?),
                ))
            }
            (Location::Standard, Some(_)) => Err(Error::OutputName {
                location: job.input.clone(),
                suffix: self.output.suffix.clone(),
            }),
            (Location::File(path), None) => match output {
                Some(output) => Ok(Location::new(output)),
                None => Ok(Location::File(self.renamed(&job.input, path)?)),
            },
            (Location::Standard, None) => Ok(output.map_or(Location::Standard, Location::new)),
        }
    }

    /// Whether the output of one of the inputs is standard output.
    pub(crate) fn uses_standard_output(&self, jobs: &[Job]) -> bool {
        let mut targets = jobs.iter().map(|job| self.place(job));
        targets.any(|target| matches!(target, Ok(Location::Standard)))
    }

    /// Whether a JPEG file that comes back goes to this output as it is. `kept` is the extension that its .pxc file keeps.
    pub(crate) fn takes_jpeg(&self, target: &Location, kept: Option<&str>) -> bool {
        self.takes(target, kept, is_jpeg_name)
    }

    /// Whether a file of a format that comes back goes to this output as it is. `kept` is the extension that its .pxc file keeps.
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
        promises: impl Fn(&Path) -> bool,
    ) -> bool {
        let suits = match target {
            Location::File(path) => promises(path) || self.has_kept_name(path, kept),
            Location::Standard => true,
        };
        self.product.format.is_none() && suits
    }

    /// Whether a name is the one that a .pxc file keeps, and not that of an image that the user asks for.
    fn has_kept_name(&self, path: &Path, kept: Option<&str>) -> bool {
        let asks = is_image_name(path);
        match kept {
            None => false,
            Some("") => !asks,
            Some(kept) => kept == extension_of(path) && (!asks || named(self.output).is_none()),
        }
    }

    /// The format of an output of `decompress`. Fails if its name promises another kind of file. `kept` is the extension that the
    /// .pxc file keeps.
    pub(crate) fn format(
        &self,
        target: &Location,
        kept: Option<&str>,
    ) -> Result<OutputFormat, Error> {
        let path = match (self.product.format, target) {
            (Some(format), _) => return Ok(format),
            (None, Location::Standard) => return Ok(OutputFormat::Png),
            (None, Location::File(path)) => path,
        };
        match OutputFormat::of_name(path) {
            _ if self.product.part.is_none() && self.has_kept_name(path, kept) => {
                Ok(OutputFormat::Png)
            }
            Some(format) => Ok(format),
            None if is_foreign_name(path) => Err(Error::OutputFormat {
                location: target.clone(),
                extension: extension_of(path).split_off(1),
            }),
            None => Ok(OutputFormat::Png),
        }
    }

    fn renamed(&self, input: &Location, path: &Path) -> Result<PathBuf, Error> {
        match self.product.direction {
            Direction::Compress => Ok(self.compressed(path)),
            Direction::Decompress => match self.stem(path) {
                Some(stem) => Ok(self.decompressed(input, stem)),
                None => {
                    check_head(input)?;
                    Err(Error::OutputName {
                        location: input.clone(),
                        suffix: self.output.suffix.clone(),
                    })
                }
            },
        }
    }

    /// The name with the suffix, which replaces `.png` unless the rest would look like the name of another image.
    fn compressed(&self, path: &Path) -> PathBuf {
        let stem = path.with_extension("");
        let is_png = path.extension() == Some(OsStr::new("png"));
        match is_png && !is_image_name(&stem) {
            true => appended(&stem, &self.output.suffix),
            false => appended(path, &self.output.suffix),
        }
    }

    /// The name without the suffix; `None` if it has none.
    fn stem(&self, path: &Path) -> Option<PathBuf> {
        let name = path.file_name()?.to_str();
        match name.and_then(|name| name.strip_suffix(&self.output.suffix)) {
            Some(stem) if !stem.is_empty() => Some(path.with_file_name(stem)),
            _ if is(path, "pxc") => Some(path.with_extension("")),
            _ => None,
        }
    }

    /// The name of the image, from that of its .pxc file without the suffix.
    fn decompressed(&self, input: &Location, stem: PathBuf) -> PathBuf {
        if let Some(part) = &self.product.part {
            return self.part_name(&stem, part);
        }
        if self.product.format.is_none()
            && let Some(extension) = kept::extension(input, &stem)
        {
            return match extension_of(&stem) == extension {
                true => stem,
                false => appended(&stem, &extension),
            };
        }
        let dotted = |format: OutputFormat| format!(".{}", format.extension());
        match (OutputFormat::of_name(&stem), self.product.format) {
            (Some(named), Some(format)) if named != format => {
                appended(&stem.with_extension(""), &dotted(format))
            }
            (Some(_), _) => stem,
            (None, format) => appended(&stem, &dotted(format.unwrap_or(OutputFormat::Png))),
        }
    }

    /// `img.bmp` → `img-PART.bmp`: the name of a part is never that of the whole image.
    fn part_name(&self, stem: &Path, part: &str) -> PathBuf {
        let extension = match (OutputFormat::of_name(stem), self.product.format) {
            (Some(_), None) => extension_of(stem),
            (_, format) => format!(".{}", format.unwrap_or(OutputFormat::Png).extension()),
        };
        let stem = match is_image_name(stem) {
            true => stem.with_extension(""),
            false => stem.to_owned(),
        };
        appended(&stem, &format!("-{part}{extension}"))
    }
}

/// The output file that the options name.
fn named(output: &OutputArguments) -> Option<&Path> {
    output.output.as_deref().filter(|path| !path.is_dir())
}

/// Fails if a name promises another format than `--format`.
fn check_format(path: &Path, format: Option<OutputFormat>) -> Result<(), Error> {
    let Some(format) = format else {
        return Ok(());
    };
    let suits = match OutputFormat::of_name(path) {
        Some(named) => holds(named, format) || holds(format, named),
        None => !is_foreign_name(path),
    };
    match suits {
        true => Ok(()),
        false => usage(format!(
            "{}: --format {} contradicts the extension {}: change one of them",
            Location::new(path),
            format.extension(),
            extension_of(path)
        )),
    }
}

fn usage<T>(problem: String) -> Result<T, Error> {
    Err(Error::Usage { problem })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn output() -> OutputArguments {
        OutputArguments {
            output: None,
            out_dir: None,
            suffix: ".pxc".into(),
            force: false,
            skip_existing: false,
            dry_run: false,
            remove: false,
        }
    }

    fn job(input: &str) -> Job {
        Job {
            input: Location::new(Path::new(input)),
            relative: input.into(),
            bytes: 1,
        }
    }

    fn product(direction: Direction, format: Option<OutputFormat>) -> Product {
        Product {
            direction,
            format,
            part: None,
        }
    }

    fn name(
        input: &str,
        direction: Direction,
        format: Option<OutputFormat>,
    ) -> Result<Location, Error> {
        let (jobs, output) = ([job(input)], output());
        Naming::new(&jobs, &output, product(direction, format))?.target(&jobs[0])
    }

    fn file(path: &str) -> Location {
        Location::File(path.into())
    }

    #[test]
    fn outputs_stand_beside_their_inputs() {
        let compressed = |input| name(input, Direction::Compress, None).expect("a name");
        assert_eq!(compressed("a/img.png"), file("a/img.pxc"));
        assert_eq!(compressed("IMG.PNG"), file("IMG.PNG.pxc"));
        for name in ["x.webp.png", "img.png.png", "z.bmp.png", "photo.jpg.png"] {
            assert_eq!(compressed(name), file(&format!("{name}.pxc")));
        }
        assert_eq!(compressed("img.bmp"), file("img.bmp.pxc"));
        assert_eq!(compressed("scan"), file("scan.pxc"));
        assert_eq!(compressed("v1.2"), file("v1.2.pxc"));
        assert_eq!(compressed("-"), Location::Standard);
        let decompressed =
            |input, format| name(input, Direction::Decompress, format).expect("a name");
        assert_eq!(decompressed("a/img.pxc", None), file("a/img.png"));
        assert_eq!(decompressed("img.bmp.pxc", None), file("img.bmp"));
        assert_eq!(decompressed("img.jpg.pxc", None), file("img.jpg.png"));
        assert_eq!(decompressed("v1.2.pxc", None), file("v1.2.png"));
        let qoi = Some(OutputFormat::Qoi);
        assert_eq!(decompressed("img.pxc", qoi), file("img.qoi"));
        assert_eq!(decompressed("img.bmp.pxc", qoi), file("img.qoi"));
    }

    #[test]
    fn an_unknown_suffix_needs_an_output() {
        let directory = tempfile::tempdir().expect("a directory");
        for input in ["img.zip", "img", ".pxc"] {
            let path = directory.path().join(input);
            std::fs::write(&path, "no image").expect("a file");
            let found = name(&path.display().to_string(), Direction::Decompress, None);
            assert!(matches!(found, Err(Error::OutputName { .. })), "{input}");
        }
    }

    #[test]
    fn names_of_other_formats_are_refused() {
        let output = output();
        let format = |format, path| {
            let naming = Naming::new(&[], &output, product(Direction::Decompress, format));
            naming.expect("legal").format(&file(path), None)
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
    fn directories_keep_the_tree_and_suffixes_are_what_is_asked_for() {
        let output = OutputArguments {
            out_dir: Some("out".into()),
            suffix: ".small".into(),
            ..output()
        };
        let jobs = [Job {
            input: file("photos/a/b.png"),
            relative: "a/b.png".into(),
            bytes: 1,
        }];
        let naming =
            Naming::new(&jobs, &output, product(Direction::Compress, None)).expect("legal");
        assert_eq!(
            naming.target(&jobs[0]).expect("a name"),
            file("out/a/b.small")
        );
        let jobs = [job("b.small"), job("c.pxc")];
        let naming =
            Naming::new(&jobs, &output, product(Direction::Decompress, None)).expect("legal");
        assert_eq!(naming.target(&jobs[0]).expect("a name"), file("out/b.png"));
        assert_eq!(naming.target(&jobs[1]).expect("a name"), file("out/c.png"));
    }

    #[test]
    fn two_inputs_do_not_become_one_output() {
        let (jobs, output) = ([job("a.pxc"), job("b.pxc"), job("a.PXC")], output());
        let naming = Naming::new(&jobs, &output, product(Direction::Decompress, None));
        let naming = naming.expect("the others go on");
        assert!(naming.check_conflicts(&jobs).is_err());
        for (job, is_refused) in jobs.iter().zip([true, false, true]) {
            let found = naming.target(job);
            let is_shared = matches!(found, Err(Error::SharedOutput { .. }));
            assert_eq!(is_shared, is_refused, "{}", job.input);
        }
    }

    #[test]
    fn parts_never_have_the_name_of_the_image() {
        let output = output();
        let part = |input, format| {
            let (jobs, part) = ([job(input)], Some("1,2,3,4".into()));
            let product = Product {
                part,
                ..product(Direction::Decompress, format)
            };
            let naming = Naming::new(&jobs, &output, product).expect("legal");
            naming.target(&jobs[0]).expect("a name")
        };
        assert_eq!(part("a/img.pxc", None), file("a/img-1,2,3,4.png"));
        assert_eq!(part("img.tif.pxc", None), file("img-1,2,3,4.tif"));
        assert_eq!(part("img.jpg.pxc", None), file("img-1,2,3,4.png"));
        let qoi = Some(OutputFormat::Qoi);
        assert_eq!(part("img.bmp.pxc", qoi), file("img-1,2,3,4.qoi"));
    }

    #[test]
    fn format_and_extension_agree() {
        let check = |path: &str, format| {
            let output = OutputArguments {
                output: Some(path.into()),
                ..output()
            };
            Naming::new(&[], &output, product(Direction::Decompress, Some(format))).is_ok()
        };
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
