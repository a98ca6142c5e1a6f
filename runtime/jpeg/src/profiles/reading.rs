//! Chunks → colour profiles, EXIF and XMP. Damaged chunks are left out.

use std::borrow::Cow;
use std::io::Read;

use flate2::read::ZlibDecoder;
use pxc_codec::MetadataChunk;

use crate::profiles::orientation::{exif_of, orientation, xmp_orientation};

/// The most that the compressed metadata of a file may grow to, in all.
const MAX_INFLATED: u64 = 1 << 26;
/// The keyword of XMP in an `iTXt` chunk, and 0.
const XMP: &[u8] = b"XML:com.adobe.xmp\0";

/// Inflates the metadata of one file. All of its chunks together grow to no more than 64 MiB, however
/// many they are; what goes beyond that is left out.
pub struct MetadataInflater {
    left: u64,
}

impl Default for MetadataInflater {
    fn default() -> MetadataInflater {
        MetadataInflater { left: MAX_INFLATED }
    }
}

impl MetadataInflater {
    /// The XMP in the data of an `iTXt` chunk: keyword, 0, whether it is compressed, method 0, language, 0, translated
    /// keyword, 0, text.
    pub fn xmp_in<'a>(&mut self, data: &'a [u8]) -> Option<Cow<'a, [u8]>> {
        let (&[is_compressed, _], rest) = data.strip_prefix(XMP)?.split_first_chunk()?;
        let (_language, rest) = split_at_zero(rest)?;
        let (_translated, text) = split_at_zero(rest)?;
        match is_compressed {
            0 => Some(text.into()),
            _ => Some(self.inflated(text)?.into()),
        }
    }

    /// Inflates a stream. Also returns what was inflated before an error or the limit.
    fn inflated(&mut self, stream: &[u8]) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        let mut reader = ZlibDecoder::new(stream).take(self.left + 1);
        let outcome = reader.read_to_end(&mut bytes);
        let left = self.left.checked_sub(bytes.len() as u64);
        self.left = left.unwrap_or(0);
        outcome.is_ok().then_some(())?;
        left.map(|_| bytes)
    }
}

/// The ICC profile in `iCCP`: name, 0, method 0, zlib stream.
pub fn icc_profile(chunks: &[MetadataChunk]) -> Option<Vec<u8>> {
    let (_, rest) = split_at_zero(find(chunks, b"iCCP")?)?;
    match rest.split_first()? {
        (0, stream) => MetadataInflater::default().inflated(stream),
        _ => None,
    }
}

/// The EXIF in `eXIf`, as it is.
pub fn exif(chunks: &[MetadataChunk]) -> Option<&[u8]> {
    find(chunks, b"eXIf")
}

/// The XMP in the first `iTXt` chunk that has any.
pub fn xmp(chunks: &[MetadataChunk]) -> Option<Cow<'_, [u8]>> {
    let mut inflater = MetadataInflater::default();
    texts(chunks).find_map(|chunk| inflater.xmp_in(&chunk.data))
}

/// The orientation that EXIF states, or XMP where EXIF does not, 2 to 8; `None` for an upright picture.
pub fn stated_orientation(chunks: &[MetadataChunk]) -> Option<u16> {
    let mut inflater = MetadataInflater::default();
    let in_xmp = |chunk: &MetadataChunk| xmp_orientation(&inflater.xmp_in(&chunk.data)?);
    let stated = exif(chunks)
        .and_then(orientation)
        .or_else(|| texts(chunks).find_map(in_xmp));
    stated.filter(|&orientation| exif_of(orientation).is_some())
}

fn texts(chunks: &[MetadataChunk]) -> impl Iterator<Item = &MetadataChunk> {
    chunks.iter().filter(|chunk| &chunk.tag == b"iTXt")
}

fn find<'a>(chunks: &'a [MetadataChunk], tag: &[u8; 4]) -> Option<&'a [u8]> {
    let chunk = chunks.iter().find(|chunk| &chunk.tag == tag)?;
    Some(&chunk.data)
}

fn split_at_zero(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = bytes.iter().position(|&byte| byte == 0)?;
    Some((&bytes[..at], &bytes[at + 1..]))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn deflated(bytes: &[u8]) -> Vec<u8> {
        let level = flate2::Compression::fast();
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), level);
        encoder.write_all(bytes).expect("memory");
        encoder.finish().expect("memory")
    }

    fn chunk(tag: &[u8; 4], parts: &[&[u8]]) -> MetadataChunk {
        MetadataChunk {
            tag: *tag,
            data: parts.concat(),
        }
    }

    #[test]
    fn metadata_is_unwrapped() {
        let chunks = [
            chunk(b"iCCP", &[b"name\0\0", &deflated(b"a profile")]),
            chunk(b"eXIf", &[b"II*\0"]),
            chunk(b"iTXt", &[b"Comment\0\0\0\0\0no"]),
            chunk(b"iTXt", &[XMP, b"\x01\0en\0\0", &deflated(b"<xmp/>")]),
        ];
        assert_eq!(icc_profile(&chunks).as_deref(), Some(&b"a profile"[..]));
        assert_eq!(exif(&chunks), Some(&b"II*\0"[..]));
        assert_eq!(xmp(&chunks).as_deref(), Some(&b"<xmp/>"[..]));
        let plain = [chunk(b"iTXt", &[XMP, b"\0\0\0\0<xmp/>"])];
        assert_eq!(xmp(&plain).as_deref(), Some(&b"<xmp/>"[..]));
    }

    #[test]
    fn damaged_metadata_is_left_out() {
        for data in [
            &b""[..],
            b"name",
            b"name\0",
            b"name\0\0no zlib",
            b"name\x001",
        ] {
            assert_eq!(icc_profile(&[chunk(b"iCCP", &[data])]), None);
        }
        for data in [&b""[..], b"\0\0", b"\x01\0\0\0no zlib"] {
            assert_eq!(xmp(&[chunk(b"iTXt", &[XMP, data])]), None);
        }
        assert_eq!(exif(&[]), None);
    }

    #[test]
    fn the_chunks_of_a_file_share_what_they_may_grow_to() {
        let turned = b"<a tiff:Orientation=\"6\"/>";
        let padded = [&turned[..], &vec![b' '; (MAX_INFLATED / 2) as usize]].concat();
        let bomb = chunk(b"iTXt", &[XMP, b"\x01\0\0\0", &deflated(&padded)]);
        let mut inflater = MetadataInflater::default();
        assert!(inflater.xmp_in(&bomb.data).is_some());
        assert!(inflater.xmp_in(&bomb.data).is_none());
        assert_eq!(inflater.left, 0);
        let plain = chunk(b"iTXt", &[XMP, b"\0\0\0\0", turned]);
        assert!(inflater.xmp_in(&plain.data).is_some());
        assert_eq!(stated_orientation(&[bomb, plain]), Some(6));
    }

    #[test]
    fn what_a_damaged_stream_gave_counts() {
        let mut stream = deflated(&[b' '; 1 << 16]);
        stream.truncate(stream.len() - 4);
        let damaged = chunk(b"iTXt", &[XMP, b"\x01\0\0\0", &stream]);
        let mut inflater = MetadataInflater::default();
        assert!(inflater.xmp_in(&damaged.data).is_none());
        assert_eq!(inflater.left, MAX_INFLATED - (1 << 16));
    }
}
