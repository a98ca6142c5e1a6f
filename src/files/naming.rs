//! Names of outputs: `img.png` → `img.pxc`, `img.bmp` → `img.bmp.pxc` and back, `-` for standard input and output.

use std::ffi::OsStr;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use pxc_picture::{JpegFile, Limits, OutputFormat, exact};
use pxc_runtime::read_header;

use crate::arguments::files::OutputArguments;
use crate::error::Error;
use crate::files::conflicts::Conflicts;
use crate::files::inputs::Job;
use crate::files::location::Location;

/// Extensions of files that pxc does not write as images.
const FOREIGN: [&str; 22] = [
    "jpg", "jpeg", "jpe", "jfif", "gif", "jxl", "jp2", "jls", "avif", "heic", "heif", "apng",
    "dng", "exr", "hdr", "ico", "tga", "psd", "svg", "eps", "pdf", "pxc",
];

/// How many of them, at the beginning, are names of JPEG files.
const JPEG_NAMES: usize = 4;

/// Bytes at the beginning of a .pxc file in which its header is looked for, and how many more.
const LONGEST_BEGINNINGS: [u64; 2] = [1 << 14, 1 << 27];

/// Whether a command compresses or decompresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    /// Images → .pxc files.
    Compress,
    /// .pxc files → images.
    Decompress,
}

/// Where results go.
pub(crate) struct Naming<'a> {
    output: &'a OutputArguments,
    direction: Direction,
    /// `--format`.
    format: Option<OutputFormat>,
}

