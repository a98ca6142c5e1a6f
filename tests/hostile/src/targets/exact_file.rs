//! Any bytes as the description of a file, or as the file. The first byte chooses. A description gives a file or an
//! error; a file that is described comes back.
//!
//! Stretches are not made into a deflate stream: hostile corrections make preflate-rs loop for ever and take all
//! memory, which is why `pxc` leaves it to a process with limits. The corrections stand for the stream here. Known
//! encoders run.

use std::io::Write;

use flate2::Compression;
use flate2::write::DeflateEncoder;
use pxc_codec::{BitDepth, ColorType, Image, Limits, MetadataChunk, SampleFormat};
use pxc_picture::exact::{self, ExactFile, Source, recreate_trusted};
use pxc_picture::{Error, InputFormat, ReadOptions, read_picture};

const LIMITS: Limits = Limits::DEFAULT
    .with_max_pixels(1 << 16)
    .with_max_memory(1 << 27)
    .with_max_metadata(1 << 20);

/// A description whose frame need not be compressed by the fuzzer: a byte that says how long it is, the frame, the
/// source of the deflate stream.
fn description(bytes: &[u8]) -> Option<Vec<u8>> {
    let (&length, rest) = bytes.split_first()?;
    let (frame, source) = rest.split_at_checked(length.into())?;
    let mut packed = DeflateEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(frame).ok()?;
    let packed = packed.finish().ok()?;
    let mut out = vec![0; 8];
    pxc_codec::container::varint::write(&mut out, packed.len() as u64);
    Some([out.as_slice(), &packed, source].concat())
}

/// The deflate stream, or what stands for it.
fn stream(file: &ExactFile<'_>) -> Result<Vec<u8>, Error> {
    match file.source() {
        Source::Known(stream) => Ok(stream.make(|| true)?.expect("no limit")),
        Source::Stretches(stretches) => {
            let mut joined = Vec::new();
            for stretch in stretches {
                joined.extend_from_slice(stretch?.corrections);
            }
            Ok(joined)
        }
    }
}

/// A description that was made of a file leads back to it.
fn describe(bytes: &[u8]) {
    let Ok(picture) = read_picture(bytes, &ReadOptions::new(LIMITS)) else {
        return;
    };
    let Ok(chunk) = exact::describe(bytes, &picture, usize::MAX, &LIMITS) else {
        return;
    };
    if picture.source != InputFormat::Png {
        let file = exact::restore(&chunk.data, &picture.image, &LIMITS);
        assert!(file.expect("a description that was checked") == bytes);
    } else {
        let file = ExactFile::parse(&chunk.data, &picture.image, &picture.metadata, &LIMITS);
        let file = file.expect("a description that was checked");
        let deflate = match file.source() {
            Source::Known(stream) => stream.make(|| true).expect("memory").expect("no limit"),
            Source::Stretches(stretches) => recreate_trusted(stretches).expect("its stream"),
        };
        assert!(file.assemble(&deflate).expect("its file") == bytes);
    }
}

/// Any description leads to a file or an error.
fn rebuild(description: &[u8], depth: BitDepth) -> Result<(), Error> {
    let format = SampleFormat {
        color: ColorType::Gray,
        depth,
    };
    let samples = (0..5 * 7).map(|sample| sample % 2).collect();
    let image = Image::with_format(5, 7, format, samples).expect("a legal image");
    let metadata = [MetadataChunk {
        tag: *b"gAMA",
        data: vec![0, 0, 0, 1],
    }];
    // Its first 9 bytes are digest and format.
    drop(exact::restore(description, &image, &LIMITS));
    let file = ExactFile::parse(description, &image, &metadata, &LIMITS)?;
    file.assemble(&stream(&file)?).map(drop)
}

/// Rebuilds a file from a description, or describes a file.
pub fn exact_file(bytes: &[u8]) {
    let Some((&choice, rest)) = bytes.split_first() else {
        return;
    };
    if choice % 2 == 1 {
        return describe(rest);
    }
    let depth = [BitDepth::One, BitDepth::Four, BitDepth::Eight][usize::from(choice / 2) % 3];
    if let Some(description) = description(rest) {
        drop(rebuild(&description, depth));
    }
}
