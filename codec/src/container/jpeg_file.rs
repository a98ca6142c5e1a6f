//! A `.pxc` file that holds a JPEG file (`docs/format.md`, *JPEG files*).
//!
//! In: a Lepton stream and what a header says about its image, or the bytes of a `.pxc` file. Out: the other one. This
//! crate neither makes nor reads Lepton streams.

use crate::container::header::{GroupEntry, Header, SIGNATURE, VERSION};
use crate::container::header_reader::{is_jpeg, read_header};
use crate::container::header_writer;
use crate::decode::checks::{check_length, payload};
use crate::error::Error;
use crate::image::sample_format::{BitDepth, ColorType};
use crate::limits::Limits;
use crate::tiles::tiling::Tiling;

/// A JPEG file as a `.pxc` file holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JpegFile<'a> {
    /// Columns of its image.
    pub width: u32,
    /// Rows of its image.
    pub height: u32,
    /// Gray or RGB.
    pub color: ColorType,
    /// The first 8 bytes of the BLAKE3 digest of the JPEG file.
    pub digest: [u8; 8],
    /// The Lepton stream that the JPEG file is coded as.
    pub stream: &'a [u8],
}

impl<'a> JpegFile<'a> {
    /// The digest of a JPEG file.
    pub fn digest_of(jpeg: &[u8]) -> [u8; 8] {
        let digest = blake3::hash(jpeg);
        digest.as_bytes().first_chunk().copied().unwrap_or_default()
    }

    /// Whether a file that begins with these bytes (32 are enough) holds a JPEG file.
    pub fn is_in(beginning: &[u8]) -> bool {
        let Some([VERSION, rest @ ..]) = beginning.strip_prefix(&SIGNATURE) else {
            return false;
        };
        let last = rest.iter().position(|&byte| byte < 0x80);
        let flags = last.and_then(|last| rest.get(last + 1));
        flags.is_some_and(|&flags| is_jpeg(flags))
    }

    /// Finds the JPEG file in a `.pxc` file and compares the checksums; `None` if the file holds something else.
    ///
    /// # Errors
    /// The same as [`read_header`](crate::read_header()), and for a payload that is damaged.
    pub fn read(bytes: &'a [u8], limits: &Limits) -> Result<Option<JpegFile<'a>>, Error> {
        let header = read_header(bytes, limits)?;
        if !header.holds_jpeg {
            return Ok(None);
        }
        check_length(&header, bytes)?;
        Ok(Some(JpegFile {
            width: header.width,
            height: header.height,
            color: header.color,
            digest: header.pixel_digest,
            stream: payload(&header, 0, bytes)?,
        }))
    }

    /// The bytes of a `.pxc` file.
    ///
    /// # Errors
    /// [`Error::LimitExceeded`] for an image that a decoder with these limits would refuse.
    pub fn write(&self, limits: &Limits) -> Result<Vec<u8>, Error> {
        limits.check_image(self.width, self.height, self.color.channels())?;
        let entry = GroupEntry {
            offset: 0,
            length: self.stream.len() as u64,
            checksum: crc32fast::hash(self.stream),
            color_method: None,
            alpha_method: None,
        };
        let header = Header {
            version: VERSION,
            width: self.width,
            height: self.height,
            color: self.color,
            bit_depth: BitDepth::Eight,
            palette: None,
            color_key: None,
            model: None,
            model_name: None,
            tiling: Tiling::whole(self.width, self.height),
            sample_map: None,
            color_set: None,
            holds_jpeg: true,
            pixel_digest: self.digest,
            metadata: Vec::new(),
            preview: None,
            groups: vec![entry],
            header_bytes: 0,
        };
        let mut file = header_writer::write(&header, &[]);
        file.extend_from_slice(self.stream);
        Ok(file)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coders::method::CodingMethod;
    use crate::container::header::{HOLDS_JPEG, MetadataChunk};
    use crate::container::other_metadata::with_metadata;
    use crate::decode::decode;
    use crate::options::DecodeOptions;

    const FILE: JpegFile<'static> = JpegFile {
        width: 300,
        height: 7,
        color: ColorType::Rgb,
        digest: [1, 2, 3, 4, 5, 6, 7, 8],
        stream: b"a Lepton stream",
    };

    #[test]
    fn jpeg_files_come_back() {
        let limits = Limits::default();
        let bytes = FILE.write(&limits).expect("within the limits");
        assert!(JpegFile::is_in(&bytes[..12]));
        assert_eq!(JpegFile::read(&bytes, &limits), Ok(Some(FILE)));
        let header = read_header(&bytes, &limits).expect("legal");
        assert_eq!((header.width, header.height), (300, 7));
        assert_eq!(header.groups[0].color_method, Some(CodingMethod::Jpeg));
        let decoded = decode(&bytes, &|_| Ok(None), &DecodeOptions::default());
        assert_eq!(decoded.map(drop), Err(Error::HoldsJpeg));
        assert!(FILE.write(&limits.with_max_pixels(2099)).is_err());
    }

    #[test]
    fn metadata_stands_beside_the_file() {
        let limits = Limits::default();
        let bytes = FILE.write(&limits).expect("within the limits");
        let chunk = MetadataChunk {
            tag: *b"fiEx",
            data: b".png".to_vec(),
        };
        let named =
            with_metadata(&bytes, std::slice::from_ref(&chunk), &limits, None).expect("legal");
        assert!(JpegFile::is_in(&named[..12]));
        assert_eq!(JpegFile::read(&named, &limits), Ok(Some(FILE)));
        let header = read_header(&named, &limits).expect("legal");
        assert_eq!(header.metadata, [chunk]);
        assert_eq!(with_metadata(&named, &[], &limits, None), Ok(bytes));
    }

    #[test]
    fn damage_is_found() {
        let limits = Limits::default();
        let bytes = FILE.write(&limits).expect("within the limits");
        for length in 0..bytes.len() {
            assert!(JpegFile::read(&bytes[..length], &limits).is_err());
        }
        let mut damaged = bytes.clone();
        *damaged.last_mut().expect("a byte") ^= 1;
        let found = JpegFile::read(&damaged, &limits);
        assert!(matches!(found, Err(Error::GroupChecksum { .. })));
        for (at, value) in [(11, 0x33), (11, 0x42), (10, HOLDS_JPEG | 1), (10, 0x80)] {
            let mut odd = bytes.clone();
            odd[at] = value;
            let end = odd.len() - FILE.stream.len() - 4;
            let checksum = crc32fast::hash(&odd[..end]);
            odd[end..end + 4].copy_from_slice(&checksum.to_le_bytes());
            let found = JpegFile::read(&odd, &limits);
            assert!(matches!(found, Err(Error::Unsupported { .. })), "{found:?}");
        }
    }
}
