//! Metadata chunks as PNG has them (`docs/format.md`, *Metadata*) → what the image crate returns. Damaged chunks
//! are left out.

use std::io::Read;

use flate2::read::ZlibDecoder;
use pxc_runtime::MetadataChunk;

/// The most that compressed metadata may grow to.
const MAX_INFLATED: u64 = 1 << 26;
/// The keyword of XMP in an `iTXt` chunk.
const XMP: &[u8] = b"XML:com.adobe.xmp";

/// `iCCP`: name, 0, method 0, zlib stream.
pub(crate) fn icc_profile(chunks: &[MetadataChunk]) -> Option<Vec<u8>> {
    let (_, rest) = split_at_zero(find(chunks, b"iCCP")?)?;
    match rest.split_first()? {
        (0, stream) => inflated(stream),
        _ => None,
    }
}

/// `eXIf`, as it is.
pub(crate) fn exif(chunks: &[MetadataChunk]) -> Option<Vec<u8>> {
    find(chunks, b"eXIf").map(<[u8]>::to_vec)
}

/// `iTXt` with the keyword of XMP: keyword, 0, compressed, method 0, language, 0, translated keyword, 0, text.
pub(crate) fn xmp(chunks: &[MetadataChunk]) -> Option<Vec<u8>> {
    let texts = chunks.iter().filter(|chunk| &chunk.tag == b"iTXt");
    let parts = texts.filter_map(|chunk| split_at_zero(&chunk.data));
    let (_, rest) = parts.into_iter().find(|(keyword, _)| *keyword == XMP)?;
    let (&[compressed, _method], rest) = rest.split_first_chunk::<2>()?;
    let (_language, rest) = split_at_zero(rest)?;
    let (_translated, text) = split_at_zero(rest)?;
    match compressed {
        0 => Some(text.to_vec()),
        _ => inflated(text),
    }
}

fn find<'a>(chunks: &'a [MetadataChunk], tag: &[u8; 4]) -> Option<&'a [u8]> {
    let chunk = chunks.iter().find(|chunk| &chunk.tag == tag)?;
    Some(&chunk.data)
}

fn split_at_zero(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = bytes.iter().position(|&byte| byte == 0)?;
    Some((&bytes[..at], &bytes[at + 1..]))
}

fn inflated(stream: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut reader = ZlibDecoder::new(stream).take(MAX_INFLATED + 1);
    reader.read_to_end(&mut bytes).ok()?;
    (bytes.len() as u64 <= MAX_INFLATED).then_some(bytes)
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
            chunk(b"iTXt", &[XMP, b"\0\x01\0en\0\0", &deflated(b"<xmp/>")]),
        ];
        assert_eq!(icc_profile(&chunks).as_deref(), Some(&b"a profile"[..]));
        assert_eq!(exif(&chunks).as_deref(), Some(&b"II*\0"[..]));
        assert_eq!(xmp(&chunks).as_deref(), Some(&b"<xmp/>"[..]));
        let plain = [chunk(b"iTXt", &[XMP, b"\0\0\0\0\0<xmp/>"])];
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
        for data in [&b""[..], b"\0", b"\0\0\0", b"\0\x01\0\0\0no zlib"] {
            assert_eq!(xmp(&[chunk(b"iTXt", &[XMP, data])]), None);
        }
        assert_eq!(exif(&[]), None);
    }
}
