//! A PNG file → its description; the description and the image → the file.
//!
//! A description is: the first 8 bytes of the file's BLAKE3 digest; the length of the body, deflated, and the body;
//! what the deflate stream is made from, a known encoder or stretches. The body is: whether the image is interlaced;
//! the zlib stream's first 2 bytes and what follows its deflate stream; the filters of the rows; the
//! [frame](crate::exact::frame).

use std::io::Write;
use std::ops::Range;

use flate2::Compression;
use flate2::write::DeflateEncoder;
use pxc_codec::{Image, Limits, MetadataChunk};

use crate::error::{Error, Result};
use crate::exact::bytes::{Bytes, DIGEST_BYTES, digest, inflate, write_length_prefixed};
use crate::exact::filters;
use crate::exact::frame::{self, PngFrame};
use crate::exact::known;
use crate::exact::known::encoder::Encoder;
use crate::exact::known::stream::KnownStream;
#[cfg(feature = "preflate")]
use crate::exact::prediction::predict;
use crate::exact::reason::Reason;
#[cfg(feature = "preflate")]
use crate::exact::recreation::recreate_trusted;
use crate::exact::stretches::{StreamLimits, Stretches};
#[cfg(not(feature = "preflate"))]
use crate::exact::unpredicted::{predict, recreate_trusted};
use crate::formats::png::colors::ColorChunks;
use crate::formats::png::rows::PngRows;
use crate::ledger::PADDING_BITS;
use crate::picture::Picture;

/// The tag of the chunk with a description.
pub(crate) const TAG: [u8; 4] = *b"pnGx";
/// Stands in place of an encoder's number: stretches follow.
const STRETCHES: u8 = 0;

/// Describes the PNG file `bytes`, of which `picture` was read. Checks that the file can be rebuilt from the
/// description. [`Reason::Cost`] if its description has more bytes than are allowed.
pub(crate) fn describe(
    bytes: &[u8],
    picture: &Picture,
    most: StreamLimits,
    limits: &Limits,
) -> Result<MetadataChunk> {
    if picture.dropped.iter().any(|name| name == PADDING_BITS) {
        return Err(Error::not_described(Reason::PaddingBits));
    }
    let image = &picture.image;
    let frame = PngFrame::of(bytes)?;
    let zlib = frame.zlib();
    let (head, deflate) = zlib
        .split_first_chunk()
        .ok_or_else(|| not_described("its compressed pixels are missing"))?;
    let rows = rows(image, frame.is_interlaced());
    let stream = find_stream(*head, deflate, &rows, most)?;
    let data = write(bytes, picture, &frame, &rows, &zlib, &stream)?;
    let rebuilt = rebuild_trusted(
        (&data, image, &picture.metadata),
        (stream, &rows, deflate),
        limits,
    );
    if rebuilt.map_err(Error::unproved)? != bytes {
        return Err(not_described("the rebuilt file is different"));
    }
    Ok(MetadataChunk { tag: TAG, data })
}

/// The file that a description brings back, by the steps that a decoder takes: only so is the description proved. Only
/// for descriptions from a trusted source. The search for a known encoder compared all that it makes of `stream` with
/// `deflate`, so it need not run again if the decoder gives it the same rows.
fn rebuild_trusted(
    (description, image, metadata): (&[u8], &Image, &[MetadataChunk]),
    (stream, rows, deflate): (DescribedStream, &PngRows, &[u8]),
    limits: &Limits,
) -> Result<Vec<u8>> {
    let file = ExactFile::parse(description, image, metadata, limits)?;
    let length = stream.length;
    match file.source() {
        Source::Known(known) => {
            let is_proved = stream.encoder == Some(known.encoder)
                && stream.plain == known.plain
                && rows.lengths() == known.rows;
            if !is_proved {
                return Err(Error::description("its encoder would get other rows"));
            }
            drop(stream);
            file.assemble(&deflate[..length])
        }
        Source::Stretches(stretches) => {
            drop(stream);
            file.assemble(&recreate_trusted(stretches)?)
        }
    }
}

/// A deflate stream and how to make it.
struct DescribedStream {
    plain: Vec<u8>,
    /// Bytes of the stream.
    length: usize,
    /// The known encoder that makes exactly the stream.
    encoder: Option<Encoder>,
    /// The end of the description.
    source: Vec<u8>,
}

fn find_stream(
    head: [u8; 2],
    deflate: &[u8],
    rows: &PngRows,
    most: StreamLimits,
) -> Result<DescribedStream> {
    let mut source = Vec::new();
    if let Some(known) = known::search::find(head, deflate, &rows.lengths()) {
        known.encoder.write(&mut source);
        return Ok(DescribedStream {
            plain: known.plain,
            length: known.length,
            encoder: Some(known.encoder),
            source,
        });
    }
    let predicted = predict(deflate, rows.bytes(), most).map_err(Error::not_described)?;
    source.push(STRETCHES);
    source.extend_from_slice(&predicted.stretches);
    Ok(DescribedStream {
        plain: predicted.plain,
        length: predicted.length,
        encoder: None,
        source,
    })
}

