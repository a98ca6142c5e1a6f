//! Rebuilds the file that an image and its metadata describe.

use std::time::Instant;

use pxc_picture::exact::{self, ExactFile, Source};
use pxc_picture::{Image, MetadataChunk, OutputFormat};
use pxc_runtime::Limits;

use crate::coding::rebuild::error::RebuildError;
use crate::coding::rebuild::parent;

/// Rebuilds the file. Ends at the deadline what can be stopped.
pub(crate) fn rebuild(
    image: &Image,
    metadata: &[MetadataChunk],
    limits: &Limits,
    deadline: Option<Instant>,
) -> Result<Vec<u8>, RebuildError> {
    let description = exact::find(metadata).ok_or(RebuildError::NotDescribed)?;
    if description.format != OutputFormat::Png {
        return Ok(exact::restore(description.data, image, limits)?);
    }
    let held = 2 * image.samples().len() + description.data.len();
    let within = limits.reserve(held as u64);
    let within = within.map_err(|source| pxc_picture::Error::Limit { source })?;
    let file = ExactFile::parse(description.data, image, metadata, &within);
    let file = file.map_err(|error| error.within(limits))?;
    let deflate = match file.source() {
        Source::Known(stream) => {
            let is_early = || deadline.is_none_or(|deadline| Instant::now() < deadline);
            stream.make(is_early)?.ok_or(RebuildError::Time)?
        }
        Source::Stretches(stretches) => {
            let time = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            parent::make_deflate(stretches, limits, time)?
        }
    };
    Ok(file.assemble(&deflate)?)
}

#[cfg(test)]
mod tests {
    use pxc_picture::{Picture, ReadOptions, read_picture};

    use super::*;

    fn described(file: &[u8]) -> (Picture, MetadataChunk) {
        let picture = read_picture(file, &ReadOptions::default()).expect("a picture");
        let limits = Limits::default();
        let chunk = exact::describe(file, &picture, usize::MAX, &limits).expect("a description");
        (picture, chunk)
    }

    #[test]
    fn a_file_comes_back_before_its_deadline_and_a_known_encoder_stops_at_it() {
        let png = include_bytes!("../../../fixtures/images/photo-gray.png");
        let (picture, chunk) = described(png);
        let metadata = [&picture.metadata[..], &[chunk]].concat();
        let rebuilt = |deadline: Option<Instant>| {
            rebuild(&picture.image, &metadata, &Limits::default(), deadline)
        };
        assert_eq!(rebuilt(None).expect("no deadline"), png);
        let later = Instant::now() + std::time::Duration::from_secs(600);
        assert_eq!(rebuilt(Some(later)).expect("in time"), png);
        assert!(matches!(
            rebuilt(Some(Instant::now())),
            Err(RebuildError::Time)
        ));
    }

    #[test]
    fn what_is_not_described_is_not_rebuilt() {
        let png = include_bytes!("../../../fixtures/images/photo-gray.png");
        let (picture, _) = described(png);
        let rebuilt = rebuild(&picture.image, &picture.metadata, &Limits::default(), None);
        assert!(matches!(rebuilt, Err(RebuildError::NotDescribed)));
    }
}
