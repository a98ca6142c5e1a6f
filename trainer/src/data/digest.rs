//! Names a set of images in a checkpoint, so that a run can be repeated on the same data.

use serde::{Deserialize, Serialize};

use crate::data::photo::Photo;

/// The images that a run used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataDigest {
    /// Images used.
    pub files: usize,
    /// Pixels in them.
    pub pixels: u64,
    /// BLAKE3 over names, sizes and decoded samples, in order of name.
    pub digest: String,
}

impl DataDigest {
    /// The digest of images with their names, in order of name.
    pub fn of<'a>(images: impl Iterator<Item = (&'a str, &'a Photo)>) -> DataDigest {
        let mut hasher = blake3::Hasher::new();
        let (mut files, mut pixels) = (0, 0);
        for (name, photo) in images {
            hasher.update(name.as_bytes());
            hasher.update(&(photo.width as u64).to_le_bytes());
            hasher.update(&(photo.height as u64).to_le_bytes());
            hasher.update(&photo.samples);
            files += 1;
            pixels += (photo.width * photo.height) as u64;
        }
        DataDigest {
            files,
            pixels,
            digest: hasher.finalize().to_hex().to_string(),
        }
    }
}
