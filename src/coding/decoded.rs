//! A .pxc file → its image, or a part of it.

use pxc_runtime::{Image, MetadataChunk, Times};

use crate::arguments::region::Region;
use crate::coding::damage::report_damage;
use crate::coding::engine::Coding;
use crate::coding::jpeg::{self, Restored};
use crate::error::Error;
use crate::files::location::Location;
use crate::terminal::progress::FileMeter;

/// How much of each input is decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extent {
    /// The whole image.
    Whole,
    /// The undamaged groups; the rest becomes zero samples.
    Undamaged,
    /// A rectangle.
    Region(Region),
    /// The coarse image of a model of two scales.
    Thumbnail,
}

impl Extent {
    /// The part of an output's name that says that it is not the whole image.
    pub(crate) fn part(self) -> Option<String> {
        match self {
            Extent::Whole | Extent::Undamaged => None,
            Extent::Region(region) => Some(region.to_string()),
            Extent::Thumbnail => Some("thumbnail".into()),
        }
    }
}

/// The decoded image, and the damage that `--partial` tolerates.
pub(crate) struct Decoded {
    pub(crate) image: Image,
    pub(crate) metadata: Vec<MetadataChunk>,
    /// What the image and its metadata lack, compared with the file that the .pxc file holds.
    pub(crate) lost: Vec<String>,
    pub(crate) times: Times,
    pub(crate) damage: Option<Error>,
}

/// Decodes a JPEG file.
pub(crate) fn decode_jpeg(
    coding: &Coding,
    location: &Location,
    jpeg: Restored,
    meter: &FileMeter<'_>,
) -> Result<Decoded, Error> {
    let (limits, name) = (*coding.limits(), location.clone());
    let read = move || jpeg::picture(&name, &jpeg.bytes, &limits);
    let picture = coding.in_time(location, meter, read)??;
    Ok(Decoded {
        image: picture.image,
        metadata: picture.metadata,
        lost: picture.dropped,
        times: Times::default(),
        damage: None,
    })
}

/// Decodes a .pxc file.
pub(crate) fn decode(
    coding: &Coding,
    location: &Location,
    bytes: &[u8],
    extent: Extent,
    meter: &FileMeter<'_>,
) -> Result<Decoded, Error> {
    let decoded = match extent {
        Extent::Whole => coding.decompress(location, bytes, meter)?,
        Extent::Region(region) => coding.decompress_region(location, bytes, region, meter)?,
        Extent::Thumbnail => coding.thumbnail(location, bytes, meter)?,
        Extent::Undamaged => {
            let partial = coding.decompress_partial(location, bytes, meter)?;
            return Ok(Decoded {
                damage: report_damage(location, &partial),
                image: partial.image,
                metadata: partial.header.metadata,
                lost: Vec::new(),
                times: partial.stats.times,
            });
        }
    };
    Ok(Decoded {
        image: decoded.image,
        metadata: decoded.header.metadata,
        lost: Vec::new(),
        times: decoded.stats.times,
        damage: None,
    })
}