impl<'a> Naming<'a> {
    /// Checks the options against the inputs, before anything is read.
    pub(crate) fn new(
        jobs: &[Job],
        output: &'a OutputArguments,
        direction: Direction,
        format: Option<OutputFormat>,
    ) -> Result<Naming<'a>, Error> {
        if output.suffix.len() < 2 || !output.suffix.starts_with('.') || output.suffix.contains('/')
        {
            return usage(format!(
                "--suffix {:?}: expected a dot and a name, as in .pxc",
                output.suffix
            ));
        }
        let to_one_file = output.output.as_deref().is_some_and(|path| !path.is_dir());
        if jobs.len() > 1 && to_one_file {
            return usage(
                "several inputs cannot go to one output: name a directory with --out-dir, or omit --output"
                    .into(),
            );
        }
        let naming = Naming {
            output,
            direction,
            format,
        };
        let mut conflicts = Conflicts::new(jobs.iter().map(|job| &job.input));
        for job in jobs {
            // An input without a proper name fails on its own.
            if let Ok(target) = naming.target(job) {
                conflicts.add(&target)?;
            }
        }
        Ok(naming)
    }

    /// Where the output for an input goes.
    pub(crate) fn target(&self, job: &Job) -> Result<Location, Error> {
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
        let mut targets = jobs.iter().map(|job| self.target(job));
        targets.any(|target| matches!(target, Ok(Location::Standard)))
    }

    /// Whether a JPEG file that comes back goes to this output as it is.
    pub(crate) fn takes_jpeg(&self, target: &Location) -> bool {
        let is_named = match target {
            Location::File(path) => is_jpeg_name(path),
            Location::Standard => true,
        };
        self.format.is_none() && is_named
    }

    /// Whether a described file goes to this output as it is. `extension` is that of its name, if that is unusual.
    pub(crate) fn takes_file(
        &self,
        target: &Location,
        format: OutputFormat,
        extension: Option<&str>,
    ) -> bool {
        let is_named = match target {
            Location::File(path) => {
                let named = OutputFormat::of_name(path);
                named.is_some_and(|named| holds(named, format))
                    || extension.is_some_and(|extension| extension == extension_of(path))
            }
            Location::Standard => true,
        };
        self.format.is_none() && is_named
    }

    /// The format of an output of `decompress`. Fails if its name promises another kind of file.
    pub(crate) fn format(&self, target: &Location) -> Result<OutputFormat, Error> {
        let named = match target {
            Location::File(path) => OutputFormat::of_name(path),
            Location::Standard => None,
        };
        match (self.format.or(named), target) {
            (None, Location::File(path)) if FOREIGN.iter().any(|name| is(path, name)) => {
                let extension = path.extension().unwrap_or_default();
                Err(Error::OutputFormat {
                    location: target.clone(),
                    extension: extension.to_string_lossy().into_owned(),
                })
            }
            (format, _) => Ok(format.unwrap_or(OutputFormat::Png)),
        }
    }

    fn renamed(&self, input: &Location, path: &Path) -> Result<PathBuf, Error> {
        match self.direction {
            Direction::Compress => Ok(self.compressed(path)),
            Direction::Decompress => {
                self.decompressed(input, path)
                    .ok_or_else(|| Error::OutputName {
                        location: input.clone(),
                        suffix: self.output.suffix.clone(),
                    })
            }
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
    fn decompressed(&self, input: &Location, path: &Path) -> Option<PathBuf> {
        let name = path.file_name()?.to_str();
        let stem = match name.and_then(|name| name.strip_suffix(&self.output.suffix)) {
            Some(stem) if !stem.is_empty() => path.with_file_name(stem),
            _ if is(path, "pxc") => path.with_extension(""),
            _ => return None,
        };
        if self.format.is_none()
            && let Some(extension) = kept_extension(input, &stem)
        {
            return Some(match extension_of(&stem) == extension {
                true => stem,
                false => appended(&stem, &extension),
            });
        }
        let dotted = |format: OutputFormat| format!(".{}", format.extension());
        Some(match (OutputFormat::of_name(&stem), self.format) {
            (Some(named), Some(format)) if named != format => {
                appended(&stem.with_extension(""), &dotted(format))
            }
            (Some(_), _) => stem,
            (None, format) => appended(&stem, &dotted(format.unwrap_or(OutputFormat::Png))),
        })
    }
}

/// The extension that the name of a file needs beyond the rules of the command, if that can be read from the beginning of its
/// .pxc file: the one that the file had, or that of its format. `stem` is the name of that without its suffix. What cannot be
/// read fails later.
fn kept_extension(input: &Location, stem: &Path) -> Option<String> {
    let Location::File(path) = input else {
        return None;
    };
    let mut beginning = Vec::new();
    let mut file = File::open(path).ok()?;
    for most in LONGEST_BEGINNINGS {
        file.by_ref().take(most).read_to_end(&mut beginning).ok()?;
        if JpegFile::is_in(&beginning) {
            let extension = extension_of(stem);
            return Some(match is_jpeg_name(stem) {
                true => extension,
                false => ".jpg".into(),
            });
        }
        if OutputFormat::of_name(stem).is_some() {
            return None;
        }
        if let Ok(header) = read_header(&beginning, &Limits::default()) {
            let kept = exact::extension(&header.metadata).map(str::to_owned);
            return kept.or_else(|| {
                let described = exact::find(&header.metadata)?;
                Some(format!(".{}", described.format.extension()))
            });
        }
    }
    None
}

/// The extension of the name of a described file, if the names of .pxc files do not tell it. Without an extension it is empty.
pub(crate) fn unusual_extension(path: &Path, format: OutputFormat) -> Option<String> {
    let is_usual = OutputFormat::of_name(path).is_some_and(|named| holds(named, format));
    (!is_usual).then(|| extension_of(path))
}

/// The extension of a name, with its dot, or nothing.
fn extension_of(path: &Path) -> String {
    let extension = path.extension().map(OsStr::to_string_lossy);
    extension.map_or(String::new(), |extension| format!(".{extension}"))
}

/// Whether a name that promises one format suits a file of another.
fn holds(named: OutputFormat, format: OutputFormat) -> bool {
    let is_pnm = matches!(
        format,
        OutputFormat::Pbm | OutputFormat::Pgm | OutputFormat::Ppm
    );
    named == format || (named == OutputFormat::Pnm && is_pnm)
}

fn is_image_name(path: &Path) -> bool {
    OutputFormat::of_name(path).is_some() || FOREIGN.iter().any(|name| is(path, name))
}

fn is_jpeg_name(path: &Path) -> bool {
    FOREIGN[..JPEG_NAMES].iter().any(|name| is(path, name))
}

fn appended(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

fn is(path: &Path, extension: &str) -> bool {
    path.extension()
        .unwrap_or(OsStr::new(""))
        .eq_ignore_ascii_case(extension)
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

    fn name(
        input: &str,
        direction: Direction,
        format: Option<OutputFormat>,
    ) -> Result<Location, Error> {
        let (jobs, output) = ([job(input)], output());
        Naming::new(&jobs, &output, direction, format)?.target(&jobs[0])
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
        for input in ["img.zip", "img", ".pxc"] {
            let found = name(input, Direction::Decompress, None);
            assert!(matches!(found, Err(Error::OutputName { .. })), "{input}");
        }
    }

    #[test]
    fn names_of_other_formats_are_refused() {
        let output = output();
        let format = |format, path| {
            let naming = Naming::new(&[], &output, Direction::Decompress, format);
            naming.expect("legal").format(&file(path))
        };
        for path in ["a.jpg", "a.JPEG", "a.gif", "a.pxc"] {
            let found = format(None, path);
            assert!(matches!(found, Err(Error::OutputFormat { .. })), "{path}");
        }
        assert_eq!(format(None, "a.tif").expect("known"), OutputFormat::Tiff);
        assert_eq!(format(None, "a").expect("the default"), OutputFormat::Png);
        let asked = format(Some(OutputFormat::Png), "a.jpg");
        assert_eq!(asked.expect("asked for"), OutputFormat::Png);
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
        let naming = Naming::new(&jobs, &output, Direction::Compress, None).expect("legal");
        assert_eq!(
            naming.target(&jobs[0]).expect("a name"),
            file("out/a/b.small")
        );
        let jobs = [job("b.small"), job("c.pxc")];
        let naming = Naming::new(&jobs, &output, Direction::Decompress, None).expect("legal");
        assert_eq!(naming.target(&jobs[0]).expect("a name"), file("out/b.png"));
        assert_eq!(naming.target(&jobs[1]).expect("a name"), file("out/c.png"));
    }

    #[test]
    fn two_inputs_do_not_become_one_output() {
        let (jobs, output) = ([job("a.pxc"), job("a.PXC")], output());
        let naming = Naming::new(&jobs, &output, Direction::Decompress, None);
        assert!(matches!(naming, Err(Error::Usage { .. })));
    }
}
