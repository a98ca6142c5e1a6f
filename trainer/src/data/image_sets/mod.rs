//! Sets of images of one size: MNIST and its binarisation, CIFAR-10, sheets and folders of images.
//!
//! A file's name says which kind it is; the readers check sizes before they take memory.

use std::path::{Path, PathBuf};

use crate::data::digest::DataDigest;
use crate::data::image_sets::shape::{ImageShape, unfit};
use crate::error::{Error, Result};
use crate::files::unreadable;

pub mod shape;
mod idx;
mod packed_bits;
mod cifar_batches;
mod sheets;

/// Images of one size, in memory.
#[non_exhaustive]
pub struct ImageSet {
    /// `height × width × K` samples each, row by row.
    samples: Vec<u8>,
    /// Samples of an image.
    size: usize,
    /// What was read.
    pub digest: DataDigest,
}

impl ImageSet {
    /// Reads images of the given shape:
    ///
    /// - an idx file of MNIST (`*-ubyte`, `*-ubyte.gz`); for bilevel images its samples of 128 and more become 1,
    ///   others 0;
    /// - a NumPy file `*_packbits.npy` of packed bits, most significant first (the fixed binarisation of MNIST);
    /// - a binary batch of CIFAR-10 (`*.bin`);
    /// - a PNG or WebP image, cut into whole images of the given size, without what is left at its right and lower
    ///   edges;
    /// - a directory of such files, in order of name;
    /// - `directory/prefix`: the files of a directory whose names start with `prefix`.
    ///
    /// If the shape asks for subsampling ([`ImageShape::subsampling`]), keeps only the first pixel of each block.
    ///
    /// # Errors
    /// When a file cannot be read, is of none of these kinds, or holds images of another shape.
    pub fn read(path: &Path, shape: &ImageShape) -> Result<ImageSet> {
        let files = files(path)?;
        let whole = shape.whole();
        let mut samples = Vec::new();
        let mut hasher = blake3::Hasher::new();
        for file in &files {
            let first = samples.len();
            read_file(file, &whole, &mut samples)?;
            hasher.update(&samples[first..]);
        }
        if samples.is_empty() {
            return Err(Error::NoImageSet { path: path.into() });
        }
        let digest = DataDigest {
            files: files.len(),
            pixels: (samples.len() / shape.samples.channels()) as u64,
            digest: hasher.finalize().to_hex().to_string(),
        };
        if shape.subsampling > 1 {
            samples = subsampled(&samples, &whole, shape.subsampling);
        }
        Ok(ImageSet {
            samples,
            size: shape.size(),
            digest,
        })
    }

    /// The number of images.
    pub fn len(&self) -> usize {
        self.samples.len() / self.size
    }

    /// Whether the set has no images; a set that was read has some.
    pub fn is_empty(&self) -> bool {
        self.samples.is_empty()
    }

    /// The samples of an image, `height × width × K`. Panics when `index` is too large.
    pub fn get(&self, index: usize) -> &[u8] {
        &self.samples[index * self.size..][..self.size]
    }

    /// Keeps the first `count` images.
    pub fn truncate(&mut self, count: usize) {
        self.samples.truncate(count.saturating_mul(self.size));
    }
}

/// The first pixel of each block of all images.
fn subsampled(samples: &[u8], whole: &ImageShape, ratio: usize) -> Vec<u8> {
    let channels = whole.samples.channels();
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
    let failed = |source| unreadable(path, source);
    let mut files = Vec::new();
    for entry in std::fs::read_dir(directory).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let known = reader_of(&entry.path()).is_some();
        if known && entry.file_name().to_string_lossy().starts_with(&prefix) {
            files.push(entry.path());
        }
    }
    files.sort();
    Ok(files)
}

type Reader = fn(&Path, &[u8], &ImageShape, &mut Vec<u8>) -> Result<()>;

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

fn read_file(path: &Path, shape: &ImageShape, samples: &mut Vec<u8>) -> Result<()> {
    let Some(reader) = reader_of(path) else {
        let expected = "a file named *-ubyte, *-ubyte.gz, *_packbits.npy, *.bin, *.png or *.webp";
        return Err(unfit(path, expected, "another name"));
    };
    let bytes = std::fs::read(path).map_err(|source| unreadable(path, source))?;
    reader(path, &bytes, shape, samples)
}