/// Writes the description.
fn write(
    bytes: &[u8],
    picture: &Picture,
    frame: &PngFrame<'_>,
    rows: &PngRows,
    zlib: &[u8],
    stream: &DescribedStream,
) -> Result<Vec<u8>> {
    let filters = rows
        .filters(&stream.plain)
        .ok_or_else(|| not_described("its rows do not have the length that the header implies"))?;
    let mut body = vec![frame.is_interlaced().into()];
    for bytes in [&zlib[..2], &zlib[2 + stream.length..]] {
        write_length_prefixed(&mut body, bytes);
    }
    filters::write(&filters, rows, &picture.image, &mut body);
    frame.write(
        &ColorChunks::of(&picture.image, &picture.metadata),
        &mut body,
    );
    let mut packed = DeflateEncoder::new(Vec::new(), Compression::best());
    packed.write_all(&body)?;
    let packed = packed.finish()?;

    let mut out = digest(bytes).to_vec();
    write_length_prefixed(&mut out, &packed);
    out.extend_from_slice(&stream.source);
    Ok(out)
}

fn rows(image: &Image, is_interlaced: bool) -> PngRows {
    PngRows::new(image.width(), image.height(), image.format(), is_interlaced)
}

/// What a deflate stream is made from.
#[derive(Debug)]
pub enum Source<'a> {
    /// The rows, by a known encoder.
    Known(KnownStream<'a>),
    /// Stretches, by preflate-rs: a hostile description can keep it busy for ever and take all memory.
    Stretches(Stretches<'a>),
}

/// A PNG file that is being rebuilt: everything but its deflate stream.
#[derive(Debug)]
pub struct ExactFile<'a> {
    digest: [u8; DIGEST_BYTES],
    /// The filtered rows.
    plain: Vec<u8>,
    /// The lengths of the rows.
    rows: Vec<usize>,
    /// The known encoder; without one there are stretches.
    encoder: Option<Encoder>,
    stretches: &'a [u8],
    body: Vec<u8>,
    /// Ranges of the body: the bytes before the deflate stream, those after it, and the frame.
    head: Range<usize>,
    tail: Range<usize>,
    frame: Range<usize>,
    colors: ColorChunks,
    metadata: &'a [MetadataChunk],
    /// For what comes besides the image and the description.
    limits: Limits,
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
        let body = inflate(reader.length_prefixed()?, limits)?;
        let encoder = match reader.byte()? {
            STRETCHES => None,
            kind => Some(Encoder::read(kind, &mut reader)?),
        };
        let stretches = reader.0;

        let mut reader = Bytes(&body);
        let is_interlaced = reader.byte()? != 0;
        let mut range = || -> Result<Range<usize>> {
            let bytes = reader.length_prefixed()?;
            let end = body.len() - reader.0.len();
            Ok(end - bytes.len()..end)
        };
        let (head, tail) = (range()?, range()?);
        let rows = rows(image, is_interlaced);
        let filters = filters::read(&mut reader, &rows, image)?;
        let plain = rows
            .filtered(image, &filters)
            .ok_or_else(|| Error::description("the number of rows or a filter is wrong"))?;
        Ok(ExactFile {
            digest,
            plain,
            rows: rows.lengths(),
            encoder,
            stretches,
            head,
            tail,
            frame: body.len() - reader.0.len()..body.len(),
            body,
            colors: ColorChunks::of(image, metadata),
            metadata,
            limits: *limits,
        })
    }

    /// What the deflate stream is made from.
    pub fn source(&self) -> Source<'_> {
        match self.encoder {
            Some(encoder) => Source::Known(KnownStream {
                encoder,
                plain: &self.plain,
                rows: &self.rows,
            }),
            None => Source::Stretches(Stretches::new(&self.plain, self.stretches)),
        }
    }

    /// Puts the file together and compares it with its digest.
    ///
    /// # Errors
    /// Of kind `Limit` if the bytes take more memory than the limits allow.
    pub fn assemble(&self, deflate: &[u8]) -> Result<Vec<u8>> {
        let body = |range: &Range<usize>| &self.body[range.clone()];
        let zlib = [body(&self.head), deflate, body(&self.tail)].concat();
        let held = self.plain.len() + self.body.len() + deflate.len() + zlib.len();
        let left = self.limits.reserve(held as u64).map_err(Error::limit)?;
        let frame = body(&self.frame);
        let file = frame::assemble(frame, &zlib, &self.colors, self.metadata, &left)?;
        if digest(&file) != self.digest {
            return Err(Error::description("the digest does not match the file"));
        }
        Ok(file)
    }
}

fn not_described(reason: &str) -> Error {
    Error::not_described(Reason::other(reason))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ReadOptions, read_picture};

    /// The search compared the stream with one that the encoder makes of other rows: that proves nothing.
    #[test]
    fn a_known_encoder_is_no_proof_for_other_rows() {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../fixtures/golden/v1/rgb-tiles.png"
        );
        let bytes = std::fs::read(path).expect("a golden file");
        let limits = Limits::default();
        let picture = read_picture(&bytes, &ReadOptions::new(limits)).expect("sound");
        let frame = PngFrame::of(&bytes).expect("sound");
        let zlib = frame.zlib();
        let (head, deflate) = zlib.split_first_chunk().expect("a head");
        let rows = rows(&picture.image, false);
        let rebuilt = |change: bool| {
            let most = StreamLimits {
                longest: usize::MAX,
                memory: u64::MAX,
            };
            let mut stream = find_stream(*head, deflate, &rows, most)?;
            assert!(stream.encoder.is_some());
            let data = write(&bytes, &picture, &frame, &rows, &zlib, &stream)?;
            stream.plain[7] ^= u8::from(change);
            rebuild_trusted(
                (&data, &picture.image, &picture.metadata),
                (stream, &rows, deflate),
                &limits,
            )
        };
        assert!(rebuilt(false).expect("proved") == bytes);
        assert!(rebuilt(true).is_err());
    }
}
