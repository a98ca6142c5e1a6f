//! Folders of images, decoded to 8-bit planes in coding order, with a digest that names the data in a checkpoint.

use std::path::{Path, PathBuf};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// One 8-bit image: interleaved samples, row by row.
pub struct Picture {
    /// Width in pixels.
    pub width: usize,
    /// Height in pixels.
    pub height: usize,
    /// Channels per pixel: 1 or 3.
    pub channels: usize,
    /// `height × width × channels` samples.
    pub samples: Vec<u8>,
}

/// What a set of images was, so that a run can be repeated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataDigest {
    /// Images used.
    pub files: usize,
    /// Pixels in them.
    pub pixels: u64,
    /// BLAKE3 over names, sizes and decoded samples, in order of name.
    pub digest: String,
}

/// Images held in memory.
pub struct Dataset {
    /// The images, in order of file name.
    pub pictures: Vec<Picture>,
    /// Their digest.
    pub digest: DataDigest,
}

impl Dataset {
    /// Reads every PNG and WebP below `directory` whose sides are at least `minimum` pixels. Gray channels (`channels` = 1)
    /// keep the RGB samples: which gray is made of them is for the augmentation to decide.
    pub fn read(directory: &Path, minimum: usize) -> Result<Self> {
        let mut files = Vec::new();
        find_images(directory, &mut files)?;
        files.sort();
        let decoded = files
            .par_iter()
            .map(|path| decode(path))
            .collect::<Result<Vec<_>>>()?;
        let mut hasher = blake3::Hasher::new();
        let mut pictures = Vec::new();
        for (path, picture) in files.iter().zip(decoded) {
            if picture.width.min(picture.height) < minimum {
                continue;
            }
            let name = path.strip_prefix(directory).unwrap_or(path);
            hasher.update(name.to_string_lossy().as_bytes());
            hasher.update(&(picture.width as u64).to_le_bytes());
            hasher.update(&(picture.height as u64).to_le_bytes());
            hasher.update(&picture.samples);
            pictures.push(picture);
        }
        if pictures.is_empty() {
            return Err(Error::NoImages {
                path: directory.into(),
                minimum,
            });
        }
        let digest = DataDigest {
            files: pictures.len(),
            pixels: pictures.iter().map(|p| (p.width * p.height) as u64).sum(),
            digest: hasher.finalize().to_hex().to_string(),
        };
        Ok(Self { pictures, digest })
    }
}

fn find_images(directory: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    let io = |source| Error::Io {
        path: directory.into(),
        source,
    };
    for entry in std::fs::read_dir(directory).map_err(io)? {
        let path = entry.map_err(io)?.path();
        let extension = path
            .extension()
            .and_then(|e| e.to_str())
            .unwrap_or_default();
        if path.is_dir() {
            find_images(&path, files)?;
        } else if matches!(extension, "png" | "webp") {
            files.push(path);
        }
    }
    Ok(())
}

fn decode(path: &Path) -> Result<Picture> {
    let image = image::open(path).map_err(|source| Error::Image {
        path: path.into(),
        source,
    })?;
    let rgb = image.into_rgb8();
    let (width, height) = (rgb.width() as usize, rgb.height() as usize);
    Ok(Picture {
        width,
        height,
        channels: 3,
        samples: rgb.into_raw(),
    })
}

/// The luma (BT.601, rounded) of an RGB picture.
pub fn to_gray(picture: &Picture) -> Picture {
    let luma = |p: &[u8]| {
        let weighted = 299 * u32::from(p[0]) + 587 * u32::from(p[1]) + 114 * u32::from(p[2]);
        ((weighted + 500) / 1000) as u8
    };
    Picture {
        width: picture.width,
        height: picture.height,
        channels: 1,
        samples: picture.samples.chunks_exact(3).map(luma).collect(),
    }
}
