//! Folders of photos, decoded to 8-bit RGB, with a digest that names the data in a checkpoint.

use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::data::digest::DataDigest;
use crate::data::photo::Photo;
use crate::error::{Error, Result};
use crate::files::unreadable;

/// Images held in memory.
#[non_exhaustive]
pub struct Dataset {
    /// The images, in order of file name.
    pub photos: Vec<Photo>,
    /// Their digest.
    pub digest: DataDigest,
    /// Why other images could not be read.
    pub damaged: Vec<Error>,
}

impl Dataset {
    /// Reads every PNG and WebP below `directory` whose sides are at least `minimum` pixels, as RGB. A gray model makes
    /// its gray from them later. Damaged images are left out.
    ///
    /// # Errors
    /// When the directory cannot be read, or no image is large enough.
    pub fn read(directory: &Path, minimum: usize) -> Result<Self> {
        let mut files = Vec::new();
        find_images(directory, &mut files)?;
        files.sort();
        let decoded: Vec<Result<Photo>> = files.par_iter().map(|path| decode(path)).collect();
        let (mut names, mut photos, mut damaged) = (Vec::new(), Vec::new(), Vec::new());
        for (path, photo) in files.iter().zip(decoded) {
            match photo {
                Ok(photo) if photo.width.min(photo.height) >= minimum => {
                    let name = path.strip_prefix(directory).unwrap_or(path);
                    names.push(name.to_string_lossy());
                    photos.push(photo);
                }
                Ok(_) => {}
                Err(error) => damaged.push(error),
            }
        }
        if photos.is_empty() {
            return Err(damaged.pop().unwrap_or(Error::NoImages {
                path: directory.into(),
                minimum,
            }));
        }
        let digest = DataDigest::of(names.iter().map(AsRef::as_ref).zip(&photos));
        Ok(Self {
            photos,
            digest,
            damaged,
        })
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
