//! How parent and child talk: for each stretch two lengths (u64, least significant byte first), the plain text and the
//! corrections to the child; the deflate stream back.

use std::io::{self, BufRead, BufWriter, Read, Write};

use pxc_picture::exact::{Recreator, Stretch, Stretches};

use crate::coding::rebuild::error::RebuildError;

/// Sends the stretches to the child.
pub(crate) fn write_stretches(
    stretches: Stretches<'_>,
    input: impl Write,
) -> Result<(), RebuildError> {
    let mut input = BufWriter::new(input);
    for stretch in stretches {
        let Stretch { text, corrections } = stretch?;
        for block in [text, corrections] {
            input.write_all(&(block.len() as u64).to_le_bytes())?;
        }
        for block in [text, corrections] {
            input.write_all(block)?;
        }
    }
    Ok(input.flush()?)
}

/// Makes the stream from the stretches, in the child. Aborts when memory runs out, as any failed allocation does.
pub(crate) fn make_stream(
    mut input: impl BufRead,
    mut output: impl Write,
) -> Result<(), RebuildError> {
    let mut recreator = Recreator::new();
    while !input.fill_buf()?.is_empty() {
        let (text_bytes, correction_bytes) = (read_length(&mut input)?, read_length(&mut input)?);
        let text = read_block(&mut input, text_bytes)?;
        let corrections = read_block(&mut input, correction_bytes)?;
        let made = recreator.make(Stretch {
            text: &text,
            corrections: &corrections,
        });
        if matches!(made, Err(pxc_picture::Error::DeflateMemory)) {
            std::process::abort();
        }
        output.write_all(&made?)?;
    }
    Ok(output.flush()?)
}

fn read_length(input: &mut impl Read) -> io::Result<u64> {
    let mut length = [0; 8];
    input.read_exact(&mut length)?;
    Ok(u64::from_le_bytes(length))
}

fn read_block(input: &mut impl Read, length: u64) -> io::Result<Vec<u8>> {
    let mut block = Vec::new();
    input.take(length).read_to_end(&mut block)?;
    if block.len() as u64 == length {
        Ok(block)
    } else {
        Err(io::ErrorKind::UnexpectedEof.into())
    }
}

#[cfg(test)]
mod tests {
    use flate2::Compression;
    use flate2::write::ZlibEncoder;
    use pxc_picture::exact::{self, ExactFile, Source, recreate_trusted};
    use pxc_picture::{Limits, ReadOptions, read_picture};

    use super::*;

    /// A gray PNG file of 20 × 9 pixels. No known encoder flushes in the middle.
    fn flushed_png() -> Vec<u8> {
        let rows: Vec<u8> = (0..189)
            .map(|at| if at % 21 == 0 { 0 } else { at })
            .collect();
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::default());
        zlib.write_all(&rows[..90]).expect("memory");
        zlib.flush().expect("memory");
        zlib.write_all(&rows[90..]).expect("memory");
        let pixels = zlib.finish().expect("memory");
        let header = [0, 0, 0, 20, 0, 0, 0, 9, 8, 0, 0, 0, 0];
        let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
        for (tag, data) in [(b"IHDR", &header[..]), (b"IDAT", &pixels), (b"IEND", &[])] {
            png.extend((data.len() as u32).to_be_bytes());
            let checked = [tag, data].concat();
            png.extend(&checked);
            png.extend(crc32fast::hash(&checked).to_be_bytes());
        }
        png
    }

    #[test]
    fn the_child_makes_the_stream_that_the_parent_asks_for() {
        let limits = Limits::default();
        let png = flushed_png();
        let picture = read_picture(&png, &ReadOptions::default()).expect("a picture");
        let chunk = exact::describe(&png, &picture, usize::MAX, &limits).expect("a description");
        let file = ExactFile::parse(&chunk.data, &picture.image, &[], &limits).expect("parses");

        let Source::Stretches(stretches) = file.source() else {
            panic!("a known encoder");
        };
        let (mut input, mut made) = (Vec::new(), Vec::new());
        write_stretches(stretches.clone(), &mut input).expect("writes");
        make_stream(input.as_slice(), &mut made).expect("makes");
        assert_eq!(made, recreate_trusted(stretches).expect("makes"));
        assert_eq!(file.assemble(&made).expect("assembles"), png);
        let truncated = make_stream(&input[..input.len() - 1], io::sink());
        assert!(matches!(truncated, Err(RebuildError::Conversation(_))));
    }
}
