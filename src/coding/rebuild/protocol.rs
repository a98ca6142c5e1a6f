//! How parent and child talk: for each stretch two lengths (u64, least significant byte first), the plain text and the corrections
//! to the child; the deflate stream back.

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

/// In the child: makes the stream from the stretches. Aborts when memory runs out, as any failed allocation does.
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
    use pxc_picture::exact::{self, ExactFile, recreate_trusted};
    use pxc_picture::{Image, Limits, OutputFormat, ReadOptions, read_picture, write_picture};
    use pxc_runtime::ColorType;

    use super::*;

    #[test]
    fn the_child_makes_the_stream_that_the_parent_asks_for() {
        let limits = Limits::default();
        let image = Image::new(20, 9, ColorType::Gray, (0..180).collect()).expect("legal");
        let png = write_picture(image, &[], OutputFormat::Png).expect("a PNG");
        let picture = read_picture(&png.bytes, &ReadOptions::default()).expect("a picture");
        let chunk =
            exact::describe(&png.bytes, &picture, usize::MAX, &limits).expect("a description");
        let file = ExactFile::parse(&chunk.data, &picture.image, &[], &limits).expect("parses");

        let (mut input, mut made) = (Vec::new(), Vec::new());
        write_stretches(file.stretches(), &mut input).expect("writes");
        make_stream(input.as_slice(), &mut made).expect("makes");
        assert_eq!(made, recreate_trusted(file.stretches()).expect("makes"));
        assert_eq!(file.assemble(&made).expect("assembles"), png.bytes);
        let truncated = make_stream(&input[..input.len() - 1], io::sink());
        assert!(matches!(truncated, Err(RebuildError::Process(_))));
    }
}
