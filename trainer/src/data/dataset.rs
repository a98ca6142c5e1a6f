//! Folders of photos, decoded to 8-bit RGB, with a digest that names the data in a checkpoint.

use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::data::digest::DataDigest;
use crate::data::photo::Photo;
use crate::error::{Error, Result};
use crate::files::unreadable;

/// Images held in memory.
pub struct Dataset {
    /// The images, in order of file name.
    pub photos: Vec<Photo>,
    /// Their digest.
    pub digest: DataDigest,
}

impl Dataset {
    /// Reads every PNG and WebP below `directory` whose sides are at least `minimum` pixels, as RGB. A gray model makes
    /// its gray from them later.
    ///
    /// # Errors
    /// When an image cannot be read, or none is large enough.
    pub fn read(directory: &Path, minimum: usize) -> Result<Self> {
        let mut files = Vec::new();
        find_images(directory, &mut files)?;
        files.sort();
        let decoded = files
            .par_iter()
            .map(|path| decode(path))
            .collect::<Result<Vec<_>>>()?;
        let mut hasher = blake3::Hasher::new();
        let mut photos = Vec::new();
        for (path, photo) in files.iter().zip(decoded) {
            if photo.width.min(photo.height) < minimum {
                continue;
            }
            let name = path.strip_prefix(directory).unwrap_or(path);
            hasher.update(name.to_string_lossy().as_bytes());
            hasher.update(&(photo.width as u64).to_le_bytes());
            hasher.update(&(photo.height as u64).to_le_bytes());
            hasher.update(&photo.samples);
            photos.push(photo);
        }
        if photos.is_empty() {
            return Err(Error::NoImages {
                path: directory.into(),
                minimum,
            });
        }
        let digest = DataDigest {
            files: photos.len(),
            pixels: photos.iter().map(|p| (p.width * p.height) as u64).sum(),
            digest: hasher.finalize().to_hex().to_string(),
        };
        Ok(Self { photos, digest })
    }
}

fn find_images(directory: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    let failed = |source| unreadable(directory, source);
    for entry in std::fs::read_dir(directory).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
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

fn decode(path: &Path) -> Result<Photo> {
    let image = image::open(path).map_err(|source| Error::Image {
        path: path.into(),
        source,
    })?;
    let rgb = image.into_rgb8();
    let (width, height) = (rgb.width() as usize, rgb.height() as usize);
    Ok(Photo {
        width,
        height,
        channels: 3,
        samples: rgb.into_raw(),
    })
}
