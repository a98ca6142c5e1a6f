//! The metadata section of the header (`docs/format.md`, *Metadata*): chunks ↔ bytes.
//!
//! In: chunks, or a cursor at the section. Out: the other one. The chunks are listed by column (tags, lengths, data),
//! which a dictionary coder likes, and then coded with the dictionary of the format.

mod coding;

use crate::container::cursor::Cursor;
use crate::container::header::MetadataChunk;
use crate::container::varint;
use crate::error::Error;
use crate::limits::Limits;
use crate::work_meter::Monitor;

/// Bytes that a chunk counts in addition to its data.
const CHUNK_BYTES: u64 = 32;
/// The smallest chunk: a tag and a length.
const LEAST_CHUNK: u64 = 5;

/// The bytes that chunks count against [`Limits::max_metadata`]: their data, and 32 bytes each.
pub(crate) fn counted(chunks: &[MetadataChunk]) -> u64 {
    let bytes = chunks.iter().map(|chunk| chunk.data.len() as u64);
    total(chunks.len() as u64, bytes)
}

fn total(chunks: u64, data: impl Iterator<Item = u64>) -> u64 {
    let tables = chunks.saturating_mul(CHUNK_BYTES);
    data.fold(tables, u64::saturating_add)
}

/// Refuses the tags of metadata that version 1 cannot carry.
pub(crate) fn check_legal(metadata: &[MetadataChunk]) -> Result<(), Error> {
    for MetadataChunk { tag, .. } in metadata {
        if !tag[0].is_ascii_lowercase() || !tag.iter().all(u8::is_ascii_alphanumeric) {
            return Err(Error::MetadataTag {
                tag: tag.escape_ascii().to_string(),
            });
        }
    }
    Ok(())
}

/// Writes the section: no bytes without chunks.
///
/// # Errors
/// [`Error::Cancelled`] when the caller asks to stop.
pub(crate) fn section(chunks: &[MetadataChunk], monitor: &Monitor<'_>) -> Result<Vec<u8>, Error> {
    let mut out = Vec::new();
    if !chunks.is_empty() {
        let plain = columns(chunks);
        let coded = coding::code(&plain, monitor)?;
        varint::write(&mut out, plain.len() as u64);
        varint::write(&mut out, coded.len() as u64);
        out.extend_from_slice(&coded);
    }
    Ok(out)
}

fn columns(chunks: &[MetadataChunk]) -> Vec<u8> {
    let mut plain = Vec::new();
    varint::write(&mut plain, chunks.len() as u64);
    plain.extend(chunks.iter().flat_map(|chunk| chunk.tag));
    for chunk in chunks {
        varint::write(&mut plain, chunk.data.len() as u64);
    }
    plain.extend(chunks.iter().flat_map(|chunk| &chunk.data));
    plain
}

/// Reads the section.
pub(crate) fn read(
    cursor: &mut Cursor<'_>,
    limits: &Limits,
    monitor: &Monitor<'_>,
) -> Result<Vec<MetadataChunk>, Error> {
    let length = cursor.varint("metadata_length")?;
    limits.check_metadata(length)?;
    let coded_length = cursor.varint("coded_length")?;
    let offset = cursor.offset();
    let coded = cursor.take("metadata", coded_length)?;
    let damaged = |problem| Error::MetadataContent { offset, problem };
    let plain = coding::decode(coded, length as usize, monitor)?.map_err(damaged)?;
    let mut columns = Cursor::new(&plain);
    let Columns { tags, lengths } = read_columns(&mut columns).map_err(damaged)?;
    check_tags(tags, offset)?;
    limits.check_metadata(total(lengths.len() as u64, lengths.iter().copied()))?;
    let chunks = tags.iter().zip(&lengths).map(|(&tag, &length)| {
        let data = columns.take("chunk", length).ok()?.to_vec();
        Some(MetadataChunk { tag, data })
    });
    let chunks: Option<Vec<MetadataChunk>> = chunks.collect();
    match chunks {
        Some(chunks) if columns.remaining() == 0 => Ok(chunks),
        _ => Err(damaged("the lengths of the chunks do not add up")),
    }
}

/// The columns of the list of chunks.
struct Columns<'a> {
    tags: &'a [[u8; 4]],
    lengths: Vec<u64>,
}

