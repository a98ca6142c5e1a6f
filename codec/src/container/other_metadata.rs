//! Replaces the metadata of a `.pxc` file.
//!
//! In: the bytes of a file and chunks. Out: a file with a new header, the same preview and the same payloads.

use crate::container::header::MetadataChunk;
use crate::container::header_reader::read_header_monitored;
use crate::container::{header_writer, metadata};
use crate::error::Error;
use crate::limits::Limits;
use crate::options::ProgressCallback;
use crate::work_meter::Monitor;

/// Returns the file with `chunks` as its metadata, without coding its image again: for metadata that depends on the
/// size of the file.
///
/// # Errors
/// The same as [`read_header`](crate::read_header), and an error of kind `Argument` for a tag that is not legal,
/// `Limit` for metadata that a decoder with these limits would refuse, `Cancelled` when `progress` asks to stop.
pub fn with_metadata(
    file: &[u8],
    chunks: &[MetadataChunk],
    limits: &Limits,
    progress: Option<ProgressCallback<'_>>,
) -> Result<Vec<u8>, Error> {
    metadata::check_legal(chunks)?;
    limits.check_metadata(metadata::counted(chunks))?;
    let monitor = Monitor::preparing(progress);
    let header = read_header_monitored(file, limits, &monitor)?;
    let payloads = file.get(header.header_bytes as usize..);
    let section = metadata::section(chunks, &monitor)?;
    let mut out = header_writer::write(&header, &section);
    out.extend_from_slice(payloads.unwrap_or_default());
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encode::encode;
    use crate::image::raster::Image;
    use crate::image::sample_format::ColorType;
    use crate::options::EncodeOptions;

    #[test]
    fn the_file_is_the_one_that_is_encoded_with_the_metadata() {
        let samples = (0..400 * 300 * 3u32)
            .map(|n| (n.wrapping_mul(n) >> 7) as u8)
            .collect();
        let image = Image::new(400, 300, ColorType::Rgb, samples).expect("legal");
        let (options, limits) = (EncodeOptions::default(), Limits::default());
        let encoded =
            |chunks: &[MetadataChunk]| encode(&image, chunks, None, &options).expect("encodes").0;
        let chunk = |tag| MetadataChunk {
            tag,
            data: vec![7; 90],
        };
        let (none, one) = ([], [chunk(*b"gAMA")]);
        let both = [chunk(*b"gAMA"), chunk(*b"pnGx")];
        for (from, to) in [(&none[..], &both[..]), (&both, &one), (&one, &none)] {
            assert_eq!(
                with_metadata(&encoded(from), to, &limits, None),
                Ok(encoded(to))
            );
        }
        let illegal = with_metadata(&encoded(&none), &[chunk(*b"ABCD")], &limits, None);
        assert!(matches!(illegal, Err(Error::MetadataTag { .. })));
        let tight = limits.with_max_metadata(100);
        assert!(with_metadata(&encoded(&none), &one, &tight, None).is_err());
        assert!(with_metadata(b"a PNG", &one, &limits, None).is_err());
    }
}
