//! The results of decoding.

use crate::container::header::Header;
use crate::error::Error;
use crate::image::raster::Image;
use crate::stats::DecodeStats;
use crate::tiles::rect::Rect;

/// The result of [`decode`](crate::decode()).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Decoded {
    /// The image. Only [`decode`](crate::decode()) compares it with the pixel digest.
    pub image: Image,
    /// The header, metadata included.
    pub header: Header,
    /// Where the time went.
    pub stats: DecodeStats,
}

impl Decoded {
    /// Takes an image that another decoder made of a file with this header, such as a decoder of JPEG files.
    pub fn new(image: Image, header: Header) -> Decoded {
        Decoded {
            image,
            header,
            stats: DecodeStats::default(),
        }
    }
}

/// The result of [`decode_partial`](crate::decode_partial).
#[derive(Debug)]
#[non_exhaustive]
pub struct Partial {
    /// The image; the tiles of damaged groups are zero.
    pub image: Image,
    /// The header, metadata included.
    pub header: Header,
    /// The groups that could not be decoded. Everything else matches its checksum.
    pub damaged: Vec<DamagedGroup>,
    /// Why the intact part may still be wrong: bytes after the end, or a digest that does not match although no group
    /// is damaged.
    pub warnings: Vec<Error>,
    /// Where the time went.
    pub stats: DecodeStats,
}

impl From<Decoded> for Partial {
    /// Describes a file without damage.
    fn from(decoded: Decoded) -> Partial {
        Partial {
            image: decoded.image,
            header: decoded.header,
            damaged: Vec::new(),
            warnings: Vec::new(),
            stats: decoded.stats,
        }
    }
}

/// A group that could not be decoded.
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DamagedGroup {
    /// Index of the group.
    pub group: u64,
    /// The pixels that are missing, as at most three rectangles.
    pub areas: Vec<Rect>,
    /// Why it could not be decoded.
    pub reason: Error,
}
