//! What is compressed inside of payloads and metadata: the header of a Lepton stream, the frame of an exact PNG file.

use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::{DeflateDecoder, ZlibDecoder};
use flate2::write::{DeflateEncoder, ZlibEncoder};
use pxc_codec::container::varint;

/// Most bytes that are inflated.
const MOST: u64 = 1 << 16;
/// Bytes of a Lepton stream before the length of its deflated part.
const LEPTON_HEAD: usize = 24;
/// Bytes of a description before the length of its frame.
const DIGEST: usize = 8;

/// Edits the inflated header of a Lepton stream.
pub(crate) fn edit_lepton(stream: &mut Vec<u8>, edit: &mut dyn FnMut(&mut Vec<u8>)) -> Option<()> {
    let start = LEPTON_HEAD + 4;
    let length = stream.get(LEPTON_HEAD..start)?.try_into().ok()?;
    let end = start.checked_add(u32::from_le_bytes(length) as usize)?;
    let mut plain = Vec::new();
    ZlibDecoder::new(stream.get(start..end)?)
        .take(MOST)
        .read_to_end(&mut plain)
        .ok()?;
    edit(&mut plain);
    let mut packed = ZlibEncoder::new(
        (plain.len() as u32).to_le_bytes().to_vec(),
        Compression::fast(),
    );
    packed.write_all(&plain).ok()?;
    let mut packed = packed.finish().ok()?;
    let length = packed.len() as u32 - 4;
    packed[..4].copy_from_slice(&length.to_le_bytes());
    stream.splice(LEPTON_HEAD..end, packed);
    Some(())
}

/// Edits the inflated frame of the description of a PNG file.
pub(crate) fn edit_frame(
    description: &mut Vec<u8>,
    edit: &mut dyn FnMut(&mut Vec<u8>),
) -> Option<()> {
    let mut rest = description.get(DIGEST..)?;
    let length = usize::try_from(varint::read(&mut rest)?).ok()?;
    let (frame, stretches) = rest.split_at_checked(length)?;
    let mut plain = Vec::new();
    DeflateDecoder::new(frame)
        .take(MOST)
        .read_to_end(&mut plain)
        .ok()?;
    edit(&mut plain);
    let mut packed = DeflateEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(&plain).ok()?;
    let packed = packed.finish().ok()?;
    let mut edited = description[..DIGEST].to_vec();
    varint::write(&mut edited, packed.len() as u64);
    *description = [&edited[..], &packed, stretches].concat();
    Some(())
}