fn read_columns<'a>(columns: &mut Cursor<'a>) -> Result<Columns<'a>, &'static str> {
    let damaged = "the list of the chunks is not legal";
    let count = columns.varint("chunk_count").map_err(|_| damaged)?;
    if count > columns.remaining() / LEAST_CHUNK {
        return Err("there are fewer chunks than chunk_count says");
    }
    let tags = columns.take("chunk_tag", 4 * count).map_err(|_| damaged)?;
    let lengths = (0..count).map(|_| columns.varint("chunk_length").map_err(|_| damaged));
    Ok(Columns {
        tags: tags.as_chunks().0,
        lengths: lengths.collect::<Result<_, _>>()?,
    })
}

/// Refuses chunks without which the image cannot be understood: version 1 has none.
fn check_tags(tags: &[[u8; 4]], offset: u64) -> Result<(), Error> {
    match tags.iter().find(|tag| !tag[0].is_ascii_lowercase()) {
        None => Ok(()),
        Some(tag) => Err(Error::Unsupported {
            field: "chunk_tag",
            offset,
            found: tag.escape_ascii().to_string(),
            supported: "tags that begin with a lowercase letter",
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunk(tag: &[u8; 4], data: &[u8]) -> MetadataChunk {
        let data = data.to_vec();
        MetadataChunk { tag: *tag, data }
    }

    fn written(chunks: &[MetadataChunk]) -> Vec<u8> {
        section(chunks, &Monitor::silent()).expect("nobody asks to stop")
    }

    fn read_back(section: &[u8], max_metadata: u64) -> Result<Vec<MetadataChunk>, Error> {
        let limits = Limits::default().with_max_metadata(max_metadata);
        let mut cursor = Cursor::new(section);
        let chunks = read(&mut cursor, &limits, &Monitor::silent())?;
        assert_eq!(cursor.remaining(), 0);
        Ok(chunks)
    }

    /// A section with the columns as they are.
    fn stored(plain: &[u8]) -> Vec<u8> {
        let length = plain.len() as u8;
        [&[length, length], plain].concat()
    }

    #[test]
    fn chunks_come_back() {
        let noise: Vec<u8> = (0..999u32)
            .map(|n| (n * n).wrapping_mul(2_654_435) as u8)
            .collect();
        let xmp = [&b"XML:com.adobe.xmp\0\0\0\0\0"[..], &[b'x'; 70_000]].concat();
        for chunks in [
            vec![chunk(b"gAMA", &[0, 0, 177, 143])],
            vec![chunk(b"tEXt", b"Title\0pxc"), chunk(b"eXIf", &[])],
            vec![chunk(b"iTXt", &xmp), chunk(b"iCCP", &noise)],
        ] {
            let section = written(&chunks);
            assert_eq!(read_back(&section, 1 << 20).as_ref(), Ok(&chunks));
            let counted = counted(&chunks);
            assert_eq!(read_back(&section, counted).as_ref(), Ok(&chunks));
            assert!(read_back(&section, counted - 1).is_err());
        }
        assert!(written(&[]).is_empty());
    }

    #[test]
    fn usual_metadata_costs_little() {
        let software = chunk(b"tEXt", b"Software\0Adobe ImageReady");
        let size = chunk(b"pHYs", &[0, 0, 0x0b, 0x13, 0, 0, 0x0b, 0x13, 1]);
        let section = written(&[software, size]);
        assert!(section.len() < 32, "{} bytes", section.len());
    }

    #[test]
    fn what_no_encoder_writes_is_refused() {
        assert_eq!(
            read_back(&stored(&[1, b'a', b'b', b'c', b'd', 1, 7]), 99).map(|found| found.len()),
            Ok(1)
        );
        for plain in [
            &[][..],
            &[1],
            &[1, b'a', b'b', b'c', b'd', 2, 7],
            &[1, b'a', b'b', b'c', b'd', 0, 7],
            &[1, b'a', b'b', b'c', b'd', 0x80, 0],
            &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1],
        ] {
            let found = read_back(&stored(plain), 99);
            assert!(
                matches!(found, Err(Error::MetadataContent { offset: 2, .. })),
                "{plain:?}: {found:?}"
            );
        }
        let critical = read_back(&stored(&[1, b'A', b'b', b'c', b'd', 1, 7]), 99);
        assert!(matches!(critical, Err(Error::Unsupported { .. })));
        for section in [&[7, 3, 1, 2, 3][..], &[9, 8, 0, 0, 0, 0, 0, 0, 0, 0]] {
            assert!(matches!(
                read_back(section, 99),
                Err(Error::MetadataContent { .. })
            ));
        }
    }
}
