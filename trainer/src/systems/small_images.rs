//! Sets of images of one size: MNIST and its binarisation, CIFAR-10, sheets and folders of images.
//!
//! What a path is follows from what it holds; the readers check sizes before they take memory.

use std::path::{Path, PathBuf};

use super::system_config::{Samples, SystemConfig};
use crate::dataset::DataDigest;
use crate::{Error, Result};

mod idx;
mod packed_bits;
mod cifar_batches;
mod sheets;

/// Images of one size, in memory.
pub struct SmallImages {
    /// `height × width × K` samples each, row by row.
    samples: Vec<u8>,
    /// Samples of an image.
    size: usize,
    /// What was read.
    pub digest: DataDigest,
}

impl SmallImages {
    /// Reads a set of images for a network:
    ///
    /// - an `idx` file of MNIST (`*-ubyte`, `*-ubyte.gz`), its samples as they are, or for a bilevel network set where they are at least 128;
    /// - a NumPy file `*_packbits.npy` of packed bits, most significant first (the fixed binarisation of MNIST);
    /// - a CIFAR-10 binary batch (`*.bin`);
    /// - a PNG or WebP image, cut into whole images of the network's size (a rest at the right and the lower edge is left out);
    /// - a directory of such files, in order of name. A sheet's name, or that of a directory's files, may start as `prefix` says:
    ///   `directory/train_` reads the files of `directory` whose names start with `train_`.
    ///
    /// The coarse network of Multi-Scale gets the first pixel of each block of such images.
    ///
    /// # Errors
    /// When a file cannot be read, is not of such a kind, or does not fit the network's images.
    pub fn read(path: &Path, config: &SystemConfig) -> Result<SmallImages> {
        let ratio = config.subsampling();
        let whole = SystemConfig {
            width: config.width * ratio,
            height: config.height * ratio,
            ..config.clone()
        };
        let files = files(path)?;
        let mut samples = Vec::new();
        let mut hasher = blake3::Hasher::new();
        for file in &files {
            let first = samples.len();
            read_file(file, &whole, &mut samples)?;
            hasher.update(&samples[first..]);
        }
        let size = config.width * config.height * config.channels();
        if samples.is_empty() {
            return Err(Error::NoSmallImages { path: path.into() });
        }
        let digest = DataDigest {
            files: files.len(),
            pixels: (samples.len() / config.channels()) as u64,
            digest: hasher.finalize().to_hex().to_string(),
        };
        if ratio > 1 {
            samples = subsampled(&samples, &whole, ratio);
        }
        Ok(SmallImages {
            samples,
            size,
            digest,
        })
    }

    /// Images.
    pub fn len(&self) -> usize {
        self.samples.len() / self.size
    }

    /// Whether there are none; never of a set that was read.
    pub fn is_empty(&self) -> bool {
        self.samples.is_empty()
    }

    /// One image. Panics when there is none of that index.
    pub fn get(&self, index: usize) -> &[u8] {
        &self.samples[index * self.size..][..self.size]
    }

    /// The first images.
    pub fn truncate(&mut self, count: usize) {
        self.samples.truncate(count.saturating_mul(self.size));
    }
}

/// The first pixel of each block of all images.
fn subsampled(samples: &[u8], whole: &SystemConfig, ratio: usize) -> Vec<u8> {
    let channels = whole.channels();
    let kept = samples
        .chunks_exact(channels)
        .enumerate()
        .filter(|(pixel, _)| {
            let (y, x) = (pixel / whole.width, pixel % whole.width);
            y.is_multiple_of(ratio) && x.is_multiple_of(ratio)
        });
    kept.flat_map(|(_, pixel)| pixel.iter().copied()).collect()
}

fn files(path: &Path) -> Result<Vec<PathBuf>> {
    if path.is_file() {
        return Ok(vec![path.into()]);
    }
    let (directory, prefix) = match path.is_dir() {
        true => (path, String::new()),
        false => (
            path.parent().unwrap_or(path),
            path.file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into(),
        ),
    };
    let io = |source| Error::Io {
        path: path.into(),
        source,
    };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(directory).map_err(io)? {
        let entry = entry.map_err(io)?;
        let known = reader_of(&entry.path()).is_some();
        if known && entry.file_name().to_string_lossy().starts_with(&prefix) {
            files.push(entry.path());
        }
    }
    files.sort();
    Ok(files)
}

type Reader = fn(&Path, &[u8], &SystemConfig, &mut Vec<u8>) -> Result<()>;

fn reader_of(path: &Path) -> Option<Reader> {
    let name = path.file_name()?.to_string_lossy();
    let ends = |suffix: &str| name.ends_with(suffix);
    match () {
        () if ends("-ubyte") || ends("-ubyte.gz") => Some(idx::read),
        () if ends("_packbits.npy") => Some(packed_bits::read),
        () if ends(".bin") => Some(cifar_batches::read),
        () if ends(".png") || ends(".webp") => Some(sheets::read),
        () => None,
    }
}

fn read_file(path: &Path, config: &SystemConfig, samples: &mut Vec<u8>) -> Result<()> {
    let Some(reader) = reader_of(path) else {
        let expected = "a file named *-ubyte, *-ubyte.gz, *_packbits.npy, *.bin, *.png or *.webp";
        return Err(unfit(path, expected, "another name"));
    };
    let bytes = std::fs::read(path).map_err(|source| Error::Io {
        path: path.into(),
        source,
    })?;
    reader(path, &bytes, config, samples)
}

fn unfit(path: &Path, expected: impl ToString, found: impl ToString) -> Error {
    Error::SmallImages {
        path: path.into(),
        expected: expected.to_string(),
        found: found.to_string(),
    }
}

/// Refuses images of another number of channels or another size than the network's.
fn expect(
    path: &Path,
    config: &SystemConfig,
    samples: &[Samples],
    width: usize,
    height: usize,
) -> Result<()> {
    if !samples.contains(&config.samples) {
        let expected = format!("{:?} samples", config.samples);
        return Err(unfit(path, expected, format!("{samples:?}")));
    }
    if (width, height) != (config.width, config.height) {
        let expected = format!("images of {}x{}", config.width, config.height);
        return Err(unfit(path, expected, format!("{width}x{height}")));
    }
    Ok(())
}

/// The value that becomes 1 in a bilevel image.
const THRESHOLD: u8 = 128;
