//! The images that a user names: files and folders in, decoded pictures of one kind out. Reports what it skips.

use std::fmt;
use std::path::{Path, PathBuf};

use pxc_picture::{Picture, ReadOptions, read_picture};
use pxc_runtime::{BitDepth, ColorType, Image};
use rayon::prelude::*;
use walkdir::WalkDir;

use crate::error::{Error, Result};

/// The most samples that are kept in memory; more do not make a model better in the available time.
const MOST_SAMPLES: usize = 1 << 30;
/// Files that are read side by side.
const BATCH: usize = 64;
/// The most skipped files that a report names.
const MOST_NAMES: usize = 20;

/// The kind of image that a model codes, both with or without alpha.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Gray,
    Rgb,
}

impl Kind {
    /// The kind of an image, or why no model codes it.
    fn of(image: &Image) -> std::result::Result<Kind, &'static str> {
        match (image.color(), image.depth()) {
            (ColorType::Palette, _) => Err("it has a palette"),
            (_, BitDepth::Sixteen) => Err("it has 16 bits"),
            (_, BitDepth::Eight) => Ok(Kind::of_channels(image.color().color_planes())),
            _ => Err("it has fewer than 8 bits"),
        }
    }

    pub(crate) fn of_channels(channels: usize) -> Kind {
        if channels == 1 { Kind::Gray } else { Kind::Rgb }
    }

    pub(crate) fn channels(self) -> usize {
        match self {
            Kind::Gray => 1,
            Kind::Rgb => 3,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Kind::Gray => "gray",
            Kind::Rgb => "RGB",
        }
    }

    /// The built-in model that training starts from. Its layers are finer than those of the fastest model, and learn
    /// further.
    pub(crate) fn start(self) -> &'static str {
        match self {
            Kind::Gray => "photo-gray",
            Kind::Rgb => "photo-rgb",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A picture and the file that it is from.
pub(crate) struct Sample {
    pub(crate) path: PathBuf,
    pub(crate) picture: Picture,
    pub(crate) file_bytes: usize,
}

impl Sample {
    pub(crate) fn pixels(&self) -> usize {
        self.picture.image.width() as usize * self.picture.image.height() as usize
    }
}

/// A file, and why it is skipped.
type Skipped = (PathBuf, String);

/// Pictures of one kind, in the order of their paths, and what was skipped.
pub(crate) struct Collection {
    pub(crate) kind: Kind,
    pub(crate) samples: Vec<Sample>,
    skipped: Vec<Skipped>,
    /// Files that were not opened, because there are enough others.
    unread: usize,
}

impl Collection {
    /// Reads all files, and those in the folders. The kind is that of most images.
    pub(crate) fn read(paths: &[PathBuf]) -> Result<Collection> {
        let (files, mut skipped) = find(paths)?;
        let (mut found, mut samples, mut unread) = (Vec::new(), 0, 0);
        for batch in files.chunks(BATCH) {
            if samples >= MOST_SAMPLES {
                unread += batch.len();
                continue;
            }
            let read: Vec<_> = batch.par_iter().map(|path| read(path)).collect();
            for (path, read) in batch.iter().zip(read) {
                match read {
                    Ok(sample) => {
                        samples += sample.1.picture.image.samples().len();
                        found.push(sample);
                    }
                    Err(reason) => skipped.push((path.clone(), reason)),
                }
            }
        }
        let gray = found.iter().filter(|(kind, _)| *kind == Kind::Gray).count();
        let kind = if 2 * gray > found.len() {
            Kind::Gray
        } else {
            Kind::Rgb
        };
        let (mut samples, others): (Vec<_>, Vec<_>) =
            found.into_iter().partition(|(found, _)| *found == kind);
        samples.sort_by(|(_, a), (_, b)| a.path.cmp(&b.path));
        skipped.extend(others.into_iter().map(|(found, sample)| {
            (
                sample.path,
                format!("it is {found}, the model is for {kind}"),
            )
        }));
        skipped.sort();
        Ok(Collection {
            kind,
            samples: samples.into_iter().map(|(_, sample)| sample).collect(),
            skipped,
            unread,
        })
    }

    /// Reports what was skipped, on standard error.
    pub(crate) fn report(&self) {
        for (path, reason) in self.skipped.iter().take(MOST_NAMES) {
            eprintln!("skipped: {}: {reason}", path.display());
        }
        let more = self.skipped.len().saturating_sub(MOST_NAMES);
        if more > 0 {
            eprintln!("skipped: {more} more");
        }
        if self.unread > 0 {
            eprintln!("not read: {} more files; these are enough", self.unread);
        }
    }
}

/// Reads a picture that a model can learn from, or says why not.
fn read(path: &Path) -> std::result::Result<(Kind, Sample), String> {
    let bytes = std::fs::read(path).map_err(|error| error.to_string())?;
    let picture = read_picture(&bytes, &ReadOptions::default()).map_err(|error| match error {
        pxc_picture::Error::Lossy { found } => {
            format!("it is a lossy {found} file; learn from images that were stored losslessly")
        }
        error => error.to_string(),
    })?;
    let kind = Kind::of(&picture.image)
        .map_err(|what| format!("{what}: pxc codes it without such a model"))?;
    let sample = Sample {
        path: path.into(),
        picture,
        file_bytes: bytes.len(),
    };
    Ok((kind, sample))
}

/// Finds all files, in an order that does not follow their names, so that the first ones are typical; and entries that
/// cannot be read.
fn find(paths: &[PathBuf]) -> Result<(Vec<PathBuf>, Vec<Skipped>)> {
    let (mut files, mut unreadable) = (Vec::new(), Vec::new());
    for path in paths {
        std::fs::metadata(path).map_err(|source| Error::Io {
            path: path.clone(),
            source,
        })?;
        for entry in WalkDir::new(path).follow_links(true) {
            match entry {
                Ok(entry) if entry.file_type().is_file() => files.push(entry.into_path()),
                Ok(_) => {}
                Err(error) => {
                    let path = error.path().unwrap_or(path).to_path_buf();
                    unreadable.push((path, error.to_string()));
                }
            }
        }
    }
    files.sort_by_cached_key(|path| (scrambled(path), path.clone()));
    files.dedup();
    Ok((files, unreadable))
}

/// FNV-1a of a path.
fn scrambled(path: &Path) -> u64 {
    let bytes = path.as_os_str().as_encoded_bytes().iter();
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
    })
}
