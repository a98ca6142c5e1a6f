//! A PNG file → its description; the description and the image → the file.
//!
//! A description is: the first 8 bytes of the file's BLAKE3 digest; the length of the body, deflated, and the body; the stretches of
//! the deflate stream. The body is: whether the image is interlaced; the zlib stream's first 2 bytes and what follows its deflate
//! stream; the filters of the rows; the [frame](crate::exact::frame).

use std::io::Write;
use std::ops::Range;

use flate2::Compression;
use flate2::write::DeflateEncoder;
use pxc_codec::{Image, Limits, MetadataChunk};

use crate::error::{Error, Result};
use crate::exact::bytes::{Bytes, DIGEST_BYTES, digest, inflate, write_block};
use crate::exact::frame::{self, Frame};
use crate::exact::prediction::predict;
use crate::exact::reason::Reason;
use crate::exact::recreation::recreate_trusted;
use crate::exact::stretches::Stretches;
use crate::formats::png::rows::Rows;
use crate::picture::Picture;

/// The tag of the chunk with a description.
pub(crate) const TAG: [u8; 4] = *b"pnGx";

/// Describes the PNG file `bytes`, of which `picture` was read. Checks that the file can be rebuilt from the description.
/// [`Reason::Cost`] if its description has more than `longest` bytes.
pub(crate) fn describe(
    bytes: &[u8],
    picture: &Picture,
    longest: usize,
    limits: &Limits,
) -> Result<MetadataChunk> {
    let data = description(bytes, &picture.image, longest)?;
    let rebuilt = ExactFile::parse(&data, &picture.image, &picture.metadata, limits)
        .and_then(|file| file.assemble(&recreate_trusted(file.stretches())?));
    if rebuilt.map_err(|error| not_described(&error.to_string()))? != bytes {
        return Err(not_described("the rebuilt file is different"));
    }
    Ok(MetadataChunk { tag: TAG, data })
}

fn description(bytes: &[u8], image: &Image, longest: usize) -> Result<Vec<u8>> {
    let frame = Frame::of(bytes)?;
    let zlib = frame.zlib();
    let (head, deflate) = zlib
        .split_at_checked(2)
        .ok_or_else(|| not_described("its compressed pixels are missing"))?;
    let rows = Rows::new(
        image.width(),
        image.height(),
        image.format(),
        frame.is_interlaced(),
    );
    let predicted = predict(deflate, rows.bytes(), longest).map_err(Error::not_described)?;
    let filters = rows
        .filters(&predicted.plain)
        .ok_or_else(|| not_described("its rows do not have the length that the header implies"))?;

    let mut body = vec![frame.is_interlaced().into()];
    for block in [head, &deflate[predicted.length..], &filters] {
        write_block(&mut body, block);
    }
    frame.write(&mut body);
    let mut packed = DeflateEncoder::new(Vec::new(), Compression::best());
    let packed = packed.write_all(&body).and_then(|()| packed.finish());
    let packed = packed.map_err(|error| not_described(&error.to_string()))?;

    let mut out = digest(bytes).to_vec();
    write_block(&mut out, &packed);
    out.extend_from_slice(&predicted.stretches);
    Ok(out)
}

/// A PNG file that is being rebuilt: everything but its deflate stream.
#[derive(Debug)]
pub struct ExactFile<'a> {
    digest: [u8; DIGEST_BYTES],
    /// The filtered rows.
    plain: Vec<u8>,
    stretches: &'a [u8],
    body: Vec<u8>,
    /// In the body: the bytes before the deflate stream, those after it, and the frame.
    head: Range<usize>,
    tail: Range<usize>,
    frame: Range<usize>,
    metadata: &'a [MetadataChunk],
}

impl<'a> ExactFile<'a> {
    /// Reads a description. `image` and `metadata` are those of the `.pxc` file.
    pub fn parse(
        description: &'a [u8],
        image: &Image,
        metadata: &'a [MetadataChunk],
        limits: &Limits,
    ) -> Result<ExactFile<'a>> {
        let mut reader = Bytes(description);
        let mut digest = [0; DIGEST_BYTES];
        digest.copy_from_slice(reader.take(DIGEST_BYTES)?);
        let body = inflate(reader.block()?, limits)?;
        let stretches = reader.0;

        let mut reader = Bytes(&body);
        let is_interlaced = reader.byte()? != 0;
        let mut block = || -> Result<Range<usize>> {
            let block = reader.block()?;
            let end = body.len() - reader.0.len();
            Ok(end - block.len()..end)
        };
        let (head, tail, filters) = (block()?, block()?, block()?);
        let rows = Rows::new(image.width(), image.height(), image.format(), is_interlaced);
        let plain = rows
            .filtered(image, &body[filters.clone()])
            .ok_or_else(|| Error::description("the number of rows or a filter is wrong"))?;
        Ok(ExactFile {
            digest,
            plain,
            stretches,
            head,
            tail,
            frame: filters.end..body.len(),
            body,
            metadata,
        })
    }

    /// What the deflate stream is made from.
    pub fn stretches(&self) -> Stretches<'_> {
        Stretches::new(&self.plain, self.stretches)
    }

    /// The bytes of the file, checked against their digest.
    pub fn assemble(&self, deflate: &[u8]) -> Result<Vec<u8>> {
        let body = |range: &Range<usize>| &self.body[range.clone()];
        let zlib = [body(&self.head), deflate, body(&self.tail)].concat();
        let file = frame::assemble(body(&self.frame), &zlib, self.metadata)?;
        if digest(&file) != self.digest {
            return Err(Error::description("the digest does not match the file"));
        }
        Ok(file)
    }
}

fn not_described(reason: &str) -> Error {
    Error::not_described(Reason::other(reason))
}
